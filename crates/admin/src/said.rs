//! What is said in English elsewhere (by the platform, by the token, in details of a failure), said in
//! Chinese.
//!
//! Programs read the English; a person reads his own language. A sentence stands in a table with `{}`
//! for what differs, and tests go through the sources: one that is said there and stands in no table
//! fails. What a bank, a file or a module says in its own words stays as it is.

mod desk;
mod platform;
mod problems;
mod token;

use crate::text::Language;

/// Sentences in English and Chinese. In the Chinese, `{0}` is what the first `{}` stands for.
type Sentences = &'static [(&'static str, &'static str)];

const TABLES: [Sentences; 4] = [
    desk::SENTENCES,
    platform::SENTENCES,
    problems::SENTENCES,
    token::SENTENCES,
];

/// How deep sentences are looked for in sentences.
const DEPTH: u8 = 6;

impl Language {
    /// What was said in English, in this language, as far as it is known.
    pub(crate) fn said(self, english: &str) -> String {
        match self {
            Self::English => english.to_owned(),
            Self::Chinese => chinese(english, DEPTH).unwrap_or_else(|| english.to_owned()),
        }
    }
}

/// Whole, or by its parts; `None` where nothing of it is known.
fn chinese(english: &str, depth: u8) -> Option<String> {
    let depth = depth.checked_sub(1)?;
    if let Some(chinese) = sentence(english, depth) {
        return Some(chinese);
    }
    [("; ", "；"), (": ", "：")]
        .into_iter()
        .find_map(|(between, joined)| {
            let parts = english.split_once(between)?;
            let (first, rest) = (chinese(parts.0, depth), chinese(parts.1, depth));
            if first.is_none() && rest.is_none() {
                return None;
            }
            let first = first.unwrap_or_else(|| parts.0.to_owned());
            let rest = rest.unwrap_or_else(|| parts.1.to_owned());
            Some(first + joined + &rest)
        })
}

/// A sentence of the tables: of those that fit, the one of which most is written there.
fn sentence(english: &str, depth: u8) -> Option<String> {
    let all = TABLES.iter().flat_map(|table| table.iter());
    let fitting = all.filter_map(|(template, chinese)| {
        let parts = parts(template, english)?;
        Some((template.len() - 2 * parts.len(), parts, *chinese))
    });
    let (_, parts, template) = fitting.max_by_key(|(written, ..)| *written)?;
    let mut said = template.to_owned();
    for (place, part) in parts.into_iter().enumerate() {
        let part = chinese(part, depth).unwrap_or_else(|| part.to_owned());
        said = said.replace(&format!("{{{place}}}"), &part);
    }
    Some(said)
}

/// What the places of a template are in a text.
fn parts<'a>(template: &str, text: &'a str) -> Option<Vec<&'a str>> {
    let mut literals = template.split("{}");
    let mut rest = text.strip_prefix(literals.next()?)?;
    let mut parts = Vec::new();
    let mut literals = literals.peekable();
    while let Some(literal) = literals.next() {
        let end = if literals.peek().is_some() {
            rest.find(literal)?
        } else {
            rest.len().checked_sub(literal.len())?
        };
        let (part, after) = rest.split_at_checked(end)?;
        parts.push(part);
        rest = after.strip_prefix(literal)?;
    }
    rest.is_empty().then_some(parts)
}

#[cfg(test)]
mod tests;
