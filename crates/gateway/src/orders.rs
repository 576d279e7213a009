//! The signature of an order, as far as the gateway can judge it.
//!
//! The gateway knows no bindings. It proves that the document is one of this protocol for this
//! service, and that it was signed by the signature key of a valid certificate of the very USB
//! key that the connection uses. The platform verifies again, against the binding.

use http::HeaderMap;
use jiff::Timestamp;
use wattkey_pki::{Certificate, ChainError, Role, Trust};
use wattkey_protocol::fields::parse_byte_sequence;
use wattkey_protocol::names::FIELD_SIGNATURE_CERTIFICATE;
use wattkey_protocol::order::SignedOrder;
use wattkey_protocol::problem::ProblemType;

use crate::refusal::Refusal;

/// What an order is judged against.
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

/// Verifies the order in `body` with the certificate that the header brings.
///
/// # Errors
/// `order-malformed` or `order-signature`.
pub fn verify(
    body: &[u8],
    fields: &HeaderMap,
    expected: &Expectation<'_>,
) -> Result<SignedOrder, Refusal> {
    let order = parse(body)?;
    if order.order().audience != expected.audience {
        return Err(malformed("the order is for another payment service"));
    }
    let certificate = certificate(fields)?;
    check_certificate(&certificate, expected)?;
    order
        .verify(&certificate)
        .map_err(|error| not_good("order-signature", error.to_string()))?;
    Ok(order)
}

fn parse(body: &[u8]) -> Result<SignedOrder, Refusal> {
    let text = std::str::from_utf8(body).map_err(|_| malformed("the order is not text"))?;
    SignedOrder::parse(text).map_err(|error| malformed(&error.to_string()))
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
        let detail = "the order was signed with another USB key than the connection's";
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
