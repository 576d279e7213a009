//! No path of one machine is in the tree: it would work there and nowhere else.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, bail};

/// Checks every text file that is, or would be, in version control.
///
/// # Errors
/// Every line with such a path.
pub fn check(root: &Path) -> anyhow::Result<()> {
    let patterns = patterns(root);
    let mut found = Vec::new();
    for file in files(root)? {
        let Ok(bytes) = std::fs::read(root.join(&file)) else {
            continue; // removed, and not yet committed
        };
        let Ok(text) = String::from_utf8(bytes) else {
            continue;
        };
        for (index, line) in text.lines().enumerate() {
            if patterns
                .iter()
                .any(|pattern| line.contains(pattern.as_str()))
            {
                found.push(format!("{file}:{}", index + 1));
            }
        }
    }
    if !found.is_empty() {
        bail!("paths of one machine:\n{}", found.join("\n"));
    }
    Ok(())
}

/// Where people's files live, and where this tree happens to lie.
fn patterns(root: &Path) -> Vec<String> {
    // Put together here, so that this file does not find itself.
    let mut patterns: Vec<String> = ["root", "home", "Users"]
        .iter()
        .map(|folder| format!("/{folder}/"))
        .collect();
    patterns.push([":", "\\", "Users", "\\"].concat());
    if root.iter().count() > 2 {
        patterns.push(format!("{}", root.display()));
    }
    patterns
}

fn files(root: &Path) -> anyhow::Result<Vec<String>> {
    let output = Command::new("git")
        .current_dir(root)
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .output()
        .context("git does not start")?;
    if output.status.success() {
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        return Ok(text.split_terminator('\0').map(str::to_owned).collect());
    }
    // An archive of the sources, without version control.
    let all = crate::tree::files(root)?;
    Ok(all
        .iter()
        .filter_map(|path| path.strip_prefix(root).ok())
        .map(|path| path.display().to_string())
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_one_machine_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::write(root.join("good.txt"), "target/debug and ~/.cargo\n").unwrap();
        check(root).unwrap();
        let home = format!("a\n/{}/somebody/x\n", "home");
        std::fs::write(root.join("bad.txt"), home).unwrap();
        let error = check(root).unwrap_err().to_string();
        assert!(error.ends_with("bad.txt:2"), "{error}");
        let here = format!("{}/x\n", root.display());
        std::fs::write(root.join("bad.txt"), here).unwrap();
        assert!(check(root).is_err());
    }
}
