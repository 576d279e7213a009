//! `unsafe` stands in one module of `token` and nowhere else.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

/// The one crate that talks to C.
const CRATE: &str = "crates/token/src";

/// Checks all Rust sources of the workspace at `root`.
///
/// # Errors
/// Every place that breaks the rule.
pub fn check(root: &Path) -> anyhow::Result<()> {
    let mut elsewhere = Vec::new();
    let mut modules = BTreeSet::new();
    for path in crate::tree::rust_files(&root.join("crates"))? {
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        let file = path.strip_prefix(root).unwrap_or(&path);
        for (index, line) in text.lines().enumerate() {
            if !is_unsafe(line) {
                continue;
            }
            if file.starts_with(CRATE) {
                modules.insert(module(file));
            } else {
                elsewhere.push(format!("{}:{}", file.display(), index + 1));
            }
        }
    }
    if modules.len() > 1 {
        elsewhere.extend(modules.iter().map(|module| format!("{}", module.display())));
    }
    if !elsewhere.is_empty() {
        bail!(
            "unsafe belongs in one module of {CRATE} only:\n{}",
            elsewhere.join("\n")
        );
    }
    Ok(())
}

/// `foo.rs` and what is below `foo/` are one module.
fn module(file: &Path) -> PathBuf {
    let inner = file.strip_prefix(CRATE).unwrap_or(file);
    let first = inner.iter().next().map_or(inner, Path::new);
    Path::new(CRATE).join(first.with_extension(""))
}

/// Whether a line has the keyword in code. Text in quotes and comments does not count.
fn is_unsafe(line: &str) -> bool {
    let mut code = String::new();
    let mut quoted = false;
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' if quoted => {
                characters.next();
            }
            '"' => quoted = !quoted,
            '/' if !quoted && characters.peek() == Some(&'/') => break,
            other if !quoted => code.push(other),
            _ => {}
        }
    }
    code.split(|c: char| !c.is_alphanumeric() && c != '_')
        .any(|word| word == "unsafe")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keyword_counts_in_code_only() {
        for line in [
            "unsafe { f() }",
            "#[unsafe(no_mangle)]",
            "a(\"\\\"\", unsafe fn g());",
        ] {
            assert!(is_unsafe(line), "{line}");
        }
        for line in [
            "// unsafe",
            "let a = \"unsafe\";",
            "unsafe_code = 1",
            "/// is unsafe",
        ] {
            assert!(!is_unsafe(line), "{line}");
        }
    }

    #[test]
    fn a_file_and_its_folder_are_one_module() {
        let of = |path: &str| module(Path::new(path));
        assert_eq!(
            of("crates/token/src/raw.rs"),
            of("crates/token/src/raw/sign.rs")
        );
        assert_ne!(
            of("crates/token/src/raw.rs"),
            of("crates/token/src/card.rs")
        );
    }
}
