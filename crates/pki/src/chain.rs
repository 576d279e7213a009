use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rustls_pki_types::UnixTime;
use webpki::aws_lc_rs::ECDSA_P256_SHA256;
use webpki::{EndEntityCert, Error, ExtendedKeyUsageValidator, KeyPurposeIdIter, KeyUsage};

use crate::{Certificate, Crl, CrlError, Role};

/// One CA that is trusted, with its CRL when there is one.
#[derive(Debug, Clone)]
pub struct TrustAnchor {
    certificate: Certificate,
    crl: Option<Arc<Crl>>,
}

/// The certificate cannot be a trust anchor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AnchorError {
    /// Basic constraints or key usage are not a CA's.
    #[error("the certificate is not a CA's")]
    NotAuthority,
    /// It is not signed by its own key.
    #[error("the CA certificate is not signed by its own key")]
    NotSelfSigned,
}

/// Why a certificate is refused. When several reasons hold, the first in this
/// order is said: foreign, not yet valid or expired, wrong role, revoked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// Its time has passed.
    #[error("the certificate expired at {not_after}")]
    Expired {
        /// The last moment of its validity.
        not_after: Timestamp,
    },
    /// Its time has not come: often a wrong clock.
    #[error("the certificate is not valid yet")]
    NotYetValid,
    /// The CRL names it.
    #[error("the certificate is revoked")]
    Revoked,
    /// Issued for another job.
    #[error("the certificate is not one for {wanted}")]
    WrongRole {
        /// The role that was asked for.
        wanted: Role,
    },
    /// Issued by another CA.
    #[error("the certificate is of another issuer")]
    Foreign,
    /// The CRL is past its next update, so nothing can be said: all are
    /// refused until a new one is there.
    #[error("the CRL is past its next update")]
    CrlExpired,
    /// Anything else; the text is for the log.
    #[error("the certificate cannot be verified: {0}")]
    Invalid(String),
}

impl TrustAnchor {
    /// Trusts the CA of this self-signed certificate.
    pub fn new(certificate: Certificate) -> Result<Self, AnchorError> {
        if !certificate.is_authority() {
            return Err(AnchorError::NotAuthority);
        }
        let anchor = Self {
            certificate,
            crl: None,
        };
        if !anchor.is_self_signed() {
            return Err(AnchorError::NotSelfSigned);
        }
        Ok(anchor)
    }

    /// With the CA's CRL (DER or PEM) in place of the one before.
    pub fn with_crl(self, bytes: &[u8]) -> Result<Self, CrlError> {
        let crl = Crl::read(bytes, &self.certificate)?;
        Ok(Self {
            crl: Some(Arc::new(crl)),
            ..self
        })
    }

    /// The CA's certificate.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The CA's CRL.
    #[must_use]
    pub fn crl(&self) -> Option<&Crl> {
        self.crl.as_deref()
    }

    /// Did this CA issue `certificate`, is it valid at `at`, for `role`, and
    /// not revoked?
    pub fn verify(
        &self,
        certificate: &Certificate,
        role: Role,
        at: Timestamp,
    ) -> Result<(), ChainError> {
        if at < self.certificate.not_before() || at > self.certificate.not_after() {
            return Err(invalid(
                "the CA's own certificate is not valid at this time",
            ));
        }
        let usage = KeyUsage::required(role.oid_content());
        if let Err(error) = self.verify_path(certificate, at, usage) {
            return Err(self.explain(certificate, role, error));
        }
        self.verify_not_revoked(certificate, at)
    }

    fn verify_not_revoked(
        &self,
        certificate: &Certificate,
        at: Timestamp,
    ) -> Result<(), ChainError> {
        match &self.crl {
            None => Ok(()),
            // Once revoked is revoked for good, whatever the age of the CRL.
            Some(crl) if crl.is_revoked(certificate.serial_number()) => Err(ChainError::Revoked),
            Some(crl) if at >= crl.next_update() => Err(ChainError::CrlExpired),
            Some(_) => Ok(()),
        }
    }

    fn verify_path(
        &self,
        certificate: &Certificate,
        at: Timestamp,
        usage: impl ExtendedKeyUsageValidator,
    ) -> Result<(), Error> {
        let end_entity = EndEntityCert::try_from(certificate.as_pki_type())?;
        let anchor = webpki::anchor_from_trusted_cert(self.certificate.as_pki_type())?;
        let time = u64::try_from(at.as_second()).map_err(|_| Error::BadDerTime)?;
        end_entity
            .verify_for_usage(
                &[ECDSA_P256_SHA256],
                &[anchor],
                &[],
                UnixTime::since_unix_epoch(Duration::from_secs(time)),
                usage,
                None,
                None,
            )
            .map(|_| ())
    }

    /// webpki says the first thing that it meets, and it meets the issuer
    /// last. A key of somebody else's that has expired too is somebody else's.
    fn explain(&self, certificate: &Certificate, role: Role, error: Error) -> ChainError {
        let issued = self.verify_path(certificate, certificate.not_before(), AnyUsage);
        match (issued, error) {
            (Err(Error::UnknownIssuer | Error::InvalidSignatureForPublicKey), _) => {
                ChainError::Foreign
            }
            (_, Error::CertExpired { .. }) => ChainError::Expired {
                not_after: certificate.not_after(),
            },
            (_, Error::CertNotValidYet { .. }) => ChainError::NotYetValid,
            (_, Error::RequiredEkuNotFoundContext(_) | Error::EmptyEkuExtension) => {
                ChainError::WrongRole { wanted: role }
            }
            (_, other) => invalid(other),
        }
    }

    fn is_self_signed(&self) -> bool {
        let Ok((_, x509)) = x509_parser::parse_x509_certificate(self.certificate.der()) else {
            return false;
        };
        let signature = crate::Signature::from_der(&x509.signature_value.data);
        x509.issuer().as_raw() == x509.subject().as_raw()
            && signature.is_ok_and(|signature| {
                self.certificate
                    .public_key()
                    .verify(x509.tbs_certificate.as_ref(), &signature)
                    .is_ok()
            })
    }
}

struct AnyUsage;

impl ExtendedKeyUsageValidator for AnyUsage {
    fn validate(&self, _: KeyPurposeIdIter<'_, '_>) -> Result<(), Error> {
        Ok(())
    }
}

#[expect(clippy::needless_pass_by_value, reason = "its users have values")]
fn invalid(what: impl ToString) -> ChainError {
    ChainError::Invalid(what.to_string())
}
