//! `unsafe` stands in one module of `token`, in one of the faulty module that its tests load, and nowhere else.

use std::path::Path;

use anyhow::{Context as _, bail};

/// The modules that talk C: each is this file and the folder beside it. The second one is in no program that ships.
const MODULES: [&str; 2] = [
    "crates/token/src/local/foreign",
    "crates/faulty-module/src/foreign",
];

/// Checks all Rust sources of the workspace at `root`.
///
/// # Errors
/// Every place that breaks the rule.
pub fn check(root: &Path) -> anyhow::Result<()> {
    let mut elsewhere = Vec::new();
    for path in crate::tree::rust_files(&root.join("crates"))? {
        let file = path.strip_prefix(root).unwrap_or(&path);
        if may_have_it(file) {
            continue;
        }
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        for (index, line) in text.lines().enumerate() {
            if is_unsafe(line) {
                elsewhere.push(format!("{}:{}", file.display(), index + 1));
            }
        }
    }
    if !elsewhere.is_empty() {
        bail!(
            "unsafe belongs in {} only:\n{}",
            MODULES.join(" and "),
            elsewhere.join("\n")
        );
    }
    Ok(())
}

/// `foo.rs` and what is below `foo/` are one module.
fn may_have_it(file: &Path) -> bool {
    MODULES
        .iter()
        .any(|module| file.starts_with(module) || file == Path::new(module).with_extension("rs"))
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
        for file in [
            "crates/token/src/local/foreign.rs",
            "crates/token/src/local/foreign/sign.rs",
            "crates/faulty-module/src/foreign.rs",
        ] {
            assert!(may_have_it(Path::new(file)), "{file}");
        }
        for file in [
            "crates/token/src/local/card.rs",
            "crates/token/src/foreign.rs",
            "crates/faulty-module/src/lib.rs",
            "crates/bank/src/local/foreign.rs",
        ] {
            assert!(!may_have_it(Path::new(file)), "{file}");
        }
    }
}
