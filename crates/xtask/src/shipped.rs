//! What the shipped programs must not contain.
//!
//! Cargo unifies features over everything that one build names, so each program is looked at
//! alone, as it must be built to be shipped.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, bail, ensure};

/// The programs' packages.
const PROGRAMS: [&str; 6] = [
    "wattkey-client",
    "wattkey-desktop",
    "wattkey-gateway",
    "wattkey-platform",
    "wattkey-admin",
    "wattkey-banksim",
];

/// A package that a program must not have, or not with this feature, and the one program that may.
struct Banned {
    package: &'static str,
    feature: Option<&'static str>,
    except: Option<&'static str>,
}

const BANNED: [Banned; 5] = [
    Banned {
        package: "wattkey-pki",
        feature: Some("issue"),
        except: Some("wattkey-admin"),
    },
    Banned {
        package: "wattkey-failpoint",
        feature: Some("enabled"),
        except: None,
    },
    Banned {
        package: "wattkey-faulty-module",
        feature: None,
        except: None,
    },
    Banned {
        package: "wattkey-virtual-reader",
        feature: None,
        except: None,
    },
    Banned {
        package: "wattkey-virtual-display",
        feature: None,
        except: None,
    },
];

/// Checks the packages and features that each program is built with.
///
/// # Errors
/// Every one that does not belong there.
pub fn check(root: &Path) -> anyhow::Result<()> {
    let mut wrong = Vec::new();
    for program in PROGRAMS {
        wrong.extend(faults(program, &resolved(root, program)?));
    }
    if !wrong.is_empty() {
        bail!("shipped programs would contain:\n{}", wrong.join("\n"));
    }
    Ok(())
}

/// Lines of package and features: `wattkey-pki v0.1.0 (path) default,issue`.
fn resolved(root: &Path, program: &str) -> anyhow::Result<String> {
    let output = Command::new(crate::steps::cargo())
        .current_dir(root)
        .args(["tree", "--locked", "--edges", "normal", "--prefix", "none"])
        .args(["--format", "{p} {f}", "--package", program])
        .output()
        .context("cargo does not start")?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success(),
        "cargo tree of {program} fails:\n{errors}"
    );
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn faults(program: &str, tree: &str) -> Vec<String> {
    let banned = BANNED
        .iter()
        .filter(|banned| banned.except != Some(program));
    banned
        .filter(|banned| tree.lines().any(|line| has(line, banned)))
        .map(|banned| match banned.feature {
            Some(feature) => format!("{program}: {} with {feature}", banned.package),
            None => format!("{program}: {}", banned.package),
        })
        .collect()
}

fn has(line: &str, banned: &Banned) -> bool {
    let mut words = line.split_whitespace();
    let package = words.next();
    let features = words.next_back().unwrap_or_default();
    let banned_feature = |feature| features.split(',').any(|name| name == feature);
    package == Some(banned.package) && banned.feature.is_none_or(banned_feature)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_that_do_not_belong_there_are_found() {
        let issuing = "wattkey-gateway v0.1.0 (/x)\nwattkey-pki v0.1.0 (/x) issue\n";
        assert_eq!(faults("wattkey-gateway", issuing).len(), 1);
        assert_eq!(faults("wattkey-admin", issuing).len(), 0);
        let failing = "wattkey-failpoint v0.1.0 (/x) default,enabled\n";
        assert_eq!(faults("wattkey-admin", failing).len(), 1);
        let faulty = "wattkey-faulty-module v0.1.0 (/x)\n";
        assert_eq!(faults("wattkey-gateway", faulty).len(), 1);
        let clean = "wattkey-pki v0.1.0 (/x)\nwattkey-failpoint v0.1.0 (/x) default (*)\n";
        assert_eq!(faults("wattkey-gateway", clean).len(), 0);
    }
}
