//! Who asks.
//!
//! On the gateways' listener four things are proven for each request, and each by another party:
//!
//! 1. the connection is a gateway's (TLS, service CA);
//! 2. the certificate in `Client-Cert` is good now (issuing CA) and bound (binding log);
//! 3. its key made a session statement for a key in the client's memory;
//! 4. that key signed this very request.
//!
//! A captured gateway can write any `Client-Cert`, but it cannot do 3 and 4.

pub mod client_cert;
pub mod peer;

use std::sync::Arc;

use http::HeaderMap;
use http::request::Parts;
use jiff::Timestamp;
use wattkey_domain::CustomerId;
use wattkey_pki::{Certificate, Role};
use wattkey_protocol::binding::HolderKind;
use wattkey_protocol::fields::{self, Fields};
use wattkey_protocol::names::FIELD_SESSION;
use wattkey_protocol::problem::ProblemType;
use wattkey_protocol::request::{self, RequestParts};
use wattkey_protocol::session;
use wattkey_store::User;
use wattkey_transport::{Group, Peer};

use crate::answer::{Answer, Refusal, store_fault};
use crate::app::App;
use crate::binding_log::{Binding, State};

/// A user who has proven to be there, for one request.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The USB key and its holder.
    pub binding: Arc<Binding>,
    /// The customer for whom the user acts; every query is limited to it.
    pub customer: CustomerId,
    /// Number of the log's last step when the key was found bound.
    pub log: u64,
    /// Key agreement of the gateway's connection.
    pub group: Group,
    /// The time of the request: all of its checks are as of this instant.
    pub now: Timestamp,
}

/// A manager at the issuing desk.
#[derive(Debug, Clone)]
pub struct Desk {
    /// The certificate of the connection.
    pub certificate: Certificate,
    /// The bindings as of this request.
    pub state: Arc<State>,
    /// Whether the manager is bound. Who is not may hand in the issuing CA's step and nothing else.
    pub bound: bool,
    /// The time of the request.
    pub now: Timestamp,
}

/// Establishes the user of a request.
///
/// # Errors
/// The problem of the first check that fails.
pub async fn user(app: &App, peer: &Peer, parts: &Parts, body: &[u8]) -> Answer<Caller> {
    let now = app.now();
    peer::check(&app.services, &peer.certificate, Role::Gateway, now)?;
    let fields = fields_of(&parts.headers);
    refuse_repeated(&parts.headers)?;
    let certificate = client_cert::read(&fields).map_err(|error| match error {
        client_cert::ClientCertError::Forbidden(name) => {
            wattkey_protocol::problem::Problem::new(ProblemType::ForbiddenField)
                .with("field", name)
                .into()
        }
        other => Refusal::new(ProblemType::Malformed, crate::answer::chain(&other)),
    })?;
    tracing::Span::current().record("cert", certificate.thumbprint().to_string());
    peer::check(&app.users, &certificate, Role::UserAuthentication, now)?;
    let state = app.bindings().await?;
    let binding = state.binding(&certificate).ok_or_else(unbound)?;
    let customer = binding
        .holder
        .customer
        .filter(|_| binding.holder.kind == HolderKind::User)
        .ok_or_else(unbound)?;
    check_signatures(app, &certificate, parts, &fields, body, now)?;
    tracing::Span::current().record("customer", customer.to_string());
    tracing::Span::current().record("user", binding.holder.id.to_string());
    Ok(Caller {
        binding: Arc::clone(binding),
        log: state.head().sequence,
        customer,
        group: peer.group,
        now,
    })
}

/// Establishes the manager of a request.
///
/// While no manager is bound, a manager's certificate that never was bound will do for the log:
/// somebody must be able to hand in the step that the issuing CA signs. One that was unbound stays
/// out, also when it was the last.
///
/// # Errors
/// The problem of the first check that fails.
pub async fn manager(app: &App, peer: &Peer) -> Answer<Desk> {
    let now = app.now();
    let certificate = peer.certificate.clone();
    tracing::Span::current().record("cert", certificate.thumbprint().to_string());
    peer::check(&app.users, &certificate, Role::ManagerAuthentication, now)?;
    let state = app.bindings().await?;
    let bound = match state.binding(&certificate) {
        Some(binding) => {
            tracing::Span::current().record("user", binding.holder.id.to_string());
            true
        }
        None if state.has_manager() || state.was_bound(&certificate) => return Err(unbound()),
        None => false,
    };
    Ok(Desk {
        certificate,
        state,
        bound,
        now,
    })
}

fn check_signatures(
    app: &App,
    certificate: &Certificate,
    parts: &Parts,
    fields: &Fields,
    body: &[u8],
    now: Timestamp,
) -> Answer<()> {
    let statement = fields::only(fields, FIELD_SESSION)
        .map_err(|error| Refusal::new(ProblemType::Session, error.to_string()))?;
    let key = session::verify(statement, certificate, app.audience.origin(), now)
        .map_err(|error| Refusal::new(ProblemType::Session, error.to_string()))?;
    let signed = RequestParts {
        method: parts.method.as_str(),
        authority: app.audience.authority(),
        path_and_query: parts
            .uri
            .path_and_query()
            .map_or("/", |target| target.as_str()),
        fields,
        body,
    };
    request::verify(&signed, &key, now)
        .map_err(|error| Refusal::new(ProblemType::RequestSignature, error.to_string()))
}

/// No field of a request may be there twice (PROTOCOL.md, section 8): two readers could take
/// different ones.
fn refuse_repeated(headers: &HeaderMap) -> Answer<()> {
    for name in headers.keys() {
        if headers.get_all(name).iter().nth(1).is_some() {
            let detail = format!("the field {name} is there twice");
            return Err(Refusal::new(ProblemType::Malformed, detail));
        }
    }
    Ok(())
}

/// No binding, or one to a person that the books do not know.
pub(crate) fn unbound() -> Refusal {
    Refusal::new(ProblemType::Unbound, "no binding for this certificate")
}

impl Desk {
    /// Refuses who may only hand in the issuing CA's step.
    ///
    /// # Errors
    /// `unbound`.
    pub fn must_be_bound(&self) -> Answer<()> {
        if self.bound { Ok(()) } else { Err(unbound()) }
    }
}

impl Caller {
    /// The user as the books have it, with its rights.
    ///
    /// # Errors
    /// `unbound`, when the books do not know this person, or know it as another customer's.
    pub async fn user(&self, app: &App) -> Answer<User> {
        let user = app
            .store
            .user(self.binding.holder.id)
            .await
            .map_err(store_fault)?;
        user.filter(|user| user.customer == self.customer)
            .ok_or_else(unbound)
    }
}

/// The fields in the form that `protocol` reads, in their order.
#[must_use]
pub fn fields_of(headers: &HeaderMap) -> Fields {
    headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()))
        .collect()
}
