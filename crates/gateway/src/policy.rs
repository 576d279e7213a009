//! Decides whether an opened request may pass: bytes, time and tables in, a decision out.
//!
//! The order of the checks is that of PROTOCOL.md, section 5, and says which problem a request
//! with several faults gets.

use http::{HeaderMap, Method};
use jiff::Timestamp;
use uuid::Uuid;
use wattkey_pki::Digest;
use wattkey_protocol::names::{FIELD_CERTIFICATE, FIELD_REQUEST, REQUEST_WINDOW_S};
use wattkey_protocol::problem::ProblemType;
use wattkey_protocol::time;
use wattkey_seal::Replay;
use wattkey_seal::message::{MessageError, Request};
use wattkey_transport::Group;

use crate::fields;
use crate::refusal::Refusal;
use crate::routes::{self, Route};

/// How long after `date` a capsule is remembered: until no clock within the window, ours or the
/// client's, would still take it.
const REMEMBER_S: i64 = 2 * REQUEST_WINDOW_S;

/// Who sent a request, and what the service is called.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Host of the audience.
    pub authority: &'a str,
    /// Thumbprint of the certificate of the TLS connection.
    pub certificate: Digest,
    /// Key agreement of the TLS connection.
    pub group: Group,
    /// The gateway's clock.
    pub now: Timestamp,
}

/// A request that may pass, as far as this gateway can tell.
#[derive(Debug)]
pub struct Admitted {
    /// Which request of the protocol it is.
    pub route: &'static Route,
    /// Path with query, unchanged.
    pub target: String,
    /// What the platform may see of the header.
    pub fields: HeaderMap,
    /// The content.
    pub body: Vec<u8>,
    /// Until when its capsule is remembered, in seconds since 1970.
    pub keep_until: i64,
}

impl Admitted {
    /// `GET` or `POST`.
    #[must_use]
    pub fn method(&self) -> &Method {
        self.route.method()
    }
}

/// The client's id of a request, for the log. Before anything else: a refusal has one too.
#[must_use]
pub fn request_id(request: &Request) -> Option<Uuid> {
    let text = std::str::from_utf8(request.field(FIELD_REQUEST)?).ok()?;
    let id = Uuid::try_parse(text).ok()?;
    (id.hyphenated().to_string() == text).then_some(id)
}

/// What to say when the content of a capsule is no request.
#[must_use]
pub fn malformed(error: &MessageError) -> Refusal {
    Refusal::new(ProblemType::Malformed).detail(error.to_string())
}

/// Decides on an opened request. `remember` asks the table of opened capsules whether this one
/// is new, and enters it until the given second; it is called at most once.
///
/// # Errors
/// The first check that fails.
pub fn admit(
    request: Request,
    context: &Context<'_>,
    remember: impl FnOnce(i64) -> Replay,
) -> Result<Admitted, Refusal> {
    let fields = well_formed(&request)?;
    addressed_to_us(&request, context.authority)?;
    sent_by_its_owner(&request, context.certificate)?;

    let date = date(&request);
    let in_time = date.filter(|date| within_window(*date, context.now));
    let keep_until = in_time.unwrap_or(context.now).as_second() + REMEMBER_S;
    match remember(keep_until) {
        Replay::Fresh => {}
        Replay::Seen => return Err(Refusal::new(ProblemType::Replay)),
        // The clock was set back: by the clock that we had, this date is over.
        Replay::Expired => return Err(Refusal::because(ProblemType::Date, "clock-set-back")),
        Replay::Full => return Err(Refusal::because(ProblemType::Unavailable, "replay-full")),
    }
    if in_time.is_none() {
        return Err(Refusal::new(ProblemType::Date));
    }

    let route = routes::find(&request.method, &request.path)
        .ok_or_else(|| Refusal::new(ProblemType::Route))?;
    if request.body.len() > route.body_limit {
        let mut refusal = Refusal::new(ProblemType::Body);
        refusal.problem = Box::new(refusal.problem.with("limit", route.body_limit));
        return Err(refusal);
    }
    if route.duty.is_order() && context.group != Group::X25519MlKem768 {
        return Err(Refusal::new(ProblemType::ClassicalGroup));
    }
    Ok(Admitted {
        route,
        target: request.path,
        fields,
        body: request.body,
        keep_until,
    })
}

fn well_formed(request: &Request) -> Result<HeaderMap, Refusal> {
    let malformed = |detail: String| Refusal::new(ProblemType::Malformed).detail(detail);
    if let Some((name, _)) = request
        .fields
        .iter()
        .find(|(name, _)| fields::is_reserved(name))
    {
        return Err(Refusal::new(ProblemType::ForbiddenField).with("field", name.as_str()));
    }
    if request_id(request).is_none() {
        return Err(malformed(format!(
            "the field {FIELD_REQUEST} is not a UUID"
        )));
    }
    if request.scheme != "https" {
        return Err(malformed("the scheme is not https".to_owned()));
    }
    if let Some(name) = fields::repeated(&request.fields) {
        return Err(malformed(format!("the field {name} is there twice")));
    }
    fields::forwarded(&request.fields)
        .map_err(|name| malformed(format!("the field {name} is repeated or malformed")))
}

/// An inner `host` is not forwarded, but one that says otherwise than the authority is refused.
fn addressed_to_us(request: &Request, authority: &str) -> Result<(), Refusal> {
    let mut hosts = request.fields.iter().filter(|(name, _)| name == "host");
    if request.authority == authority && hosts.all(|(_, host)| host == authority.as_bytes()) {
        return Ok(());
    }
    Err(Refusal::new(ProblemType::Authority))
}

fn sent_by_its_owner(request: &Request, certificate: Digest) -> Result<(), Refusal> {
    let mut named = request
        .fields
        .iter()
        .filter(|(name, _)| name == FIELD_CERTIFICATE);
    let own = certificate.to_string();
    match (named.next(), named.next()) {
        (Some((_, value)), None) if value == own.as_bytes() => Ok(()),
        _ => Err(Refusal::new(ProblemType::CertificateMismatch)),
    }
}

fn date(request: &Request) -> Option<Timestamp> {
    time::parse_http(std::str::from_utf8(request.field("date")?).ok()?)
}

fn within_window(date: Timestamp, now: Timestamp) -> bool {
    date.as_second().abs_diff(now.as_second()) <= REQUEST_WINDOW_S.unsigned_abs()
}

#[cfg(test)]
mod tests;
