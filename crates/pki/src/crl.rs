use std::collections::HashSet;

use jiff::Timestamp;
use rustls_pki_types::CertificateRevocationListDer;
use rustls_pki_types::pem::PemObject;
use webpki::{BorrowedCertRevocationList, CertRevocationList};
use x509_parser::prelude::FromDer;
use x509_parser::revocation_list::CertificateRevocationList;

use crate::certificate::{time, without_leading_zeros};
use crate::{BadSignature, Certificate, Signature, pem};

/// A CRL is at most this many octets: about 250,000 revoked certificates.
pub const MAX_CRL: usize = 16 * 1024 * 1024;

/// A full certificate revocation list (RFC 5280 §5), read and with its CA's
/// signature verified.
#[derive(Debug, Clone)]
pub struct Crl {
    revoked: HashSet<Vec<u8>>,
    number: Vec<u8>,
    next_update: Timestamp,
}

/// The bytes are not a CRL of this CA.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CrlError {
    /// More octets than [`MAX_CRL`].
    #[error("the CRL has {0} octets, at most {MAX_CRL} are read")]
    TooLarge(usize),
    /// Not PEM of one `X509 CRL`.
    #[error("not a PEM block of a CRL (BEGIN X509 CRL)")]
    Pem,
    /// Not a full CRL in DER: delta and indirect ones are refused too.
    #[error("not a full X.509 CRL: {0}")]
    Malformed(String),
    /// It names another CA as its issuer.
    #[error("the CRL is of another CA")]
    Issuer,
    /// The CA did not sign it.
    #[error("the CRL's signature is wrong")]
    Signature(#[source] BadSignature),
}

impl Crl {
    /// Reads DER or PEM and verifies that `authority` signed it.
    pub fn read(bytes: &[u8], authority: &Certificate) -> Result<Self, CrlError> {
        if bytes.len() > MAX_CRL {
            return Err(CrlError::TooLarge(bytes.len()));
        }
        if pem::is_pem(bytes) {
            let der =
                CertificateRevocationListDer::from_pem_slice(bytes).map_err(|_| CrlError::Pem)?;
            Self::from_der(&der, authority)
        } else {
            Self::from_der(bytes, authority)
        }
    }

    /// Reads DER and verifies that `authority` signed it.
    pub fn from_der(der: &[u8], authority: &Certificate) -> Result<Self, CrlError> {
        // webpki knows what makes a CRL one that must not be relied upon
        // (delta, indirect, unknown critical extensions); x509-parser gives
        // the times and the signed bytes.
        let strict = BorrowedCertRevocationList::from_der(der).map_err(malformed)?;
        let (_, crl) = CertificateRevocationList::from_der(der).map_err(malformed)?;
        refuse_partial(der)?;
        verify_issuer(&crl, authority)?;
        let revoked = strict
            .into_iter()
            .map(|entry| entry.map(|entry| without_leading_zeros(entry.serial_number).to_vec()))
            .collect::<Result<_, _>>()
            .map_err(malformed)?;
        let next_update = crl
            .next_update()
            .ok_or_else(|| malformed("no next update"))?;
        Ok(Self {
            revoked,
            number: crl
                .crl_number()
                .map(x509_parser::num_bigint::BigUint::to_bytes_be)
                .unwrap_or_default(),
            next_update: time(next_update).map_err(malformed)?,
        })
    }

    /// Is a certificate of this serial number revoked?
    #[must_use]
    pub fn is_revoked(&self, serial_number: &[u8]) -> bool {
        self.revoked.contains(without_leading_zeros(serial_number))
    }

    /// How many are revoked.
    #[must_use]
    pub fn len(&self) -> usize {
        self.revoked.len()
    }

    /// Is none revoked?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.revoked.is_empty()
    }

    /// CRL number (RFC 5280 §5.2.3), big endian; empty when it has none.
    #[must_use]
    pub fn number(&self) -> &[u8] {
        &self.number
    }

    /// When the next one is due. From then on this one says nothing any more.
    #[must_use]
    pub fn next_update(&self) -> Timestamp {
        self.next_update
    }
}

#[expect(clippy::needless_pass_by_value, reason = "its users have values")]
fn malformed(what: impl ToString) -> CrlError {
    CrlError::Malformed(what.to_string())
}

/// A CRL with an issuing distribution point (RFC 5280 §5.2.5) covers a part of
/// the certificates only; ours never has one.
fn refuse_partial(der: &[u8]) -> Result<(), CrlError> {
    let crl = BorrowedCertRevocationList::from_der(der).map_err(malformed)?;
    match CertRevocationList::from(crl).issuing_distribution_point() {
        None => Ok(()),
        Some(_) => Err(malformed("it covers a part of the certificates only")),
    }
}

fn verify_issuer(
    crl: &CertificateRevocationList<'_>,
    authority: &Certificate,
) -> Result<(), CrlError> {
    let (_, x509) = x509_parser::parse_x509_certificate(authority.der()).map_err(malformed)?;
    if crl.issuer().as_raw() != x509.subject().as_raw() {
        return Err(CrlError::Issuer);
    }
    let signature = Signature::from_der(&crl.signature_value.data)
        .map_err(|_| CrlError::Signature(BadSignature))?;
    authority
        .public_key()
        .verify(crl.tbs_cert_list.as_ref(), &signature)
        .map_err(CrlError::Signature)
}
