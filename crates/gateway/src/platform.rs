//! The way to the platform: mutual TLS of our own, the client's certificate in `Client-Cert`.

use std::sync::Arc;

use bytes::Bytes;
use http::header::HOST;
use http::{HeaderName, HeaderValue, Request, Uri};
use wattkey_operators::traces::{FIELD_TRACEPARENT, traceparent};
use wattkey_pki::Certificate;
use wattkey_protocol::fields::byte_sequence;
use wattkey_protocol::names::FIELD_CLIENT_CERT;
use wattkey_protocol::problem::ProblemType;
use wattkey_seal::message::{MAX_FIELD_SECTION, MAX_MESSAGE, Response};
use wattkey_transport::{ClientTls, Group, Pool, PoolError, PoolLimits};

use crate::config;
use crate::fields;
use crate::policy::Admitted;
use crate::refusal::Refusal;

/// Longest content of an answer: the largest size class, less room for the header.
const MAX_ANSWER: usize = MAX_MESSAGE - MAX_FIELD_SECTION;

/// The platform, behind a few kept connections.
#[derive(Debug)]
pub struct Platform {
    pool: Pool,
    authority: HeaderValue,
}

impl Platform {
    /// No connection is made yet. `authority` is the host of the audience: what requests are
    /// signed for.
    ///
    /// # Panics
    /// When `authority` is not a host; the configuration was checked.
    #[must_use]
    pub fn new(platform: &config::Platform, authority: &str, tls: Arc<ClientTls>) -> Self {
        let limits = PoolLimits::default();
        Self {
            pool: Pool::new(&platform.address, &platform.server_name, tls, limits),
            authority: HeaderValue::from_str(authority).expect("a host is a field value"),
        }
    }

    /// Sends the request in the name of the client with this certificate (RFC 9440 §2.2); an order
    /// only over X25519MLKEM768.
    ///
    /// # Errors
    /// `classical-group` when the platform does not agree on it: nothing was sent. Else
    /// `unavailable`, whether or not the platform may have seen the request: the client of an
    /// order asks for its outcome either way.
    pub async fn forward(
        &self,
        admitted: Admitted,
        client: &Certificate,
    ) -> Result<Response, Refusal> {
        let needed = admitted
            .route
            .duty
            .is_order()
            .then_some(Group::X25519MlKem768);
        let request = self.request(admitted, client)?;
        let answer = self
            .pool
            .send_over(needed, request, MAX_ANSWER)
            .await
            .map_err(|error| refusal(&error))?;
        let (parts, body) = answer.into_parts();
        Ok(Response {
            status: parts.status.as_u16(),
            fields: fields::returned(&parts.headers),
            body: body.to_vec(),
        })
    }

    fn request(&self, admitted: Admitted, client: &Certificate) -> Result<Request<Bytes>, Refusal> {
        let fault = |_| Refusal::because(ProblemType::Route, "target");
        let mut request = Request::new(Bytes::from(admitted.body));
        *request.method_mut() = admitted.route.method().clone();
        *request.uri_mut() = Uri::try_from(admitted.target).map_err(fault)?;
        let header = request.headers_mut();
        *header = admitted.fields;
        header.insert(HOST, self.authority.clone());
        let certificate = HeaderValue::try_from(byte_sequence(client.der()))
            .expect("base64 between colons is a field value");
        header.insert(HeaderName::from_static(FIELD_CLIENT_CERT), certificate);
        // Ours alone: none that came from outside is among the admitted fields.
        let parent = traceparent().and_then(|parent| HeaderValue::try_from(parent).ok());
        if let Some(parent) = parent {
            header.insert(HeaderName::from_static(FIELD_TRACEPARENT), parent);
        }
        Ok(request)
    }
}

fn refusal(error: &PoolError) -> Refusal {
    let (kind, reason) = match error {
        _ if error.outcome_unknown() => (ProblemType::Unavailable, "platform-outcome-unknown"),
        PoolError::Busy { .. } => (ProblemType::Unavailable, "platform-busy"),
        PoolError::Connect(_) => (ProblemType::Unavailable, "platform-unreachable"),
        PoolError::Group { .. } => (ProblemType::ClassicalGroup, "platform-classical-group"),
        PoolError::Send(_) => (ProblemType::Unavailable, "platform-refuses-us"),
    };
    tracing::error!(
        reason,
        error = one_line(error),
        "the platform did not answer"
    );
    Refusal::because(kind, reason)
}

/// An error with its causes, for the log.
fn one_line(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        line.push_str(": ");
        line.push_str(&source.to_string());
        next = source.source();
    }
    line
}
