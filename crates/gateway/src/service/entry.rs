//! The one line that each request leaves in the log.

use uuid::Uuid;
use wattkey_pki::Digest;
use wattkey_transport::{Group, Peer};

use crate::answer::{Plain, plain_problem};
use crate::refusal::Refusal;

/// What is known of a request so far; never its content.
#[derive(Debug)]
pub(super) struct Entry {
    /// The client's id of the request, once it is known.
    pub(super) request: Option<Uuid>,
    /// As PROTOCOL.md writes it; `keys` and `capsule` before more is known.
    pub(super) route: &'static str,
    /// Of the innermost answer.
    pub(super) status: u16,
    cert: Digest,
    group: Group,
    reason: &'static str,
}

impl Entry {
    pub(super) fn new(peer: &Peer) -> Self {
        Self {
            request: None,
            route: "-",
            status: 0,
            cert: peer.certificate.thumbprint(),
            group: peer.group,
            reason: "-",
        }
    }

    pub(super) fn done(&mut self, status: u16) {
        self.status = status;
        self.reason = "answered";
    }

    pub(super) fn refused(&mut self, refusal: &Refusal) {
        self.status = refusal.problem.status;
        self.reason = refusal.reason;
    }

    pub(super) fn refused_plainly(&mut self, refusal: &Refusal) -> Plain {
        self.refused(refusal);
        plain_problem(&refusal.problem)
    }

    /// Leaves the line, and the same in the request's span.
    pub(super) fn log(&self) {
        let request = self.request.map(tracing::field::display);
        let span = tracing::Span::current();
        span.record("request", &request);
        span.record("route", self.route);
        span.record("status", self.status);
        span.record("reason", self.reason);
        tracing::info!(
            request,
            cert = %self.cert,
            route = self.route,
            status = self.status,
            reason = self.reason,
            group = self.group.name(),
            "request"
        );
    }
}
