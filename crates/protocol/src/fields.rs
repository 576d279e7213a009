//! HTTP fields: finding them, and the two structured values that this protocol uses
//! (byte sequences and strings, RFC 9651), and `Content-Digest` (RFC 9530).

use base64ct::{Base64, Encoding as _};
use wattkey_pki::Digest;

/// Name (lower case) and value of fields, in their order.
pub type Fields = Vec<(String, Vec<u8>)>;

/// Why a field cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    /// It is not there.
    #[error("the field {0} is missing")]
    Missing(&'static str),
    /// It is there more than once.
    #[error("the field {0} is there more than once")]
    Repeated(&'static str),
    /// Its value does not have the form that is agreed.
    #[error("the field {0} is malformed")]
    Malformed(&'static str),
}

/// The value of a field that must be there exactly once, as text.
///
/// # Errors
/// When it is missing, repeated, or not visible ASCII.
pub fn only<'a>(
    fields: &'a [(String, Vec<u8>)],
    name: &'static str,
) -> Result<&'a str, FieldError> {
    optional(fields, name)?.ok_or(FieldError::Missing(name))
}

/// The value of a field that may be there once, as text.
///
/// # Errors
/// When it is repeated, or not visible ASCII.
pub fn optional<'a>(
    fields: &'a [(String, Vec<u8>)],
    name: &'static str,
) -> Result<Option<&'a str>, FieldError> {
    let mut found = fields
        .iter()
        .filter(|(n, _)| n.eq_ignore_ascii_case(name))
        .map(|(_, v)| v);
    let Some(value) = found.next() else {
        return Ok(None);
    };
    if found.next().is_some() {
        return Err(FieldError::Repeated(name));
    }
    let text = std::str::from_utf8(value)
        .ok()
        .filter(|t| t.bytes().all(|b| (0x20..0x7f).contains(&b)));
    text.map(Some).ok_or(FieldError::Malformed(name))
}

/// A byte sequence (RFC 9651 §4.1.8): `:base64:`.
#[must_use]
pub fn byte_sequence(bytes: &[u8]) -> String {
    format!(":{}:", Base64::encode_string(bytes))
}

/// Reads a byte sequence without parameters.
#[must_use]
pub fn parse_byte_sequence(text: &str) -> Option<Vec<u8>> {
    Base64::decode_vec(text.strip_prefix(':')?.strip_suffix(':')?).ok()
}

/// A string (RFC 9651 §4.1.6) of characters that need no escape.
#[must_use]
pub fn string(text: &str) -> String {
    format!("\"{text}\"")
}

/// Reads a string that has no escapes.
#[must_use]
pub fn parse_string(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    (!inner.contains(['"', '\\'])).then_some(inner)
}

/// `Content-Digest` of a body (RFC 9530 §2) with SHA-256.
#[must_use]
pub fn content_digest(body: &[u8]) -> String {
    format!("sha-256={}", byte_sequence(Digest::of(body).as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_digest_is_that_of_rfc_9530() {
        // RFC 9530 appendix B.1
        assert_eq!(
            content_digest(b"{\"hello\": \"world\"}\n"),
            "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"
        );
    }

    #[test]
    fn a_field_is_there_once_or_refused() {
        let fields = vec![
            ("a".into(), b"1".to_vec()),
            ("B".into(), b"2".to_vec()),
            ("b".into(), b"3".to_vec()),
            ("c".into(), b"\n".to_vec()),
        ];
        assert_eq!(only(&fields, "a"), Ok("1"));
        assert_eq!(only(&fields, "b"), Err(FieldError::Repeated("b")));
        assert_eq!(only(&fields, "c"), Err(FieldError::Malformed("c")));
        assert_eq!(only(&fields, "d"), Err(FieldError::Missing("d")));
        assert_eq!(optional(&fields, "d"), Ok(None));
    }
}
