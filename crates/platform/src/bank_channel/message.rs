//! The message of an order to the bank: made once, before the order is accepted.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use wattkey_bank::calendar::{Calendar, MAX_CLOSED_DAYS, NoBankingDay};
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
    /// The bank never opens.
    #[error("there is no day on which the bank could collect")]
    Calendar(#[from] NoBankingDay),
    /// The message itself.
    #[error("the message cannot be written")]
    Write(#[from] WriteError),
}

/// The day for which a collection that is made at `now` asks.
///
/// # Errors
/// [`MessageError::TimeZone`], [`MessageError::Calendar`].
pub fn collection_day(
    calendar: &Calendar,
    payee: &Payee,
    now: Timestamp,
) -> Result<Date, MessageError> {
    let zone = TimeZone::get(&payee.time_zone)?;
    Ok(calendar.next_execution_day(now, &zone)?)
}

/// The day for which a message asks that was made at `accepted`; none when no calendar could have
/// said so.
#[must_use]
pub fn day_in(message: &[u8], accepted: Timestamp) -> Option<Date> {
    const BEFORE: &[u8] = b"<ReqdColltnDt>";
    const DATE: usize = "2026-08-31".len();
    let at = message
        .windows(BEFORE.len())
        .position(|part| part == BEFORE)?
        + BEFORE.len();
    let text = std::str::from_utf8(message.get(at..at + DATE)?).ok()?;
    let day: Date = text.parse().ok()?;
    // A time zone may be a day away, and a bank closed for long.
    let accepted = TimeZone::UTC.to_datetime(accepted).date();
    let closed = i64::try_from(MAX_CLOSED_DAYS).ok()? + 2;
    let first = accepted.checked_sub(Span::new().days(1)).ok()?;
    let last = accepted.checked_add(Span::new().days(closed)).ok()?;
    (first..=last).contains(&day).then_some(day)
}

/// The collection of an order on that day, and its `MsgId`.
///
/// # Errors
/// See [`MessageError`].
pub fn collection(
    order: &Order,
    payee: &Payee,
    mandate: &Mandate,
    now: Timestamp,
    collection_date: Date,
    characters: CharacterSet,
) -> Result<(String, CollectionRequest), MessageError> {
    let reference = Identifier::for_order(&order.order);
    let id = reference.as_str().to_owned();
    let request = CollectionRequest {
        reference,
        created: now,
        collection_date,
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
