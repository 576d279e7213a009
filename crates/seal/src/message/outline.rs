//! The lengths of a message's parts, checked before anything is allocated for them.
//!
//! `bhttp` reads any valid message; a header section of a megabyte of two-letter fields would cost
//! thirty times as much memory. It also does not look at the padding.

use super::{MAX_FIELD_SECTION, MAX_MESSAGE, MAX_TARGET, MAX_TOKEN, MessageError};

/// Framing indicator of a known-length request, RFC 9292 §3.3.
pub(super) const REQUEST: u64 = 0;
/// Framing indicator of a known-length response.
pub(super) const RESPONSE: u64 = 1;

/// Walks over the parts of a known-length message (RFC 9292 §3.1).
pub(super) fn check(bytes: &[u8], wanted: u64) -> Result<(), MessageError> {
    if bytes.len() > MAX_MESSAGE {
        return Err(MessageError::TooLarge(bytes.len()));
    }
    let mut rest = Rest(bytes);
    let found = rest.integer()?;
    if found != wanted {
        return Err(MessageError::Framing { wanted, found });
    }
    if wanted == REQUEST {
        rest.part("method", MAX_TOKEN)?;
        rest.part("scheme", MAX_TOKEN)?;
        rest.part("authority", MAX_TARGET)?;
        rest.part("path", MAX_TARGET)?;
    } else {
        let status = rest.integer()?;
        if !(200..=599).contains(&status) {
            return Err(MessageError::Status(status));
        }
    }
    rest.last_part("header section", MAX_FIELD_SECTION)?;
    rest.last_part("content", MAX_MESSAGE)?;
    if rest.last_part("trailer section", MAX_MESSAGE)? > 0 {
        return Err(MessageError::Trailers);
    }
    if rest.0.iter().any(|byte| *byte != 0) {
        return Err(MessageError::Padding);
    }
    Ok(())
}

struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    /// A variable-length integer, RFC 9000 §16.
    fn integer(&mut self) -> Result<u64, MessageError> {
        let (&first, mut tail) = self.0.split_first().ok_or(MessageError::Truncated)?;
        let more = (1_usize << (first >> 6)) - 1;
        let mut value = u64::from(first & 0x3f);
        for _ in 0..more {
            let (&byte, after) = tail.split_first().ok_or(MessageError::Truncated)?;
            value = (value << 8) | u64::from(byte);
            tail = after;
        }
        self.0 = tail;
        Ok(value)
    }

    /// Steps over a length and as many bytes; returns the length.
    fn part(&mut self, part: &'static str, bound: usize) -> Result<usize, MessageError> {
        let length = self.integer()?;
        let bytes = usize::try_from(length)
            .ok()
            .filter(|bytes| *bytes <= bound)
            .ok_or(MessageError::Bound { part, length })?;
        self.0 = self.0.get(bytes..).ok_or(MessageError::Truncated)?;
        Ok(bytes)
    }

    /// The same for a part that may be cut off when it and all behind it are empty (RFC 9292 §3.8).
    fn last_part(&mut self, part: &'static str, bound: usize) -> Result<usize, MessageError> {
        if self.0.is_empty() {
            return Ok(0);
        }
        self.part(part, bound)
    }
}
