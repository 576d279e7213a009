//! Long documents and messages in fewer bytes.
//!
//! What limits the books is how much must reach the disk, and of a bill or a message to the bank
//! three bytes of four say nothing. What is packed begins with [`MARK`], then comes its length, then
//! an LZ4 block; anything else is as it is: no document of ours, JSON or XML, begins with that byte.
//! Digests are of what was packed, never of the packed form.

use std::borrow::Cow;

use crate::database::DatabaseError;

/// The first byte of what is packed. No text begins with it.
const MARK: u8 = 1;
const LENGTH: usize = size_of::<u32>();
/// Shorter ones are kept as they are.
const WORTH: usize = 1_024;
/// No document or message of the books is longer: what says so is not ours.
const MAX_LENGTH: usize = 64 << 20;

/// The bytes as the books keep them.
pub(crate) fn pack(bytes: &[u8]) -> Vec<u8> {
    if bytes.len() >= WORTH
        && let Ok(length) = u32::try_from(bytes.len())
    {
        let head = 1 + LENGTH;
        let mut packed = vec![0; head + lz4_flex::block::get_maximum_output_size(bytes.len())];
        packed[0] = MARK;
        packed[1..head].copy_from_slice(&length.to_be_bytes());
        let size = lz4_flex::block::compress_into(bytes, &mut packed[head..]);
        if let Ok(size) = size
            && head + size < bytes.len()
        {
            packed.truncate(head + size);
            return packed;
        }
    }
    // What begins like a packed one must be packed, or it would be read as one.
    debug_assert!(bytes.first() != Some(&MARK));
    bytes.to_vec()
}

/// The bytes as they came.
pub(crate) fn unpack(kept: &[u8], column: usize) -> Result<Cow<'_, [u8]>, DatabaseError> {
    let Some(rest) = kept.strip_prefix(&[MARK]) else {
        return Ok(Cow::Borrowed(kept));
    };
    let wrong = || DatabaseError::unreadable(column, "its packed bytes cannot be read");
    let (length, block) = rest.split_first_chunk::<LENGTH>().ok_or_else(wrong)?;
    let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| wrong())?;
    if length > MAX_LENGTH {
        return Err(wrong());
    }
    let bytes = lz4_flex::block::decompress(block, length).map_err(|_| wrong())?;
    if bytes.len() != length {
        return Err(wrong());
    }
    Ok(Cow::Owned(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back() {
        let short = b"{}".to_vec();
        let long = br#"{"kind":"energy","amount":1000}"#.repeat(50);
        let noise: Vec<u8> = std::iter::once(b'{')
            .chain((0..5_000).map(|_| fastrand::u8(..)))
            .collect();
        for (bytes, shrinks) in [
            (short, false),
            (long, true),
            (noise, false),
            (vec![], false),
        ] {
            let packed = pack(&bytes);
            assert_eq!(packed.len() < bytes.len(), shrinks);
            assert_eq!(unpack(&packed, 0).unwrap(), bytes);
        }
    }

    #[test]
    fn what_was_changed_is_an_error_or_other_bytes() {
        let bytes = br#"{"kind":"energy","amount":1000}"#.repeat(50);
        let packed = pack(&bytes);
        for place in 0..packed.len() {
            let mut changed = packed.clone();
            changed[place] ^= 0x55;
            if let Ok(read) = unpack(&changed, 0) {
                assert!(place == 0 || read != bytes || changed[place..] != packed[place..]);
            }
            assert!(unpack(&packed[..place.max(1)], 0).is_err() || place > 5);
        }
        for huge in [
            &[MARK][..],
            &[MARK, 0xff, 0xff, 0xff, 0xff, 0],
            &[MARK, 0, 0, 0, 9, 0],
        ] {
            assert!(unpack(huge, 0).is_err());
        }
    }
}
