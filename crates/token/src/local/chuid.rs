//! The card holder unique identifier of a PIV card (SP 800-73-5 part 1 §3.1.2), as far as it tells one card from
//! another.

use std::fmt::Write as _;

/// Around the whole, in what OpenSC hands out.
const CONTAINER: u8 = 0x53;
/// The card's GUID.
const GUID: u8 = 0x34;
const GUID_LENGTH: usize = 16;

/// The serial number that OpenSC makes of it: the second half of the GUID. Nothing when there is none.
pub(crate) fn serial(object: &[u8]) -> Option<String> {
    let content = match field(object) {
        Some((CONTAINER, content, _)) => content,
        _ => object,
    };
    let guid = guid(content)?;
    if guid.len() != GUID_LENGTH || guid.iter().all(|byte| *byte == 0) {
        return None;
    }
    Some(
        guid[GUID_LENGTH / 2..]
            .iter()
            .fold(String::new(), |mut text, byte| {
                let _ = write!(text, "{byte:02x}");
                text
            }),
    )
}

/// Whether a serial number is one of these. Yubico's are shorter and decimal.
pub(crate) fn is_serial(serial: &str) -> bool {
    serial.len() == GUID_LENGTH && serial.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn guid(mut fields: &[u8]) -> Option<&[u8]> {
    loop {
        match field(fields)? {
            (GUID, value, _) => return Some(value),
            (_, _, rest) => fields = rest,
        }
    }
}

/// The first field: its tag of one byte, its value, and what follows.
fn field(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (length, start) = match bytes.get(1)? {
        0x81 => (usize::from(*bytes.get(2)?), 3),
        0x82 => {
            let length = u16::from_be_bytes([*bytes.get(2)?, *bytes.get(3)?]);
            (usize::from(length), 4)
        }
        length @ 0..=0x7f => (usize::from(*length), 2),
        _ => return None,
    };
    let end = start + length;
    Some((bytes[0], bytes.get(start..end)?, bytes.get(end..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Read from a virtual USB key, which OpenSC 0.23 shows as 8db8e39d6eda26c0.
    const READ: &str = "3019d4e739d821086c1084210d8360d8210842108421804210c3f33410346a983e482e4ba88db8e39d6eda26\
                        c0350839393939313233313e00fe00";

    #[test]
    fn the_serial_number_is_opensc_s() {
        let bare = hex::decode(READ).unwrap();
        assert_eq!(serial(&bare).unwrap(), "8db8e39d6eda26c0");
        let mut contained = vec![0x53, u8::try_from(bare.len()).unwrap()];
        contained.extend(&bare);
        assert_eq!(serial(&contained).unwrap(), "8db8e39d6eda26c0");
        let mut long = vec![0x53, 0x82, 0, u8::try_from(bare.len()).unwrap()];
        long.extend(&bare);
        assert_eq!(serial(&long).unwrap(), "8db8e39d6eda26c0");
    }

    #[test]
    fn what_is_cut_or_empty_has_none() {
        let bare = hex::decode(READ).unwrap();
        for end in 0..45 {
            assert_eq!(serial(&bare[..end]), None, "{end}");
        }
        let zeros = [[0x34, 16].as_slice(), &[0; 16]].concat();
        assert_eq!(serial(&zeros), None);
        assert_eq!(serial(&[0x34, 3, 1, 2, 3]), None);
        assert_eq!(serial(&[0x34, 0xff, 1]), None);
    }
}
