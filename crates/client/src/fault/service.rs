//! What the service, or the way to it, says no with.

use crate::client::Client;
use crate::connection::{NotGenuine, ServiceError};
use crate::sending::is_about_order;
use wattkey_pki::{ChainError, SignError};
use wattkey_protocol::problem::{Problem, ProblemType};
use wattkey_token::TokenError;
use wattkey_transport::{Alert, ConnectError};

use super::token::{self, When};
use super::{Exit, Fault, Value};

impl From<ServiceError> for Fault {
    fn from(error: ServiceError) -> Fault {
        match error {
            ServiceError::Unreachable(error) => unreachable(&error),
            ServiceError::NotGenuine(why) => not_genuine(&why),
            ServiceError::CertificateRefused(alert) => refused_certificate(alert),
            ServiceError::Signer(error) => signer(&error),
            ServiceError::Locked { why, .. } => token::locked(why),
            ServiceError::NotSent(error) | ServiceError::Lost(error) => {
                Fault::new("server-lost", Exit::Unreachable).cause(&error)
            }
            ServiceError::Problem(problem) => Fault::from(problem),
            ServiceError::Answer(reason) | ServiceError::Seal(reason) => {
                Fault::new("answer", Exit::Refused).with("reason", reason)
            }
            ServiceError::ClockApart(_) => {
                Fault::new("server-time", Exit::Clock).with("cause", error.to_string())
            }
            ServiceError::ClassicalGroup => Fault::new("classical-group", Exit::Refused),
        }
    }
}

fn unreachable(error: &ConnectError) -> Fault {
    Fault::new("server-unreachable", Exit::Unreachable).cause(error)
}

fn not_genuine(why: &NotGenuine) -> Fault {
    use wattkey_protocol::keys::KeysError;
    match why {
        NotGenuine::Certificate(ChainError::NotYetValid)
        | NotGenuine::Keys(KeysError::Time | KeysError::Certificate(ChainError::NotYetValid)) => {
            Fault::new("server-time", Exit::Clock).cause(why)
        }
        _ => Fault::new("not-genuine", Exit::NotGenuine).cause(why),
    }
}

fn refused_certificate(alert: Alert) -> Fault {
    match alert {
        Alert::CertificateExpired => Fault::new("expired-by-server", Exit::ExpiredKey),
        Alert::CertificateRevoked => Fault::new("revoked", Exit::Revoked),
        Alert::UnknownCa => Fault::new("foreign-by-server", Exit::ForeignKey),
        Alert::UnsupportedCertificate => Fault::new("role-by-server", Exit::WrongRole),
        other => Fault::new("key-refused", Exit::Refused).with("cause", other.to_string()),
    }
}

/// The error of the USB key behind a signature that was not made.
fn signer(error: &SignError) -> Fault {
    match error.0.downcast_ref::<TokenError>() {
        Some(error) => token::of(error, When::Connecting),
        None => Fault::new("key-refuses", Exit::UnusableKey).cause(error),
    }
}

/// The same for the signature of an order.
#[must_use]
pub fn order_signer(error: &SignError, client: &Client) -> Fault {
    let (module, key) = (&client.config().module, client.key().info());
    match error.0.downcast_ref::<TokenError>() {
        Some(error) => token::of_key(error, When::Signing, module, &key.serial),
        None => Fault::new("key-refuses", Exit::UnusableKey).cause(error),
    }
}

impl From<Box<Problem>> for Fault {
    fn from(problem: Box<Problem>) -> Fault {
        use ProblemType as P;
        let fault = match problem.kind() {
            Some(P::Unbound) => Fault::new("unbound", Exit::Unbound),
            Some(P::CertificateRevoked) => Fault::new("revoked", Exit::Revoked),
            Some(P::CertificateExpired) => Fault::new("expired-by-server", Exit::ExpiredKey),
            Some(P::CertificateRole) => Fault::new("role-by-server", Exit::WrongRole),
            Some(P::Date) => Fault::new("clock", Exit::Clock),
            Some(P::NotFound) => Fault::new("not-found", Exit::NotFound),
            Some(P::Unavailable) => Fault::new("unavailable", Exit::Unreachable),
            Some(P::ClassicalGroup) => Fault::new("classical-group", Exit::Refused),
            Some(P::Decision | P::AlreadySent | P::OwnOrder | P::Lapsed | P::OwnChange) => {
                Fault::new("decision-refused", Exit::OrderRefused)
            }
            Some(P::Changed) => Fault::new("changed-between", Exit::OrderRefused),
            Some(P::Right) if has_reason(&problem, "nobody-approves") => {
                Fault::new("nobody-approves", Exit::OrderRefused)
            }
            Some(P::Right) => Fault::new("no-right", Exit::OrderRefused),
            Some(P::Range) => Fault::new("range", Exit::Usage),
            Some(P::Dispute) => Fault::new("dispute-refused", Exit::OrderRefused),
            Some(kind) if is_about_order(kind) => Fault::new("order-refused", Exit::OrderRefused),
            _ => Fault::new("request-refused", Exit::Refused),
        };
        let name = problem.kind().map_or("other", ProblemType::name);
        let mut fault = fault.with("problem", Value::Message(format!("problem-{name}")));
        fault.values.extend(members(&problem));
        fault.problem = Some(problem);
        fault
    }
}

fn has_reason(problem: &Problem, reason: &str) -> bool {
    let given = problem.members.get("reason");
    given.and_then(serde_json::Value::as_str) == Some(reason)
}

/// Members that the messages of problems name; a question mark for one that was left out.
fn members(problem: &Problem) -> Vec<(&'static str, Value)> {
    let text = |name: &str| match problem.members.get(name) {
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(serde_json::Value::Object(map)) => map
            .get("name")
            .and_then(|name| name.as_str())
            .unwrap_or("?")
            .to_owned(),
        Some(other) => other.to_string(),
        None => "?".to_owned(),
    };
    let member = |name: &'static str| (name, Value::Text(text(name)));
    let detail = problem
        .detail
        .clone()
        .unwrap_or_else(|| problem.title.clone());
    vec![
        member("bill"),
        member("order"),
        member("user"),
        member("field"),
        member("state"),
        member("account"),
        member("reason"),
        member("right"),
        member("version"),
        member("days"),
        member("earliest"),
        ("detail", Value::Text(detail)),
    ]
}
