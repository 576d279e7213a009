//! From bytes to text, or what the bytes are instead.

use super::Problem;

const UTF8_MARK: &str = "\u{feff}";
/// Marks of UTF-16, either way round (RFC 2781 §3.2), which Excel writes as "Unicode text".
const UTF16_MARKS: [[u8; 2]; 2] = [[0xff, 0xfe], [0xfe, 0xff]];

/// UTF-8, with or without its mark at the beginning.
pub(super) fn text(bytes: &[u8]) -> Result<&str, Problem> {
    if UTF16_MARKS.iter().any(|mark| bytes.starts_with(mark)) {
        return Err(Problem::new(None, "utf-16"));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix(UTF8_MARK).unwrap_or(text)),
        Err(error) => {
            let (before, after) = bytes.split_at(error.valid_up_to());
            let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
            let code = if is_gb18030(after) {
                "gb18030"
            } else {
                "not-utf-8"
            };
            Err(Problem::new(u32::try_from(line).ok(), code))
        }
    }
}

/// Whether what begins here could be Chinese in GB 18030, of which the common characters have two
/// bytes in the range of GB 2312.
fn is_gb18030(bytes: &[u8]) -> bool {
    let chinese = |byte: &u8| (0xa1..=0xf7).contains(byte);
    matches!(bytes, [first, second, ..] if chinese(first) && (0xa1..=0xfe).contains(second))
}
