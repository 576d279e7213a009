//! The signature of an order, or of anything else that a user signs, as far as the gateway can judge
//! it.
//!
//! The gateway knows no bindings. It proves that the document is one of this protocol for this
//! service, and that it was signed by the signature key of a valid certificate of the very USB
//! key that the connection uses. The platform verifies again, against the binding.

use http::HeaderMap;
use jiff::Timestamp;
use wattkey_pki::{Certificate, ChainError, Role, Trust};
use wattkey_protocol::change::{Change, ChangeDecision};
use wattkey_protocol::decision::DecisionDocument;
use wattkey_protocol::dispute::Dispute;
use wattkey_protocol::fields::parse_byte_sequence;
use wattkey_protocol::names::FIELD_SIGNATURE_CERTIFICATE;
use wattkey_protocol::notice::Acknowledgement;
use wattkey_protocol::order::Order;
use wattkey_protocol::problem::ProblemType;
use wattkey_protocol::signed::{Document, Signed};
use wattkey_protocol::standing_instruction::StandingInstruction;

use crate::policy::Admitted;
use crate::refusal::Refusal;
use crate::routes::SignedKind;

/// Which part of `/v1/orders/{order}/decisions` and its like is the id.
const PLACE_OF_ID: usize = 3;

/// What a signature is judged against.
#[derive(Debug)]
pub struct Expectation<'a> {
    /// The certificate of the TLS connection.
    pub connection: &'a Certificate,
    /// The issuing CA.
    pub users: &'a Trust,
    /// The payment service.
    pub audience: &'a str,
    /// The gateway's clock.
    pub now: Timestamp,
}

/// Verifies what an admitted request of the class *order* brings, with the certificate that its
/// header brings; gives the id of what it is about, for the log.
///
/// # Errors
/// `order-malformed` or `order-signature`.
pub fn verify(
    kind: SignedKind,
    admitted: &Admitted,
    expected: &Expectation<'_>,
) -> Result<String, Refusal> {
    match kind {
        SignedKind::Order => verified::<Order>(admitted, expected),
        SignedKind::StandingInstruction => verified::<StandingInstruction>(admitted, expected),
        SignedKind::Dispute => verified::<Dispute>(admitted, expected),
        SignedKind::Change => verified::<Change>(admitted, expected),
        SignedKind::Decision => {
            in_path(admitted, verified::<DecisionDocument>(admitted, expected)?)
        }
        SignedKind::ChangeDecision => {
            in_path(admitted, verified::<ChangeDecision>(admitted, expected)?)
        }
        SignedKind::Acknowledgement => {
            in_path(admitted, verified::<Acknowledgement>(admitted, expected)?)
        }
    }
}

/// The id in a document that is about the order, change or notice in the path: both are the same.
fn in_path(admitted: &Admitted, id: String) -> Result<String, Refusal> {
    if admitted.target.split('/').nth(PLACE_OF_ID) == Some(id.as_str()) {
        return Ok(id);
    }
    Err(malformed("it is about another one than the path"))
}

/// The id of what a document is about that is good.
fn verified<D: Document>(
    admitted: &Admitted,
    expected: &Expectation<'_>,
) -> Result<String, Refusal> {
    let text =
        std::str::from_utf8(&admitted.body).map_err(|_| malformed("the content is not text"))?;
    let signed = Signed::<D>::parse(text).map_err(|error| malformed(&error.to_string()))?;
    if signed.document().audience() != expected.audience {
        return Err(malformed("it is for another payment service"));
    }
    let certificate = certificate(&admitted.fields)?;
    check_certificate(&certificate, expected)?;
    signed
        .verify(&certificate)
        .map_err(|error| not_good("order-signature", error.to_string()))?;
    Ok(signed.document().id())
}

fn certificate(fields: &HeaderMap) -> Result<Certificate, Refusal> {
    let value = fields.get(FIELD_SIGNATURE_CERTIFICATE).ok_or_else(|| {
        let detail = format!("the field {FIELD_SIGNATURE_CERTIFICATE} is missing");
        not_good("order-certificate-missing", detail)
    })?;
    let der = value.to_str().ok().and_then(parse_byte_sequence);
    der.and_then(|der| Certificate::from_der(&der).ok())
        .ok_or_else(|| {
            let detail = format!("the field {FIELD_SIGNATURE_CERTIFICATE} holds no certificate");
            not_good("order-certificate-malformed", detail)
        })
}

fn check_certificate(certificate: &Certificate, expected: &Expectation<'_>) -> Result<(), Refusal> {
    expected
        .users
        .verify(certificate, Role::UserSignature, expected.now)
        .map_err(|error| chain_refusal(&error))?;
    let serial = certificate.key_serial();
    if serial.is_none() || serial != expected.connection.key_serial() {
        let detail = "it was signed with another USB key than the connection's";
        return Err(not_good("order-other-key", detail.to_owned()));
    }
    Ok(())
}

fn chain_refusal(error: &ChainError) -> Refusal {
    let reason = match error {
        ChainError::CrlExpired => {
            return Refusal::because(ProblemType::Unavailable, "crl-expired");
        }
        ChainError::Expired { .. } | ChainError::NotYetValid => "order-certificate-expired",
        ChainError::Revoked => "order-certificate-revoked",
        ChainError::WrongRole { .. } => "order-certificate-role",
        _ => "order-certificate",
    };
    not_good(reason, error.to_string())
}

fn malformed(reason: &str) -> Refusal {
    Refusal::new(ProblemType::OrderMalformed).with("reason", reason)
}

fn not_good(reason: &'static str, detail: String) -> Refusal {
    Refusal::because(ProblemType::OrderSignature, reason).detail(detail)
}
