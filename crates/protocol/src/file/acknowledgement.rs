use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use wattkey_pki::{Certificate, Digest, SignError, Signer, jws};

use super::signature::verified;
use super::{FileProblem, Totals};
use crate::time;

/// `typ` of an acknowledgement.
pub const ACKNOWLEDGEMENT_TYPE: &str = "wattkey-acknowledgement+jws";

/// That a file was taken in, as its signed document says it. The platform says it of a file of
/// the marketing system, with the place in its journal; the marketing system of an export, without.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Acknowledgement {
    /// Who wrote the file: the name of a source, or the payment service's audience.
    pub source: String,
    /// Its number.
    pub number: u64,
    /// SHA-256 of its bytes.
    pub digest: Digest,
    /// Lines after the header.
    pub records: u64,
    /// What they were.
    pub totals: Totals,
    /// When it was taken in.
    #[serde(with = "time")]
    pub taken: Timestamp,
    /// The last link of the journal that covers what it posted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub journal: Option<JournalPlace>,
}

/// A link of the journal (`PROTOCOL.md` section 13).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JournalPlace {
    /// The process whose chain it is.
    pub process: Uuid,
    /// Number of the link.
    pub sequence: u64,
    /// The link.
    pub link: Digest,
}

impl Acknowledgement {
    /// Signs: a compact JWS that names the signer's certificate.
    ///
    /// # Errors
    /// When the key does not sign.
    pub fn sign(&self, signer: &dyn Signer, certificate: Digest) -> Result<String, SignError> {
        let payload = serde_json::to_vec(self).expect("texts and numbers are JSON");
        jws::sign_compact(signer, ACKNOWLEDGEMENT_TYPE, certificate, &payload)
    }

    /// Reads an acknowledgement and verifies it with the one certificate that may make it.
    ///
    /// # Errors
    /// [`FileProblem`].
    pub fn verify(
        text: &str,
        certificate: &Certificate,
        now: Timestamp,
    ) -> Result<Self, FileProblem> {
        verified(text, ACKNOWLEDGEMENT_TYPE, certificate, now)
    }

    /// Reads an acknowledgement without verifying it: for showing.
    ///
    /// # Errors
    /// [`FileProblem`].
    pub fn read_unverified(text: &str) -> Result<Self, FileProblem> {
        let compact = jws::Compact::parse(text, ACKNOWLEDGEMENT_TYPE, super::MAX_SIGNATURE)?;
        serde_json::from_slice(compact.payload_unverified()).map_err(FileProblem::Payload)
    }
}
