use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use wattkey_pki::{Certificate, Digest, SignError, Signer, jws};

use super::FileProblem;

/// `typ` of the signature of a file.
pub const SIGNATURE_TYPE: &str = "wattkey-file+jws";
/// Longest signature or acknowledgement that is read, in bytes.
pub const MAX_SIGNATURE: usize = 32 * 1024;

/// What the detached signature of a file says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileSignature {
    /// Who wrote the file: the name of a source, or the payment service's audience.
    pub source: String,
    /// Its number.
    pub number: u64,
    /// SHA-256 of its bytes.
    pub digest: Digest,
    /// Lines after the header.
    pub records: u64,
}

impl FileSignature {
    /// Signs: a compact JWS that names the signer's certificate.
    ///
    /// # Errors
    /// When the key does not sign.
    pub fn sign(&self, signer: &dyn Signer, certificate: Digest) -> Result<String, SignError> {
        let payload = serde_json::to_vec(self).expect("texts and numbers are JSON");
        jws::sign_compact(signer, SIGNATURE_TYPE, certificate, &payload)
    }

    /// Reads a signature and verifies it with the one certificate that may make it.
    ///
    /// # Errors
    /// [`FileProblem`].
    pub fn verify(
        text: &str,
        certificate: &Certificate,
        now: Timestamp,
    ) -> Result<Self, FileProblem> {
        verified(text, SIGNATURE_TYPE, certificate, now)
    }

    /// Reads a signature without verifying it: to find out whose it is, and for nothing else.
    ///
    /// # Errors
    /// [`FileProblem`].
    pub fn read_unverified(text: &str) -> Result<Self, FileProblem> {
        let compact = jws::Compact::parse(text, SIGNATURE_TYPE, MAX_SIGNATURE)?;
        serde_json::from_slice(compact.payload_unverified()).map_err(FileProblem::Payload)
    }
}

/// The payload of a compact JWS that the key of `certificate` made.
pub(super) fn verified<T: serde::de::DeserializeOwned>(
    text: &str,
    typ: &str,
    certificate: &Certificate,
    now: Timestamp,
) -> Result<T, FileProblem> {
    let compact = jws::Compact::parse(text, typ, MAX_SIGNATURE)?;
    if compact.certificate() != certificate.thumbprint() {
        return Err(FileProblem::OtherCertificate);
    }
    if now < certificate.not_before() || now > certificate.not_after() {
        return Err(FileProblem::CertificateTime);
    }
    let payload = compact.verify(certificate.public_key())?;
    serde_json::from_slice(payload).map_err(FileProblem::Payload)
}
