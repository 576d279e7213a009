//! The peer's side of the handshake: chain, role and revocation through [`Trust`], the
//! handshake signature through rustls.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls13_signature};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, OtherError,
    PeerIncompatible, SignatureScheme,
};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use wattkey_pki::{Certificate, ChainError, Role, Trust};

use crate::clock;
use crate::fault::{Fault, Faults};

/// Verifies the peer of one connection. Both sides of TLS use it.
#[derive(Debug)]
pub(crate) struct Verifier {
    trust: Arc<Trust>,
    role: Role,
    provider: Arc<CryptoProvider>,
    faults: Faults,
}

impl Verifier {
    pub(crate) fn new(
        trust: Arc<Trust>,
        role: Role,
        provider: Arc<CryptoProvider>,
        faults: Faults,
    ) -> Self {
        Self {
            trust,
            role,
            provider,
            faults,
        }
    }

    fn verify_chain(&self, end_entity: &CertificateDer<'_>) -> Result<Certificate, Error> {
        let certificate = Certificate::from_der(end_entity).map_err(|error| {
            self.faults
                .note(Fault::Chain(ChainError::Invalid(error.to_string())));
            Error::InvalidCertificate(CertificateError::BadEncoding)
        })?;
        self.trust
            .verify(&certificate, self.role, clock::now())
            .map_err(|error| {
                let answer = certificate_error(&error);
                self.faults.note(Fault::Chain(error));
                Error::InvalidCertificate(answer)
            })?;
        Ok(certificate)
    }

    fn verify_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(
            message,
            certificate,
            signed,
            &self.provider.signature_verification_algorithms,
        )
    }
}

/// Chooses the alert that the peer gets (RFC 8446 §6.2).
fn certificate_error(error: &ChainError) -> CertificateError {
    match error {
        // certificate_expired
        ChainError::Expired { .. } => CertificateError::Expired,
        ChainError::NotYetValid => CertificateError::NotValidYet,
        // certificate_revoked
        ChainError::Revoked => CertificateError::Revoked,
        // unsupported_certificate
        ChainError::WrongRole { .. } => CertificateError::InvalidPurpose,
        // unknown_ca; for an expired list the same, as other implementations do
        ChainError::Foreign => CertificateError::UnknownIssuer,
        ChainError::CrlExpired => CertificateError::ExpiredRevocationList,
        // certificate_unknown
        other => CertificateError::Other(OtherError(Arc::new(Unacceptable(other.to_string())))),
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unacceptable(String);

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let certificate = self.verify_chain(end_entity)?;
        let wanted = server_name.to_str();
        let presented = certificate.dns_names();
        if presented
            .iter()
            .any(|name| name.eq_ignore_ascii_case(&wanted))
        {
            return Ok(ServerCertVerified::assertion());
        }
        self.faults.note(Fault::Name {
            presented: presented.to_vec(),
        });
        Err(Error::InvalidCertificate(CertificateError::NotValidForName))
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(PeerIncompatible::Tls12NotOffered.into())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verify_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ECDSA_NISTP256_SHA256]
    }
}

impl ClientCertVerifier for Verifier {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.verify_chain(end_entity)?;
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(PeerIncompatible::Tls12NotOffered.into())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verify_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ECDSA_NISTP256_SHA256]
    }
}
