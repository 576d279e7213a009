use std::fmt;

use clap::ValueEnum;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use wattkey_pki::{Certificate, Digest};
use wattkey_protocol::binding::{Holder, UnbindReason};

/// One of the two CAs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Ca {
    /// The issuing CA: USB keys of users and managers
    Users,
    /// The service CA: servers
    Service,
}

/// Why something is revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Reason {
    /// Lost or stolen
    Lost,
    /// Another one took its place
    Replaced,
    /// The holder left
    Left,
    /// Somebody else may have used it
    Compromised,
}

/// A line of the register.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "kebab-case")]
pub(crate) enum Record {
    /// A CA was made.
    Authority {
        at: Timestamp,
        ca: Ca,
        /// Label of its token.
        token: String,
        #[serde(with = "certificate_text")]
        certificate: Certificate,
    },
    /// A certificate was issued.
    Certificate {
        at: Timestamp,
        ca: Ca,
        #[serde(with = "certificate_text")]
        certificate: Certificate,
    },
    /// Issuing a PIV card was begun; `Key` ends it. In between its PIN and PUK may be the new ones.
    Issuing { at: Timestamp, serial: String },
    /// A USB key was issued.
    Key(IssuedKey),
    /// A USB key was given a new PIN at the desk.
    Unblocked { at: Timestamp, serial: String },
    /// The platform took the step that binds a USB key.
    Bound {
        at: Timestamp,
        serial: String,
        authentication: Digest,
        sequence: u64,
    },
    /// The platform took the step that unbinds a USB key.
    Unbound {
        at: Timestamp,
        serial: String,
        authentication: Digest,
        sequence: u64,
    },
    /// A certificate is revoked from now on.
    Revoked {
        at: Timestamp,
        thumbprint: Digest,
        reason: Reason,
    },
    /// A CRL is about to be written.
    Crl {
        at: Timestamp,
        ca: Ca,
        number: u64,
        next_update: Timestamp,
    },
    /// The binding log was seen and verified up to here.
    Head {
        at: Timestamp,
        sequence: u64,
        digest: Digest,
    },
}

/// A USB key with its holder and certificates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct IssuedKey {
    pub(crate) at: Timestamp,
    pub(crate) serial: String,
    pub(crate) holder: Holder,
    pub(crate) organisation: String,
    #[serde(with = "certificate_text")]
    pub(crate) authentication: Certificate,
    #[serde(with = "certificate_text")]
    pub(crate) signature: Certificate,
}

impl Ca {
    /// Name on the command line and of the files.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Service => "service",
        }
    }
}

impl fmt::Display for Ca {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Reason {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Lost => "lost",
            Self::Replaced => "replaced",
            Self::Left => "left",
            Self::Compromised => "compromised",
        }
    }
}

impl From<Reason> for UnbindReason {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::Lost => Self::Lost,
            Reason::Replaced => Self::Replaced,
            Reason::Left => Self::Left,
            Reason::Compromised => Self::Compromised,
        }
    }
}

mod certificate_text {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};
    use wattkey_pki::{Certificate, b64u};

    pub(super) fn serialize<S: Serializer>(
        certificate: &Certificate,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&b64u::encode(certificate.der()))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Certificate, D::Error> {
        let text = String::deserialize(deserializer)?;
        let der = b64u::decode(&text).ok_or_else(|| D::Error::custom("not base64url"))?;
        Certificate::from_der(&der).map_err(D::Error::custom)
    }
}
