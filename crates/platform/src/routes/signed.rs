//! Documents that a user signs: orders, decisions, standing instructions, own data.
//!
//! The connection has the hybrid key agreement, and the signature is by the signature key of the
//! very binding whose authentication key asks. All kinds are looked at by these functions, so that
//! none is looked at less strictly.

use http::HeaderMap;
use jiff::{SignedDuration, Timestamp};
use wattkey_domain::{CustomerId, Right, Rights, UserId};
use wattkey_pki::{Certificate, Role};
use wattkey_protocol::fields::{self, Fields};
use wattkey_protocol::names::{FIELD_IDEMPOTENCY_KEY, FIELD_SIGNATURE_CERTIFICATE};
use wattkey_protocol::order::Named;
use wattkey_protocol::problem::{Problem, ProblemType};
use wattkey_protocol::signed::{CREATED_WINDOW_S, Document, Signed, SignedError};
use wattkey_store::{StoreError, User};
use wattkey_transport::Group;

use super::input::jose;
use crate::access::no_right;
use crate::answer::{Answer, Refusal, store_fault};
use crate::app::App;
use crate::auth::{self, Caller, peer, unbound};

/// How often the binding log may move under one document: a desk binds one key at a time.
const MAX_MOVES: usize = 8;

/// Reads a document and proves that the caller's signature key signed it, and that it names the caller
/// and the request.
pub(super) fn read<D: Document>(
    app: &App,
    caller: &Caller,
    headers: &HeaderMap,
    body: &[u8],
) -> Answer<Signed<D>> {
    if caller.group != Group::X25519MlKem768 {
        return Err(Refusal::new(
            ProblemType::ClassicalGroup,
            "the gateway's connection",
        ));
    }
    let signed = parse::<D>(jose(headers, body)?)?;
    let certificate = &caller.binding.signature;
    peer::check(&app.users, certificate, Role::UserSignature, caller.now).map_err(|refusal| {
        match refusal.problem().kind() {
            Some(ProblemType::Unavailable) => refusal,
            _ => Refusal::new(
                ProblemType::OrderSignature,
                "the signature certificate is not good",
            ),
        }
    })?;
    check_named_certificate(&auth::fields_of(headers), certificate)?;
    signed
        .verify(certificate)
        .map_err(|error| Refusal::new(ProblemType::OrderSignature, error.to_string()))?;
    check_names(caller, signed.document())?;
    check_key(headers, &signed.document().id())?;
    Ok(signed)
}

fn parse<D: Document>(text: &str) -> Answer<Signed<D>> {
    Signed::parse(text).map_err(|error| {
        malformed(match error {
            SignedError::Jws(reason) => reason,
            SignedError::Document(error) => error.to_string(),
        })
    })
}

/// The certificate that comes with the document, for the gateway's sake, must be the bound one.
fn check_named_certificate(fields: &Fields, bound: &Certificate) -> Answer<()> {
    let named = fields::only(fields, FIELD_SIGNATURE_CERTIFICATE)
        .map_err(|error| Refusal::new(ProblemType::OrderSignature, error.to_string()))?;
    if fields::parse_byte_sequence(named).as_deref() == Some(bound.der()) {
        return Ok(());
    }
    let detail = "the signature certificate is not the one of the binding";
    Err(Refusal::new(ProblemType::OrderSignature, detail))
}

/// The document must name who signed it, and whose user that is when it says so.
fn check_names<D: Document>(caller: &Caller, document: &D) -> Answer<()> {
    let is_signer = document.user().id == caller.binding.holder.id;
    let customer = document.customer();
    if is_signer && customer.is_none_or(|customer| customer.id == caller.customer) {
        return Ok(());
    }
    Err(Refusal::new(
        ProblemType::OrderSignature,
        "the document names another user or customer than its signer",
    ))
}

/// `idempotency-key` must be the document's id.
fn check_key(headers: &HeaderMap, id: &str) -> Answer<()> {
    let fields = auth::fields_of(headers);
    let key = fields::only(&fields, FIELD_IDEMPOTENCY_KEY)
        .map_err(|error| Refusal::new(ProblemType::Malformed, error.to_string()))?;
    if fields::parse_string(key) == Some(id) {
        return Ok(());
    }
    Err(Refusal::new(
        ProblemType::Malformed,
        "idempotency-key is not the id of the document",
    ))
}

/// Whether the document is for this service and of now.
pub(super) fn check_current<D: Document>(app: &App, document: &D, now: Timestamp) -> Answer<()> {
    if document.audience() != app.audience.origin() {
        return Err(malformed("audience is another payment service"));
    }
    let window = SignedDuration::from_secs(CREATED_WINDOW_S);
    let age = now.duration_since(document.created());
    if now >= document.expires() || age > window {
        return Err(Refusal::new(
            ProblemType::OrderExpired,
            format!("created {age:#} ago"),
        ));
    }
    if age < -window {
        return Err(malformed("created is ahead of the platform's clock"));
    }
    Ok(())
}

/// What the document says is of now and as the books have it: the user, the times, the customer where it
/// names one.
pub(super) async fn check_said<D: Document>(
    app: &App,
    caller: &Caller,
    document: &D,
) -> Answer<()> {
    named_user(app, caller, document.user()).await?;
    check_current(app, document, caller.now)?;
    match document.customer() {
        Some(customer) => check_customer(app, caller, customer).await,
        None => Ok(()),
    }
}

/// The user as the books have it; its name must be the one in the document, because it was shown.
pub(super) async fn named_user(
    app: &App,
    caller: &Caller,
    named: &Named<UserId>,
) -> Answer<Signatory> {
    let user = caller.user(app).await?;
    if named.name != user.name {
        return Err(malformed("user.name is not the user's"));
    }
    Ok(Signatory { user })
}

/// The customer's name must be the one in the document, because it was shown.
pub(super) async fn check_customer(
    app: &App,
    caller: &Caller,
    named: &Named<CustomerId>,
) -> Answer<()> {
    let customer = app
        .store
        .customer(caller.customer)
        .await
        .map_err(store_fault)?;
    if named.name == customer.ok_or_else(unbound)?.name {
        return Ok(());
    }
    Err(malformed("customer.name is not the customer's"))
}

/// Who signed, and what the books let this person do.
#[derive(Debug)]
pub(super) struct Signatory {
    user: User,
}

impl Signatory {
    /// Whether the user may order and decide without another one, where nothing else was given for
    /// single contract accounts: that, the books look at.
    pub(super) fn may_approve(&self) -> bool {
        self.rights().has(Right::Approve)
    }

    /// Whether the user may make orders at all.
    pub(super) fn may_order(&self) -> bool {
        self.may_approve() || self.rights().has(Right::Prepare)
    }

    fn rights(&self) -> Rights {
        Rights::of_names(&self.user.rights)
    }
}

/// Refuses who has not the right to sign this by itself.
pub(super) fn must(may: bool, right: Right) -> Answer<()> {
    if may {
        Ok(())
    } else {
        Err(no_right(right, None))
    }
}

/// Has the books take a document in while its signer is bound: when the binding log moved since the
/// request was let in, the binding is looked up again. What was unbound before the posting posts
/// nothing. `take` is given the number of the log's last step; `moved` tells of its outcome whether
/// the log is at another one.
pub(super) async fn while_bound<T, F>(
    app: &App,
    caller: &Caller,
    moved: impl Fn(&T) -> bool + Send,
    take: impl Fn(u64) -> F + Send,
) -> Answer<T>
where
    F: Future<Output = Result<T, StoreError>> + Send,
{
    let mut bindings = caller.log;
    for _ in 0..MAX_MOVES {
        let outcome = match take(bindings).await {
            // Perhaps it is in the books. Taking it in again looks first, and its own commit proves
            // what it found.
            Err(StoreError::Commit(error)) => {
                tracing::warn!(%error, "a document is looked up after a commit of unknown outcome");
                take(bindings).await
            }
            other => other,
        };
        let outcome = outcome.map_err(store_fault)?;
        if !moved(&outcome) {
            return Ok(outcome);
        }
        let state = app.bindings().await?;
        if state.binding(&caller.binding.authentication) != Some(&caller.binding) {
            return Err(unbound());
        }
        bindings = state.head().sequence;
    }
    Err(moves_too_often())
}

/// It never did so in all tries.
pub(super) fn moves_too_often() -> Refusal {
    Refusal::new(
        ProblemType::Unavailable,
        "the binding log moves all the time",
    )
}

/// The document breaks its section of the protocol.
pub(super) fn malformed(reason: impl Into<String>) -> Refusal {
    let reason = reason.into();
    Problem::new(ProblemType::OrderMalformed)
        .with("reason", reason.as_str())
        .detail(reason)
        .into()
}
