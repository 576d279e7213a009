//! The PIN letter: PIN and PUK by chance, written once to a file for the holder and nowhere else.

use std::path::PathBuf;

use rustix::rand::{GetRandomFlags, getrandom};
use wattkey_token::Pin;
use zeroize::Zeroizing;

use crate::args::HolderArguments;
use crate::desk::{create_secret_file, now};
use crate::exit::{Failure, Kind};
use crate::text::Language;

/// Digits of both; a PIV card takes no longer ones (NIST SP 800-73-4 part 2, 2.4.3).
const DIGITS: usize = 8;

pub(super) struct Letter {
    file: PathBuf,
    pin: Zeroizing<String>,
    puk: Zeroizing<String>,
}

impl Letter {
    /// Makes both. The file must not be there yet; it is written by [`Self::write`].
    pub(super) fn new(file: PathBuf) -> Result<Self, Failure> {
        if file.symlink_metadata().is_ok() {
            return Err(Failure::because(Kind::Exists, file.display().to_string()));
        }
        Ok(Self {
            file,
            pin: digits()?,
            puk: digits()?,
        })
    }

    pub(super) fn pin(&self) -> Pin {
        Pin::new(self.pin.to_string())
    }

    pub(super) fn puk(&self) -> Pin {
        Pin::new(self.puk.to_string())
    }

    /// On the disk before the card has them: nobody could look them up afterwards.
    pub(super) fn write(
        &self,
        serial: &str,
        holder: &HolderArguments,
        language: Language,
    ) -> Result<(), Failure> {
        let holder = format!("{} ({})", holder.name, holder.organisation);
        let text = Zeroizing::new(language.pin_letter(
            serial,
            &holder,
            &now().to_string(),
            &self.pin,
            &self.puk,
        ));
        create_secret_file(&self.file, text.as_bytes())
    }
}

fn digits() -> Result<Zeroizing<String>, Failure> {
    // Room for all of them from the start: a string that grows leaves its old bytes behind.
    let mut text = Zeroizing::new(String::with_capacity(DIGITS));
    let mut bytes = Zeroizing::new([0_u8; 32]);
    while text.len() < DIGITS {
        getrandom(&mut bytes[..], GetRandomFlags::empty())
            .map_err(|error| Failure::because(Kind::Fault, format!("no randomness: {error}")))?;
        // Of 256 values the last six would make some digits likelier.
        let drawn = bytes.iter().filter(|byte| **byte < 250);
        let wanted = DIGITS - text.len();
        text.extend(drawn.take(wanted).map(|byte| char::from(b'0' + byte % 10)));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_digits_and_each_time_others() {
        let (one, other) = (digits().unwrap(), digits().unwrap());
        for text in [&one, &other] {
            assert_eq!(text.len(), DIGITS);
            assert!(text.bytes().all(|byte| byte.is_ascii_digit()), "{text:?}");
        }
        assert_ne!(one, other);
    }
}
