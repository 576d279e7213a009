//! The list of failpoints, made from the source.
//!
//! A failpoint is `failpoint!("part.kebab-name")`, the literal on the line of the macro. The list
//! is what the crash walk goes through, so a name that is not well formed, or used twice, or that
//! names another part than the one it stands in, is an error, and so is one in a crate that
//! belongs to no part.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

/// The crates that may have failpoints, and the part whose program is killed there: the first
/// half of the name.
pub const PARTS: [(&str, &str); 5] = [
    ("client", "client"),
    ("gateway", "gateway"),
    ("platform", "platform"),
    ("store", "platform"),
    ("banksim", "banksim"),
];

/// The crate of the macro, and the tools: they speak of failpoints and have none.
const SPEAK_OF_THEM: [&str; 4] = ["failpoint", "xtask", "e2e", "fuzz"];

/// One failpoint.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Failpoint {
    /// The whole name, `part.kebab-name`.
    pub name: String,
    /// The part whose program is killed: `client`, `gateway`, `platform` or `banksim`.
    pub part: String,
    /// Where it stands, relative to the workspace.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: usize,
}

impl fmt::Display for Failpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            part,
            file,
            line,
        } = self;
        write!(formatter, "{name}\t{part}\t{}:{line}", file.display())
    }
}

/// All failpoints of the workspace at `root`, by part in the order of [`PARTS`], then by place.
///
/// # Errors
/// When a file cannot be read, or a failpoint breaks the rules above; all that do are named.
pub fn list(root: &Path) -> anyhow::Result<Vec<Failpoint>> {
    let mut found = Vec::new();
    let mut wrong = Vec::new();
    for path in crate::tree::rust_files(&root.join("crates"))? {
        let file = path.strip_prefix(root).unwrap_or(&path);
        let name = file.iter().nth(1).and_then(|name| name.to_str());
        let name = name.unwrap_or_default();
        if SPEAK_OF_THEM.contains(&name) {
            continue;
        }
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        let part = PARTS.iter().find(|(folder, _)| *folder == name);
        let part = part.map_or("no-part", |(_, part)| part);
        scan(&text, part, file, &mut found, &mut wrong);
    }
    found.sort_by_key(|failpoint| {
        let part = PARTS.iter().position(|(_, part)| *part == failpoint.part);
        (part, failpoint.file.clone(), failpoint.line)
    });
    wrong.extend(used_twice(&found));
    if !wrong.is_empty() {
        bail!("failpoints break the rules:\n{}", wrong.join("\n"));
    }
    Ok(found)
}

fn scan(text: &str, part: &str, file: &Path, found: &mut Vec<Failpoint>, wrong: &mut Vec<String>) {
    const MACRO: &str = "failpoint!(";
    for (index, line) in text.lines().enumerate() {
        let code = line.trim_start();
        if code.starts_with("//") {
            continue;
        }
        for (at, _) in code.match_indices(MACRO) {
            let place = format!("{}:{}", file.display(), index + 1);
            let name = literal(&code[at + MACRO.len()..]);
            match name {
                Some(name) if is_well_formed(name, part) => found.push(Failpoint {
                    name: name.to_owned(),
                    part: part.to_owned(),
                    file: file.to_owned(),
                    line: index + 1,
                }),
                Some(name) => wrong.push(format!("{place}: {name:?} is not {part}.kebab-name")),
                None => wrong.push(format!("{place}: the name must be a literal on this line")),
            }
        }
    }
}

fn literal(after: &str) -> Option<&str> {
    after
        .strip_prefix('"')?
        .split_once('"')
        .map(|(name, _)| name)
}

fn is_well_formed(name: &str, part: &str) -> bool {
    let Some((first, rest)) = name.split_once('.') else {
        return false;
    };
    let word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    first == part && rest.split('-').all(word)
}

fn used_twice(found: &[Failpoint]) -> Vec<String> {
    let mut places: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for failpoint in found {
        let place = format!("{}:{}", failpoint.file.display(), failpoint.line);
        places.entry(&failpoint.name).or_default().push(place);
    }
    places
        .into_iter()
        .filter(|(_, places)| places.len() > 1)
        .map(|(name, places)| format!("{name:?} is used at {}", places.join(" and ")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scanned(text: &str) -> (Vec<Failpoint>, Vec<String>) {
        let (mut found, mut wrong) = (Vec::new(), Vec::new());
        scan(text, "gateway", Path::new("a.rs"), &mut found, &mut wrong);
        wrong.extend(used_twice(&found));
        (found, wrong)
    }

    #[test]
    fn failpoints_are_found_where_they_stand() {
        let (found, wrong) = scanned("fn f() {\n    failpoint!(\"gateway.after-record\");\n}\n");
        assert_eq!(wrong, [""; 0]);
        assert_eq!(
            found[0].to_string(),
            "gateway.after-record\tgateway\ta.rs:2"
        );
    }

    #[test]
    fn comments_are_no_failpoints() {
        assert_eq!(
            scanned("// failpoint!(\"x\")\n/// failpoint!(\"y\")\n").0,
            []
        );
    }

    #[test]
    fn names_that_break_the_rules_are_told() {
        for text in [
            "failpoint!(\"platform.a\");",
            "failpoint!(\"gateway\");",
            "failpoint!(\"gateway.\");",
            "failpoint!(\"gateway.A\");",
            "failpoint!(\"gateway.a--b\");",
            "failpoint!(NAME);",
            "failpoint!(\n\"gateway.a\");",
            "failpoint!(\"gateway.a\");\nfailpoint!(\"gateway.a\");",
        ] {
            assert_eq!(scanned(text).1.len(), 1, "{text}");
        }
    }
}
