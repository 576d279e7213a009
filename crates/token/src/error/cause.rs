//! Causes in words: an error of a module, or of the system, does not cross from one process to another as a value.

use std::fmt::Write as _;

use cryptoki::error::{Error as ModuleError, RvError};
use serde::{Deserialize, Serialize};

/// Longest text that is kept; the module may have written it.
const MAX_TEXT: usize = 512;

/// What somebody else said of a failure, in words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{text}")]
pub struct Cause {
    text: String,
    /// Only the module's own process does anything about it.
    #[serde(skip)]
    stale_handle: bool,
}

impl Cause {
    fn of(error: &dyn std::error::Error) -> Self {
        let mut text = error.to_string();
        let mut next = error.source();
        while let Some(error) = next {
            let _ = write!(text, ": {error}");
            next = error.source();
        }
        Self::said(text)
    }

    fn said(mut text: String) -> Self {
        if let Some((end, _)) = text.char_indices().nth(MAX_TEXT) {
            text.truncate(end);
        }
        Self {
            text,
            stale_handle: false,
        }
    }

    pub(super) fn is_stale_handle(&self) -> bool {
        self.stale_handle
    }
}

impl From<ModuleError> for Cause {
    fn from(error: ModuleError) -> Self {
        // cryptoki's errors name their sources in their own text.
        let mut cause = Self::said(error.to_string());
        cause.stale_handle = matches!(
            error,
            ModuleError::Pkcs11(RvError::KeyHandleInvalid | RvError::ObjectHandleInvalid, _)
        );
        cause
    }
}

impl From<wattkey_pki::CertificateError> for Cause {
    fn from(error: wattkey_pki::CertificateError) -> Self {
        Self::of(&error)
    }
}

/// An error of the system, by its number where it has one.
pub(super) mod io_error {
    use std::io;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    enum Written {
        Number(i32),
        Text(String),
    }

    pub(crate) fn serialize<S: Serializer>(
        error: &io::Error,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match error.raw_os_error() {
            Some(number) => Written::Number(number),
            None => Written::Text(error.to_string()),
        }
        .serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<io::Error, D::Error> {
        Ok(match Written::deserialize(deserializer)? {
            Written::Number(number) => io::Error::from_raw_os_error(number),
            Written::Text(text) => io::Error::other(text),
        })
    }
}
