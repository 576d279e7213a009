//! The arrows between crates: who may use whom.
//!
//! Four floors: foundations, instruments, parts, window; arrows point down only, and only where
//! the table has one. Beneath stands `failpoint`, which every part may use; `banksim` stands
//! apart; tools look at everything.

use std::path::Path;

use anyhow::{Context as _, bail};
use cargo_metadata::{Dependency, DependencyKind, Metadata, MetadataCommand};

/// What a crate is, from the bottom to the top.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Floor {
    /// Under everything.
    Ground,
    /// `domain`, `pki`, `seal`.
    Foundation,
    /// `sample`: data for tests of the floors above and for the demonstration.
    Data,
    /// `token`, `transport`, `protocol`, `store`, `bank`.
    Instrument,
    /// `document`: what instruments yield, set on paper.
    Document,
    /// Programs. They never use each other.
    Part,
    /// `desktop`.
    Window,
    /// Checks and whole-system tests; they may use everything and nothing but they uses them.
    Tool,
}

/// A line of the table.
#[derive(Debug)]
pub struct Rule {
    /// The crate, without `wattkey-`.
    pub name: &'static str,
    /// Its floor.
    pub floor: Floor,
    /// What it may use.
    pub may_use: &'static [&'static str],
}

const fn rule(name: &'static str, floor: Floor, may_use: &'static [&'static str]) -> Rule {
    Rule {
        name,
        floor,
        may_use,
    }
}

/// The table of all crates.
pub const TABLE: &[Rule] = &[
    rule("failpoint", Floor::Ground, &[]),
    rule("virtual-reader", Floor::Ground, &[]),
    rule("virtual-display", Floor::Ground, &[]),
    rule("faulty-module", Floor::Ground, &[]),
    rule("test-postgres", Floor::Ground, &[]),
    rule("domain", Floor::Foundation, &[]),
    rule("pki", Floor::Foundation, &[]),
    rule("seal", Floor::Foundation, &[]),
    rule("sample", Floor::Data, &["domain"]),
    rule("token", Floor::Instrument, &["pki", "seal"]),
    rule("transport", Floor::Instrument, &["pki"]),
    rule("protocol", Floor::Instrument, &["domain", "pki"]),
    rule("store", Floor::Instrument, &["domain", "failpoint"]),
    rule("bank", Floor::Instrument, &["domain"]),
    rule("usage", Floor::Instrument, &["domain"]),
    rule("document", Floor::Document, &["domain", "pki", "protocol"]),
    rule("firewall", Floor::Instrument, &[]),
    rule("operators", Floor::Instrument, &[]),
    rule(
        "platform",
        Floor::Part,
        &[
            "domain",
            "protocol",
            "store",
            "usage",
            "pki",
            "token",
            "transport",
            "bank",
            "firewall",
            "operators",
            "failpoint",
        ],
    ),
    rule(
        "gateway",
        Floor::Part,
        &[
            "protocol",
            "seal",
            "pki",
            "token",
            "transport",
            "firewall",
            "operators",
            "failpoint",
        ],
    ),
    rule(
        "client",
        Floor::Part,
        &[
            "domain",
            "protocol",
            "usage",
            "document",
            "seal",
            "pki",
            "token",
            "transport",
            "failpoint",
        ],
    ),
    rule(
        "admin",
        Floor::Part,
        &[
            "domain",
            "protocol",
            "usage",
            "pki",
            "token",
            "transport",
            "failpoint",
        ],
    ),
    rule("banksim", Floor::Part, &["failpoint"]),
    // How the window is drawn; it knows of nothing.
    rule("desktop-ui", Floor::Ground, &[]),
    rule(
        "desktop",
        Floor::Window,
        &[
            "desktop-ui",
            "client",
            "domain",
            "protocol",
            "pki",
            "token",
            "transport",
        ],
    ),
    rule("xtask", Floor::Tool, &[]),
    rule("bench", Floor::Tool, &[]),
    rule("e2e", Floor::Tool, &[]),
    rule("fuzz", Floor::Tool, &[]),
];

/// The feature of `pki` that makes certificates, and the only crate that may ship it.
const ISSUING: (&str, &str) = ("issue", "admin");

/// Checks every arrow between crates of the workspace at `root`.
///
/// # Errors
/// Every arrow that the table does not have, and every crate without a line in it.
pub fn check(root: &Path) -> anyhow::Result<()> {
    let metadata = MetadataCommand::new()
        .manifest_path(root.join("Cargo.toml"))
        .no_deps()
        .exec()
        .context("cargo metadata fails")?;
    let wrong = faults(&metadata);
    if !wrong.is_empty() {
        bail!(
            "arrows between crates break the table:\n{}",
            wrong.join("\n")
        );
    }
    Ok(())
}

fn faults(metadata: &Metadata) -> Vec<String> {
    let mut wrong = Vec::new();
    for package in metadata.workspace_packages() {
        let name = short(&package.name);
        let Some(rule) = find(name) else {
            wrong.push(format!("{name}: no line in the table of xtask's arrows.rs"));
            continue;
        };
        for dependency in &package.dependencies {
            if dependency.path.is_some() {
                wrong.extend(fault(rule, dependency));
            }
        }
    }
    wrong
}

fn fault(rule: &Rule, dependency: &Dependency) -> Option<String> {
    let target = short(&dependency.name);
    let Some(used) = find(target) else {
        return Some(format!("{}: {target} is not in the table", rule.name));
    };
    let only_in_tests = dependency.kind == DependencyKind::Development;
    let issues = target == "pki" && dependency.features.iter().any(|name| name == ISSUING.0);
    if issues && !only_in_tests && rule.name != ISSUING.1 && rule.floor != Floor::Tool {
        let (feature, admin) = ISSUING;
        return Some(format!(
            "{}: only {admin} may enable pki's feature {feature}",
            rule.name
        ));
    }
    let allowed = if only_in_tests {
        test_arrow(rule, used)
    } else {
        arrow(rule, used)
    };
    let arrow = if only_in_tests { "in tests, " } else { "" };
    (!allowed).then(|| format!("{arrow}{} -> {target} is not in the table", rule.name))
}

fn arrow(from: &Rule, to: &Rule) -> bool {
    from.floor == Floor::Tool || from.may_use.contains(&to.name)
}

/// Tests make certificates, and may reach any lower floor; `banksim` stands apart there too.
fn test_arrow(from: &Rule, to: &Rule) -> bool {
    let down = to.floor < from.floor && from.name != "banksim";
    arrow(from, to) || down || to.name == "pki"
}

fn short(name: &str) -> &str {
    name.strip_prefix("wattkey-").unwrap_or(name)
}

fn find(name: &str) -> Option<&'static Rule> {
    TABLE.iter().find(|rule| rule.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_of_the_table_point_down() {
        for from in TABLE {
            for name in from.may_use {
                let to = find(name).unwrap();
                assert!(to.floor < from.floor, "{} -> {name}", from.name);
            }
        }
    }

    fn dependency(name: &str, kind: &str, features: &[&str]) -> Dependency {
        let features: Vec<String> = features.iter().map(|name| format!("\"{name}\"")).collect();
        let text = format!(
            "name = \"wattkey-{name}\"\nreq = \"*\"\nkind = \"{kind}\"\noptional = false\n\
             uses_default_features = true\nfeatures = [{}]\npath = \"/crates/{name}\"\n",
            features.join(",")
        );
        toml::from_str(&text).unwrap()
    }

    fn allowed(from: &str, kind: &str, to: &str, features: &[&str]) -> bool {
        fault(find(from).unwrap(), &dependency(to, kind, features)).is_none()
    }

    #[test]
    fn arrows_that_turn_back_are_found() {
        assert!(allowed("client", "normal", "seal", &[]));
        for (from, to) in [
            ("seal", "pki"),
            ("pki", "domain"),
            ("transport", "token"),
            ("bank", "protocol"),
            ("gateway", "platform"),
            ("gateway", "domain"),
            ("banksim", "bank"),
            ("client", "e2e"),
        ] {
            assert!(!allowed(from, "normal", to, &[]), "{from} -> {to}");
        }
    }

    #[test]
    fn tests_reach_lower_floors_and_never_another_program() {
        assert!(allowed("seal", "dev", "pki", &["issue"]));
        assert!(allowed("gateway", "dev", "domain", &[]));
        assert!(!allowed("gateway", "dev", "client", &[]));
        assert!(!allowed("banksim", "dev", "bank", &[]));
    }

    #[test]
    fn only_the_management_tool_ships_what_issues() {
        assert!(allowed("admin", "normal", "pki", &["issue"]));
        assert!(!allowed("gateway", "normal", "pki", &["issue"]));
        assert!(!allowed("gateway", "build", "pki", &["issue"]));
        assert!(allowed("gateway", "dev", "pki", &["issue"]));
    }
}
