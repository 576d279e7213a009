//! PINs: how they come in, and that they leave no trace.

use std::fmt;
use std::io;

use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::TokenError;
use crate::local::foreign;

/// Longest PIN in bytes that is read.
const MAX_PIN: usize = 64;

/// A PIN. Its memory is wiped at its end, and `Debug` shows nothing of it, not even its length.
pub struct Pin(Entry);

enum Entry {
    Typed(SecretString),
    OnDevice,
}

impl Pin {
    /// Takes a PIN that somebody typed.
    #[must_use]
    pub fn new(pin: String) -> Self {
        // The text is copied to a box of its exact length: shrinking the string in place might move it and leave the
        // old bytes behind.
        let pin = Zeroizing::new(pin);
        Self::typed_here(&pin)
    }

    /// The PIN is typed on the token's own pad: this program never has it
    /// (`CKF_PROTECTED_AUTHENTICATION_PATH`, PKCS#11 v3.1 §5.6.8).
    #[must_use]
    pub fn on_device() -> Self {
        Self(Entry::OnDevice)
    }

    /// Whether the PIN is typed on the token's own pad.
    #[must_use]
    pub fn is_on_device(&self) -> bool {
        matches!(self.0, Entry::OnDevice)
    }

    /// Reads one line of 1 to 64 bytes from an inherited file descriptor, as `--pin-fd` names it.
    ///
    /// The descriptor itself is read, as `/dev/fd/N` means it, one byte at a time, so that the next line stays where
    /// it is: for another PIN or for the program.
    ///
    /// # Errors
    ///
    /// [`PinError`] when the descriptor cannot be read or holds no PIN.
    pub fn from_fd(fd: u32) -> Result<Self, PinError> {
        Self::from_bytes(|| foreign::read_byte(fd))
    }

    /// Whether the descriptor was given to this program. To be asked before the program opens
    /// anything of its own, which would get the number.
    ///
    /// # Errors
    ///
    /// [`PinError::Read`] when it is not open.
    pub fn check_fd(fd: u32) -> Result<(), PinError> {
        std::fs::symlink_metadata(format!("/dev/fd/{fd}"))
            .map(|_| ())
            .map_err(PinError::Read)
    }

    fn from_bytes(mut next: impl FnMut() -> io::Result<Option<u8>>) -> Result<Self, PinError> {
        let mut line = Zeroizing::new([0_u8; MAX_PIN + 1]);
        let mut length = 0;
        loop {
            match next().map_err(PinError::Read)? {
                None | Some(b'\n') => break,
                Some(_) if length > MAX_PIN => return Err(PinError::TooLong),
                Some(byte) => {
                    line[length] = byte;
                    length += 1;
                }
            }
        }
        let line = &line[..length];
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match line.len() {
            0 => return Err(PinError::Empty),
            1..=MAX_PIN => {}
            _ => return Err(PinError::TooLong),
        }
        let pin = std::str::from_utf8(line).map_err(|_| PinError::Text)?;
        Ok(Self::typed_here(pin))
    }

    /// Whether it has digits only; also when it is typed elsewhere, on keys with digits.
    pub(crate) fn is_digits(&self) -> bool {
        self.secret().is_none_or(|pin| {
            pin.expose_secret()
                .bytes()
                .all(|byte| byte.is_ascii_digit())
        })
    }

    /// Whether it is typed here and has hexadecimal digits only.
    pub(crate) fn is_hexadecimal(&self) -> bool {
        let digits = |pin: &SecretString| {
            pin.expose_secret()
                .bytes()
                .all(|byte| byte.is_ascii_hexdigit())
        };
        self.secret().is_some_and(digits)
    }

    /// For the calls that show the PIN to the token; nothing when the token asks for it itself.
    pub(crate) fn secret(&self) -> Option<&SecretString> {
        match &self.0 {
            Entry::Typed(pin) => Some(pin),
            Entry::OnDevice => None,
        }
    }

    /// For calls that no pad can make.
    pub(crate) fn typed(&self) -> Result<&SecretString, TokenError> {
        self.secret().ok_or(TokenError::PinPadMissing)
    }

    /// Length in bytes of a PIN that is typed here.
    pub(crate) fn len(&self) -> Option<usize> {
        self.secret().map(|pin| pin.expose_secret().len())
    }

    /// A second one, wiped on its own: for the frame that carries it, and for a card that logs in again.
    #[must_use]
    pub fn copy(&self) -> Self {
        match &self.0 {
            Entry::Typed(pin) => Self::typed_here(pin.expose_secret()),
            Entry::OnDevice => Self::on_device(),
        }
    }

    /// The text is copied once, to a box of its exact length.
    pub(crate) fn typed_here(pin: &str) -> Self {
        Self(Entry::Typed(SecretString::from(Box::<str>::from(pin))))
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin")
    }
}

/// Why no PIN could be read.
#[derive(Debug, thiserror::Error)]
pub enum PinError {
    /// The descriptor cannot be read.
    #[error("cannot read the PIN")]
    Read(#[source] io::Error),
    /// The line is empty, or there is none.
    #[error("the PIN is empty")]
    Empty,
    /// The line is longer than any PIN.
    #[error("the PIN is longer than {MAX_PIN} bytes")]
    TooLong,
    /// The line is not text.
    #[error("the PIN is not UTF-8")]
    Text,
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::fd::AsRawFd;

    use super::*;

    #[test]
    fn a_descriptor_that_nobody_gave_is_noticed() {
        let (reading, _writing) = std::io::pipe().unwrap();
        let fd = u32::try_from(reading.as_raw_fd()).unwrap();
        assert!(Pin::check_fd(fd).is_ok());
        assert!(matches!(Pin::check_fd(4_000_000), Err(PinError::Read(_))));
    }

    fn parse(input: &[u8]) -> Result<Pin, PinError> {
        let mut bytes = input.iter().copied();
        Pin::from_bytes(|| Ok(bytes.next()))
    }

    fn text(pin: &Pin) -> &str {
        pin.secret().unwrap().expose_secret()
    }

    #[test]
    fn takes_one_line() {
        for input in ["1234", "1234\n", "1234\r\n", "1234\n5678\n"] {
            assert_eq!(text(&parse(input.as_bytes()).unwrap()), "1234", "{input:?}");
        }
        let longest = "9".repeat(MAX_PIN);
        for end in ["", "\n", "\r\n"] {
            let input = format!("{longest}{end}");
            assert_eq!(text(&parse(input.as_bytes()).unwrap()), longest);
        }
    }

    #[test]
    fn refuses_what_is_no_pin() {
        for input in ["", "\n", "\r\n"] {
            assert!(
                matches!(parse(input.as_bytes()), Err(PinError::Empty)),
                "{input:?}"
            );
        }
        for length in [MAX_PIN + 1, MAX_PIN + 2, 5_000] {
            let input = "9".repeat(length);
            assert!(
                matches!(parse(input.as_bytes()), Err(PinError::TooLong)),
                "{length}"
            );
        }
        assert!(matches!(parse(b"12\xff4\n"), Err(PinError::Text)));
        let mut fails = || Err(io::Error::other("gone"));
        assert!(matches!(
            Pin::from_bytes(&mut fails),
            Err(PinError::Read(_))
        ));
    }

    #[test]
    fn two_pins_come_from_one_pipe() {
        let (reader, mut writer) = io::pipe().unwrap();
        writer.write_all(b"first\nsecond\nrest").unwrap();
        drop(writer);
        let fd = u32::try_from(reader.as_raw_fd()).unwrap();
        assert_eq!(text(&Pin::from_fd(fd).unwrap()), "first");
        assert_eq!(text(&Pin::from_fd(fd).unwrap()), "second");
        assert_eq!(io::read_to_string(reader).unwrap(), "rest");
    }

    #[test]
    fn two_pins_come_from_one_file() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"first\nsecond\n").unwrap();
        io::Seek::rewind(&mut file).unwrap();
        let fd = u32::try_from(file.as_raw_fd()).unwrap();
        assert_eq!(text(&Pin::from_fd(fd).unwrap()), "first");
        assert_eq!(text(&Pin::from_fd(fd).unwrap()), "second");
        assert!(matches!(Pin::from_fd(fd), Err(PinError::Empty)));
    }

    #[test]
    fn a_closed_descriptor_is_an_error() {
        for fd in [9_999, u32::MAX] {
            assert!(matches!(Pin::from_fd(fd), Err(PinError::Read(_))), "{fd}");
        }
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Pin::new("secret".into())), "Pin");
    }
}
