//! Secrets in frames: read straight into memory that is wiped.

use std::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

/// 32 secret bytes.
pub(crate) struct Secret(pub(crate) Zeroizing<[u8; 32]>);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0.as_slice())
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl Visitor<'_> for Bytes {
            type Value = Secret;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("32 bytes")
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Secret, E> {
                let mut secret = Zeroizing::new([0; 32]);
                if bytes.len() != secret.len() {
                    return Err(E::invalid_length(bytes.len(), &self));
                }
                secret.copy_from_slice(bytes);
                Ok(Secret(secret))
            }
        }
        deserializer.deserialize_bytes(Bytes)
    }
}

/// A PIN, or that it is typed on the token's own pad. [`Pin`](crate::Pin) itself stays without these traits, so that
/// no PIN is written anywhere by mistake.
pub(super) mod pin {
    use std::fmt;

    use secrecy::ExposeSecret;
    use serde::de::{Error, Visitor};
    use serde::{Deserializer, Serializer};

    use crate::Pin;

    pub(crate) fn serialize<S: Serializer>(pin: &Pin, serializer: S) -> Result<S::Ok, S::Error> {
        match pin.secret() {
            Some(pin) => serializer.serialize_some(pin.expose_secret()),
            None => serializer.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Pin, D::Error> {
        struct Entry;
        impl<'de> Visitor<'de> for Entry {
            type Value = Pin;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a PIN")
            }

            fn visit_none<E: Error>(self) -> Result<Pin, E> {
                Ok(Pin::on_device())
            }

            fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Pin, D::Error> {
                deserializer.deserialize_str(self)
            }

            fn visit_str<E: Error>(self, pin: &str) -> Result<Pin, E> {
                Ok(Pin::typed_here(pin))
            }
        }
        deserializer.deserialize_option(Entry)
    }
}
