//! Strict JSON of signed documents: bounds, no duplicate or unknown member, nothing after the end.

use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use wattkey_domain::MAX_MINOR;

/// Why a signed document is not one of this protocol: names of members and the place, never a
/// value. It goes into logs and problems, and an order has account numbers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DocumentError(pub String);

impl DocumentError {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

/// Reads one document; the types that it is used with refuse duplicate and unknown members.
pub(crate) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, DocumentError> {
    serde_json::from_slice(bytes).map_err(|error| DocumentError(masked(&error)))
}

/// What serde says, less the values that it repeats. Only its own words, names of members, and
/// what our types say after the value that they quote are kept.
fn masked(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let Some(said) = text.strip_suffix(&place) else {
        return masked_text(error, &text);
    };
    masked_text(error, said) + &place
}

fn masked_text(error: &serde_json::Error, said: &str) -> String {
    const NAMES: [&str; 3] = ["missing field `", "unknown field `", "duplicate field `"];
    const QUOTES: [char; 2] = ['"', '`'];
    let names_a_member = NAMES.iter().any(|start| said.starts_with(start));
    if !error.is_data() || names_a_member {
        return said.to_owned();
    }
    // The last one is ours: values come before it.
    let expected = said
        .rsplit_once(", expected ")
        .map(|(_, expected)| expected);
    let kind = said.split(QUOTES).next().unwrap_or_default().trim_end();
    match expected {
        Some(expected) if said.starts_with("invalid ") || said.starts_with("unknown variant ") => {
            let kind = kind.split(", expected ").next().unwrap_or_default();
            format!("{kind}, expected {expected}")
        }
        _ => match said.rsplit_once(QUOTES) {
            Some((_, ours)) => format!("a value{ours}"),
            None => said.to_owned(),
        },
    }
}

/// For `#[serde(deserialize_with = "required")]`: a member that may be null and must be there.
pub(crate) fn required<'de, D, T>(from: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(from)
}

/// Refuses an amount below `least` or above 2^53-1.
pub(crate) fn check_minor(name: &str, amount: i64, least: i64) -> Result<(), DocumentError> {
    if (least..=MAX_MINOR).contains(&amount) {
        return Ok(());
    }
    Err(DocumentError(format!(
        "{name} is not within {least} and {MAX_MINOR}"
    )))
}

/// Refuses text that is empty, too long (in characters) or has control characters.
pub(crate) fn check_text(name: &str, text: &str, most: usize) -> Result<(), DocumentError> {
    if text.is_empty() || text.chars().count() > most {
        return Err(DocumentError(format!(
            "{name} has not 1 to {most} characters"
        )));
    }
    if text
        .chars()
        .any(|c| c.is_control() || is_direction_control(c))
    {
        return Err(DocumentError(format!("{name} has control characters")));
    }
    Ok(())
}

/// Characters that make text read otherwise than it is written (Unicode UAX #9 §2), or on another
/// line (U+2028, U+2029).
fn is_direction_control(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{061c}')
}
