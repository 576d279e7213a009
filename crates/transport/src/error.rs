//! What can go wrong on the way to a peer, told apart as far as a person or a payment needs it.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::AlertDescription;
use wattkey_pki::{ChainError, SignError};

/// Our own side of TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The chain of the identity is empty.
    #[error("no certificate of our own was given")]
    NoCertificate,
    /// Certificate and private key do not belong together.
    #[error("the certificate of {certificate} is for another key than the given one")]
    OtherKey {
        /// Common name in the certificate.
        certificate: String,
    },
}

/// No connection: nothing was asked of the server yet.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// No TCP connection.
    #[error("{address} cannot be reached")]
    Unreachable {
        /// As dialled, `host:port`.
        address: String,
        /// What the system says.
        source: io::Error,
    },
    /// No connection within the time for dialling and handshake.
    #[error("{address} did not answer within {timeout:?}")]
    TimedOut {
        /// As dialled, `host:port`.
        address: String,
        /// The time that was given.
        timeout: Duration,
    },
    /// The name to check the server against is not a DNS name.
    #[error("{name} is not a DNS name")]
    NotADnsName {
        /// As given.
        name: String,
    },
    /// The server's certificate is not good: it is not the server that we want.
    #[error("the server's certificate is refused")]
    ServerCertificate(#[source] ChainError),
    /// The server's certificate is good, but another server's.
    #[error("the server's certificate is for {presented:?}, not for {expected}")]
    ServerName {
        /// The name asked for.
        expected: String,
        /// DNS names in the certificate.
        presented: Vec<String>,
    },
    /// The server refused the handshake; see [`SendError::RejectedByServer`] for our certificate.
    #[error("the server refused the connection: {alert}")]
    RejectedByServer {
        /// Why.
        alert: Alert,
    },
    /// Our own key did not sign: USB key pulled out, card gone. The token's error is below.
    #[error("our key did not sign")]
    Signer(#[source] Arc<SignError>),
    /// The server closed the connection within the handshake, for instance because its own
    /// encryption card does not sign.
    #[error("the server closed the connection within the handshake")]
    ClosedByServer,
    /// Any other failure of the handshake.
    #[error("the TLS handshake failed")]
    Tls(#[source] io::Error),
    /// HTTP could not be started on the connection.
    #[error("HTTP cannot be started")]
    Http(#[source] hyper::Error),
}

/// A request without a (whole) answer.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// Nothing of the request reached the server.
    #[error("the request was not sent")]
    NotSent(#[source] Option<hyper::Error>),
    /// The server refused our certificate. With TLS 1.3 this shows at the first read after the
    /// handshake; the request was not looked at.
    #[error("the server refused our certificate: {alert}")]
    RejectedByServer {
        /// Why.
        alert: Alert,
    },
    /// The request may have reached the server, its answer did not reach us.
    #[error("the connection broke before the answer")]
    OutcomeUnknown(#[source] hyper::Error),
    /// The request may have reached the server; there was no answer in time.
    #[error("no answer within {timeout:?}")]
    TimedOut {
        /// The time that was given.
        timeout: Duration,
    },
    /// The server did answer, but not within what was asked for.
    #[error("the answer is larger than {limit} bytes")]
    AnswerTooLarge {
        /// In bytes.
        limit: usize,
    },
}

impl SendError {
    /// Whether the request may have reached the server. If so, never send a payment again
    /// without asking for its outcome first.
    #[must_use]
    pub fn outcome_unknown(&self) -> bool {
        !matches!(self, Self::NotSent(_) | Self::RejectedByServer { .. })
    }
}

/// Why a peer ended the handshake (RFC 8446 §6.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alert {
    /// Our certificate has expired, or is not valid yet, by the peer's clock.
    CertificateExpired,
    /// Our certificate is revoked.
    CertificateRevoked,
    /// Our certificate is another issuer's, or the peer cannot tell whether it is revoked.
    UnknownCa,
    /// Our certificate has the wrong role.
    UnsupportedCertificate,
    /// Our certificate is unacceptable for another reason.
    CertificateUnknown,
    /// Our certificate cannot be read.
    BadCertificate,
    /// We sent no certificate.
    CertificateRequired,
    /// Any other alert, by its number.
    Other(u8),
}

impl Alert {
    /// Whether it is our certificate that the peer does not like.
    #[must_use]
    pub fn is_about_certificate(self) -> bool {
        !matches!(self, Self::Other(_))
    }

    /// Name in the TLS registry; `alert` for those without a case here.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CertificateExpired => "certificate_expired",
            Self::CertificateRevoked => "certificate_revoked",
            Self::UnknownCa => "unknown_ca",
            Self::UnsupportedCertificate => "unsupported_certificate",
            Self::CertificateUnknown => "certificate_unknown",
            Self::BadCertificate => "bad_certificate",
            Self::CertificateRequired => "certificate_required",
            Self::Other(_) => "alert",
        }
    }

    /// The alert in a chain of errors, if a peer's alert is what caused it.
    pub(crate) fn within(error: &(dyn std::error::Error + 'static)) -> Option<Self> {
        let mut next = Some(error);
        while let Some(error) = next {
            if let Some(rustls::Error::AlertReceived(alert)) = as_rustls(error) {
                return Some(Self::from(*alert));
            }
            next = error.source();
        }
        None
    }
}

/// `io::Error::source` skips the error that it wraps, so that one is asked for by name.
fn as_rustls<'e>(error: &'e (dyn std::error::Error + 'static)) -> Option<&'e rustls::Error> {
    error.downcast_ref().or_else(|| {
        let wrapped = error.downcast_ref::<io::Error>()?.get_ref()?;
        wrapped.downcast_ref()
    })
}

impl From<AlertDescription> for Alert {
    fn from(alert: AlertDescription) -> Self {
        match alert {
            AlertDescription::CertificateExpired => Self::CertificateExpired,
            AlertDescription::CertificateRevoked => Self::CertificateRevoked,
            AlertDescription::UnknownCA => Self::UnknownCa,
            AlertDescription::UnsupportedCertificate => Self::UnsupportedCertificate,
            AlertDescription::CertificateUnknown => Self::CertificateUnknown,
            AlertDescription::BadCertificate => Self::BadCertificate,
            AlertDescription::CertificateRequired => Self::CertificateRequired,
            other => Self::Other(u8::from(other)),
        }
    }
}

impl std::fmt::Display for Alert {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Other(number) => write!(f, "alert {number}"),
            known => f.write_str(known.name()),
        }
    }
}
