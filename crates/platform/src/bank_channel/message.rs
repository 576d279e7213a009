//! The message of an order to the bank: made once, before the order is accepted.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use wattkey_bank::pain008::{self, CollectionRequest, Creditor, Party, WriteError};
use wattkey_bank::{
    Account, AccountError, Agent, AgentError, CharacterSet, Identifier, IdentifierError,
};
use wattkey_domain::{Money, MoneyError};
use wattkey_protocol::order::Order;
use wattkey_store::{Mandate, Payee};

/// Why no message can be made. The import lets nothing in that leads here.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    /// An account number.
    #[error("an account number is not one that banks take")]
    Account(#[from] AccountError),
    /// The code of a bank.
    #[error("a bank's code is not one that banks take")]
    Agent(#[from] AgentError),
    /// Creditor identifier or mandate id.
    #[error("an identifier is not one that banks take")]
    Identifier(#[from] IdentifierError),
    /// The total.
    #[error("the total is not an amount")]
    Money(#[from] MoneyError),
    /// The time zone.
    #[error("the time zone of the service is not known")]
    TimeZone(#[from] jiff::Error),
    /// The message itself.
    #[error("the message cannot be written")]
    Write(#[from] WriteError),
}

/// The collection of an order and its `MsgId`.
///
/// # Errors
/// See [`MessageError`].
pub fn collection(
    order: &Order,
    payee: &Payee,
    mandate: &Mandate,
    now: Timestamp,
    characters: CharacterSet,
) -> Result<(String, CollectionRequest), MessageError> {
    let reference = Identifier::for_order(&order.order);
    let id = reference.as_str().to_owned();
    let request = CollectionRequest {
        reference,
        created: now,
        collection_date: TimeZone::get(&payee.time_zone)?.to_datetime(now).date(),
        creditor: creditor(payee)?,
        debtor: debtor(mandate)?,
        mandate: pain008::Mandate {
            id: Identifier::new(mandate.id.as_str())?,
            signed: mandate.signed,
        },
        amount: Money::new(order.total, order.currency)?,
        bills: order
            .bills
            .iter()
            .map(|bill| bill.bill.to_string())
            .collect(),
        characters,
    };
    Ok((id, request))
}

/// The message's exact bytes.
///
/// # Errors
/// [`MessageError::Write`].
pub fn write(request: &CollectionRequest) -> Result<Vec<u8>, MessageError> {
    Ok(pain008::write(request)?)
}

/// Who is paid, as a bank knows it.
///
/// # Errors
/// [`MessageError`], when a bank would not take it.
pub fn creditor(payee: &Payee) -> Result<Creditor, MessageError> {
    Ok(Creditor {
        party: Party {
            name: payee.name.clone(),
            account: Account::new(&payee.account)?,
            agent: Agent::new(&payee.agent)?,
        },
        scheme_id: Identifier::new(&payee.creditor_id)?,
    })
}

/// Who pays, as a bank knows it.
///
/// # Errors
/// [`MessageError`], when a bank would not take it.
pub fn debtor(mandate: &Mandate) -> Result<Party, MessageError> {
    Identifier::new(mandate.id.as_str())?;
    Ok(Party {
        name: mandate.debtor_name.clone(),
        account: Account::new(&mandate.debtor_account)?,
        agent: Agent::new(&mandate.debtor_agent)?,
    })
}
