//! Why a request goes no further: what the client is told, and what the log says.

use wattkey_pki::ChainError;
use wattkey_protocol::problem::{Problem, ProblemType};

/// A request that goes no further.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// For the client.
    pub problem: Box<Problem>,
    /// For the log: a word that operators can search for.
    pub reason: &'static str,
}

impl Refusal {
    /// A refusal whose reason is the name of its problem.
    #[must_use]
    pub fn new(kind: ProblemType) -> Self {
        Self::because(kind, kind.name())
    }

    /// A refusal whose reason says more than the client is told.
    #[must_use]
    pub fn because(kind: ProblemType, reason: &'static str) -> Self {
        Self {
            problem: Box::new(Problem::new(kind)),
            reason,
        }
    }

    /// Adds what happened, in English, without secrets.
    #[must_use]
    pub fn detail(mut self, text: impl Into<String>) -> Self {
        self.problem = Box::new(self.problem.detail(text));
        self
    }

    /// Adds a member that the problem type defines.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.problem = Box::new(self.problem.with(name, value.into()));
        self
    }
}

/// Of the connection's certificate, checked again on each request.
impl From<&ChainError> for Refusal {
    fn from(error: &ChainError) -> Self {
        match error {
            ChainError::Expired { .. } | ChainError::NotYetValid => {
                Self::new(ProblemType::CertificateExpired)
            }
            ChainError::Revoked => Self::new(ProblemType::CertificateRevoked),
            ChainError::WrongRole { .. } | ChainError::Foreign => {
                Self::new(ProblemType::CertificateRole)
            }
            // Nothing is wrong with a certificate that passed the handshake: the operator has to
            // bring a new list, or one that can be read.
            ChainError::CrlExpired => Self::because(ProblemType::Unavailable, "crl-expired"),
            ChainError::Invalid(_) => Self::because(ProblemType::Unavailable, "crl-unreadable"),
        }
    }
}
