//! The receipt (`PROTOCOL.md` section 11): what a customer keeps, and anyone can verify offline.

mod code;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use wattkey_domain::{BillId, Currency, CustomerId, MandateId, OrderId, OrderState};
use wattkey_pki::{Certificate, ChainError, Digest, Role, SignError, Signer, TrustAnchor, jws};

use crate::{
    json::{DocumentError, check_minor, read, required},
    order::{DepositPart, SourceKind},
    time,
};

pub use code::{CodeError, MAX_CODE, ReceiptCode};

/// `typ` of a receipt.
pub const TYPE: &str = "wattkey-receipt+jws";
/// Longest receipt that is read: a hundred bills, two signatures with two certificates each.
pub const MAX_LEN: usize = 128 * 1024;

/// The document. Amounts are minor units of `currency`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// The order.
    pub order: OrderId,
    /// Digest of the order's signed payload.
    pub order_digest: Digest,
    /// The payment service.
    pub audience: String,
    /// Who paid.
    pub customer: CustomerId,
    /// State of the order.
    pub state: OrderState,
    /// When the order came into that state.
    #[serde(with = "time")]
    pub as_of: Timestamp,
    /// Sum of the order.
    pub total: i64,
    /// Of all amounts.
    pub currency: Currency,
    /// The bills.
    pub bills: Vec<ReceiptBill>,
    /// What is paid into a deposit.
    #[serde(deserialize_with = "required")]
    pub deposit: Option<DepositPart>,
    /// What is paid out of a deposit.
    #[serde(deserialize_with = "required")]
    pub refund: Option<ReceiptRefund>,
    /// How the money comes.
    pub source: SourceKind,
    /// The customer's own reference.
    pub reference: String,
    /// Link of the journal that covers the posting.
    pub journal: JournalLink,
    /// Digest of the payload of the receipt before this one.
    #[serde(deserialize_with = "required")]
    pub supersedes: Option<Digest>,
}

/// What is paid out of a deposit, without the bank account that it goes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceiptRefund {
    /// The debit mandate whose account is paid.
    pub mandate: MandateId,
    /// How much.
    pub amount: i64,
}

/// One bill of a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiptBill {
    /// The bill.
    pub bill: BillId,
    /// What is paid of it.
    pub principal: i64,
    /// Late-payment penalty.
    pub penalty: i64,
}

/// Where a posting is in the journal (`PROTOCOL.md` section 13).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JournalLink {
    /// Number of the link in its chain.
    pub sequence: u64,
    /// The link.
    pub link: Digest,
}

/// Why a receipt does not verify.
#[derive(Debug, thiserror::Error)]
pub enum ReceiptError {
    /// Not a receipt of this protocol.
    #[error("this is not a receipt: {0}")]
    Malformed(String),
    /// It has not one signature of the platform and one of a gateway.
    #[error("a receipt has two signatures, this one has {0}")]
    Signatures(usize),
    /// A signer's certificate is not good for receipts.
    #[error("the certificate of the {signer} is not good for receipts")]
    Certificate {
        /// `platform` or `gateway`.
        signer: &'static str,
        /// Why.
        #[source]
        source: ChainError,
    },
    /// A signature does not verify.
    #[error("the signature of the {0} does not verify: the receipt was changed")]
    Signature(&'static str),
}

/// Signs a receipt for the platform.
///
/// # Errors
/// When the key does not sign.
pub fn sign(
    receipt: &Receipt,
    signer: &dyn Signer,
    chain: &[Certificate],
) -> Result<String, SignError> {
    let bytes = serde_json::to_vec(receipt).expect("a receipt is JSON");
    Ok(jws::General::sign(signer, TYPE, chain, &bytes)?.to_json())
}

/// Which receipt was asked for.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The payment service.
    pub audience: &'a str,
    /// The order.
    pub order: OrderId,
}

/// Adds the gateway's counter-signature to a receipt with the platform's signature, after
/// verifying that one and that it is the receipt that was asked for.
///
/// # Errors
/// [`CountersignError`].
pub fn countersign(
    text: &[u8],
    asked: &Asked<'_>,
    service_ca: &TrustAnchor,
    signer: &dyn Signer,
    chain: &[Certificate],
) -> Result<String, CountersignError> {
    let mut jws = parse(text)?;
    let receipt = verified_by_platform(&jws, service_ca)?;
    if receipt.audience != asked.audience {
        return Err(CountersignError::Audience);
    }
    if receipt.order != asked.order {
        return Err(CountersignError::Order);
    }
    jws.countersign(signer, chain)?;
    Ok(jws.to_json())
}

/// Why a receipt was not counter-signed.
#[derive(Debug, thiserror::Error)]
pub enum CountersignError {
    /// The platform's receipt is not good.
    #[error(transparent)]
    Receipt(#[from] ReceiptError),
    /// It is of another payment service.
    #[error("the receipt is of another payment service")]
    Audience,
    /// It is another order's.
    #[error("the receipt is another order's than the one that was asked for")]
    Order,
    /// The gateway's key did not sign.
    #[error("the receipt key did not sign")]
    Sign(#[from] SignError),
}

/// Verifies a receipt with both signatures, with nothing but the service CA's certificate.
///
/// Certificates are judged as of the receipt's own time, so that it stays good after they end.
///
/// # Errors
/// [`ReceiptError`].
pub fn verify(text: &[u8], service_ca: &TrustAnchor) -> Result<Receipt, ReceiptError> {
    let jws = parse(text)?;
    if jws.signatures() != 2 {
        return Err(ReceiptError::Signatures(jws.signatures()));
    }
    let receipt = document(&jws)?;
    verify_signature(&jws, 0, Role::PlatformReceipt, service_ca, receipt.as_of)?;
    verify_signature(&jws, 1, Role::GatewayReceipt, service_ca, receipt.as_of)?;
    Ok(receipt)
}

/// Verifies a receipt as the platform keeps it: with its own signature only.
///
/// # Errors
/// [`ReceiptError`].
pub fn verify_platform(text: &[u8], service_ca: &TrustAnchor) -> Result<Receipt, ReceiptError> {
    verified_by_platform(&parse(text)?, service_ca)
}

fn verified_by_platform(
    jws: &jws::General,
    service_ca: &TrustAnchor,
) -> Result<Receipt, ReceiptError> {
    if jws.signatures() != 1 {
        return Err(ReceiptError::Signatures(jws.signatures()));
    }
    let receipt = document(jws)?;
    verify_signature(jws, 0, Role::PlatformReceipt, service_ca, receipt.as_of)?;
    Ok(receipt)
}

/// Digest of a receipt's payload, by which the next one supersedes it.
///
/// # Errors
/// When it is not a receipt.
pub fn payload_digest(text: &[u8]) -> Result<Digest, ReceiptError> {
    Ok(Digest::of(parse(text)?.payload_unverified()))
}

fn parse(text: &[u8]) -> Result<jws::General, ReceiptError> {
    jws::General::parse(text, TYPE, MAX_LEN).map_err(|e| ReceiptError::Malformed(e.to_string()))
}

fn document(jws: &jws::General) -> Result<Receipt, ReceiptError> {
    let receipt: Receipt =
        read(jws.payload_unverified()).map_err(|e| ReceiptError::Malformed(e.to_string()))?;
    receipt
        .check()
        .map_err(|e| ReceiptError::Malformed(e.to_string()))?;
    Ok(receipt)
}

fn verify_signature(
    jws: &jws::General,
    index: usize,
    role: Role,
    service_ca: &TrustAnchor,
    at: Timestamp,
) -> Result<(), ReceiptError> {
    let signer = if role == Role::PlatformReceipt {
        "platform"
    } else {
        "gateway"
    };
    let certificate = jws
        .chain(index)
        .first()
        .ok_or(ReceiptError::Signature(signer))?;
    // A certificate issued within the minute in which the receipt was made is good for it.
    let at = at.max(certificate.not_before());
    service_ca
        .verify(certificate, role, at)
        .map_err(|source| ReceiptError::Certificate { signer, source })?;
    jws.verify(index, certificate.public_key())
        .map_err(|_| ReceiptError::Signature(signer))?;
    Ok(())
}

impl Receipt {
    fn check(&self) -> Result<(), DocumentError> {
        let mut sum: i64 = 0;
        for bill in &self.bills {
            check_minor("principal", bill.principal, 1)?;
            check_minor("penalty", bill.penalty, 0)?;
            sum = sum
                .saturating_add(bill.principal)
                .saturating_add(bill.penalty);
        }
        let deposit = self.deposit.iter().map(|part| part.amount);
        let refund = self.refund.iter().map(|part| part.amount);
        for amount in deposit.chain(refund) {
            check_minor("amount", amount, 1)?;
            sum = sum.saturating_add(amount);
        }
        check_minor("total", self.total, 1)?;
        if sum == self.total {
            return Ok(());
        }
        Err(DocumentError::new(
            "total is not the sum of bills, deposit and refund",
        ))
    }
}
