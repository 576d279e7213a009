//! Characters and numbers that a message may have, both when it is written and when it is read.

use super::{MAX_FIELDS, MAX_TARGET, MAX_TOKEN, MessageError, Request};

/// Method, scheme, authority and path: what RFC 9110 §4 and §9.1 allow, at most.
pub(super) fn target(request: &Request) -> Result<(), MessageError> {
    part(&request.method, "method", MAX_TOKEN, is_token)?;
    part(&request.scheme, "scheme", MAX_TOKEN, is_scheme)?;
    part(&request.authority, "authority", MAX_TARGET, is_authority)?;
    part(&request.path, "path", MAX_TARGET, is_path)?;
    // The authority may be empty (RFC 9292 §3.4).
    let missing = match request {
        request if request.method.is_empty() => "method",
        request if request.scheme.is_empty() => "scheme",
        request if !request.path.starts_with('/') && request.path != "*" => "path",
        _ => return Ok(()),
    };
    Err(MessageError::Target(missing))
}

fn part(
    value: &str,
    part: &'static str,
    bound: usize,
    allowed: fn(u8) -> bool,
) -> Result<(), MessageError> {
    if value.len() > bound {
        let length = value.len() as u64;
        return Err(MessageError::Bound { part, length });
    }
    if !value.bytes().all(allowed) {
        return Err(MessageError::Target(part));
    }
    Ok(())
}

/// Names are tokens in lower case (RFC 9292 §3.6), so that pseudo-fields cannot occur; values are
/// those of RFC 9110 §5.5.
pub(super) fn fields(fields: &[(String, Vec<u8>)]) -> Result<(), MessageError> {
    if fields.len() > MAX_FIELDS {
        return Err(MessageError::Fields(fields.len()));
    }
    for (index, (name, value)) in fields.iter().enumerate() {
        let lower = |byte: u8| is_token(byte) && !byte.is_ascii_uppercase();
        if name.is_empty() || !name.bytes().all(lower) {
            return Err(MessageError::FieldName(index));
        }
        let ends = [value.first(), value.last()];
        let spaced = ends
            .into_iter()
            .flatten()
            .any(|byte| matches!(byte, b' ' | b'\t'));
        if spaced || !value.iter().all(|byte| is_value(*byte)) {
            return Err(MessageError::FieldValue(index));
        }
    }
    Ok(())
}

/// `tchar`, RFC 9110 §5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn is_scheme(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"+-.".contains(&byte)
}

/// `host [ ":" port ]`, RFC 3986 §3.2; no user information (RFC 9110 §4.2.4).
fn is_authority(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:[]%".contains(&byte)
}

/// Visible characters of ASCII but `#`: there is no fragment in a request.
fn is_path(byte: u8) -> bool {
    byte.is_ascii_graphic() && byte != b'#'
}

fn is_value(byte: u8) -> bool {
    byte == b'\t' || (byte >= b' ' && byte != 0x7f)
}
