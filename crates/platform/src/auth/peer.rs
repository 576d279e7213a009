//! The certificate of whoever holds the connection, checked again on each request: a connection
//! may live longer than a certificate or its good name.

use jiff::Timestamp;
use wattkey_pki::{Certificate, ChainError, Role, Trust};
use wattkey_protocol::problem::ProblemType;

use crate::answer::Refusal;

/// Checks chain, validity, role and revocation as of now.
///
/// # Errors
/// The problem that fits.
pub fn check(
    trust: &Trust,
    certificate: &Certificate,
    role: Role,
    now: Timestamp,
) -> Result<(), Refusal> {
    trust.verify(certificate, role, now).map_err(|error| {
        let kind = match &error {
            ChainError::Expired { .. } | ChainError::NotYetValid => ProblemType::CertificateExpired,
            ChainError::Revoked => ProblemType::CertificateRevoked,
            ChainError::WrongRole { .. } => ProblemType::CertificateRole,
            ChainError::Foreign => ProblemType::Unbound,
            ChainError::CrlExpired | ChainError::Invalid(_) => {
                // All users are refused by this one: it is the operator's to mend.
                tracing::error!(%error, role = role.name(), "certificates cannot be checked");
                ProblemType::Unavailable
            }
        };
        Refusal::new(kind, error.to_string())
    })
}
