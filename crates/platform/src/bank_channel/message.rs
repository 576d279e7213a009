//! The messages that an order makes: to our bank a collection or a refund, made once, before the
//! order goes, and what sends money back; for the customer's bank a transfer, whenever he asks.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use wattkey_bank::calendar::{Calendar, MAX_CLOSED_DAYS, NoBankingDay};
use wattkey_bank::pain001::{self, Purpose, TransferRequest};
use wattkey_bank::pain008::{self, CollectionRequest, Creditor, Party, WriteError};
use wattkey_bank::{
    Account, AccountError, Agent, AgentError, CharacterSet, CreditorReference, Identifier,
    IdentifierError,
};
use wattkey_domain::{Money, MoneyError, ResolutionId};
use wattkey_protocol::order::{Order, Source};
use wattkey_protocol::resolution::Recipient;
use wattkey_store::{BankMessageDraft, Mandate, Payee};

use crate::app::{App, Service};

/// What stands where an account number is to be filled in.
const NOT_PROVIDED: &str = "NOTPROVIDED";

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

/// The message to the bank of an order that goes at `now`: a collection, a refund, or none. That of
/// a scheduled order leaves on its day.
///
/// # Errors
/// See [`MessageError`].
pub fn draft(
    app: &App,
    service: &Service,
    order: &Order,
    mandate: Option<&Mandate>,
    now: Timestamp,
) -> Result<Option<BankMessageDraft>, MessageError> {
    let Some(mandate) = mandate else {
        return Ok(None);
    };
    let (payee, calendar) = (&service.payee, &app.calendar);
    let day = bank_day(calendar, payee, order.execute, now)?;
    let body = made(order, payee, mandate, now, day, app.characters)?;
    let leaves = order.execute.map(|day| leaves(calendar, payee, day));
    Ok(Some(BankMessageDraft {
        id: Identifier::for_order(&order.order).as_str().to_owned(),
        body,
        // What can leave now does.
        not_before: leaves.transpose()?.filter(|at| *at > now),
    }))
}

/// When the message of an order leaves that is scheduled for `execute`: when that day begins at the
/// bank, or the first banking day after.
///
/// # Errors
/// [`MessageError::TimeZone`], [`MessageError::Calendar`].
pub fn leaves(
    calendar: &Calendar,
    payee: &Payee,
    execute: Date,
) -> Result<Timestamp, MessageError> {
    let zone = TimeZone::get(&payee.time_zone)?;
    let day = calendar.banking_day_from(execute)?;
    Ok(calendar.beginning_of(day, &zone)?)
}

/// The exact bytes of an order's message to the bank that was made at `created` and asks for `day`.
///
/// # Errors
/// See [`MessageError`].
pub fn made(
    order: &Order,
    payee: &Payee,
    mandate: &Mandate,
    created: Timestamp,
    day: Date,
    characters: CharacterSet,
) -> Result<Vec<u8>, MessageError> {
    if order.refund.is_some() {
        let request = refund(order, payee, mandate, created, day, characters)?;
        return Ok(pain001::write(&request)?);
    }
    let request = collection(order, payee, mandate, created, day, characters)?;
    Ok(pain008::write(&request)?)
}

/// The day for which a message that is made at `now` asks: the next banking day that `now` is early
/// enough for; of a scheduled order its own day, or the first banking day after.
///
/// # Errors
/// [`MessageError::TimeZone`], [`MessageError::Calendar`].
pub fn bank_day(
    calendar: &Calendar,
    payee: &Payee,
    execute: Option<Date>,
    now: Timestamp,
) -> Result<Date, MessageError> {
    let zone = TimeZone::get(&payee.time_zone)?;
    let next = calendar.next_execution_day(now, &zone)?;
    let Some(execute) = execute else {
        return Ok(next);
    };
    Ok(calendar.banking_day_from(execute)?.max(next))
}

/// The day for which a kept message asks that was made at `created`, for an order of that day if it
/// was scheduled; none when no calendar could have said so.
#[must_use]
pub fn day_in(message: &[u8], created: Timestamp, execute: Option<Date>) -> Option<Date> {
    const BEFORE: [&[u8]; 2] = [b"<ReqdColltnDt>", b"<ReqdExctnDt><Dt>"];
    const DATE: usize = "2026-08-31".len();
    let at = BEFORE.iter().find_map(|before| {
        let mut parts = message.windows(before.len());
        Some(parts.position(|part| part == *before)? + before.len())
    })?;
    let text = std::str::from_utf8(message.get(at..at + DATE)?).ok()?;
    let day: Date = text.parse().ok()?;
    // A time zone may be a day away, and a bank closed for long.
    let created = TimeZone::UTC.to_datetime(created).date();
    let closed = i64::try_from(MAX_CLOSED_DAYS).ok()? + 2;
    let first = created.checked_sub(Span::new().days(1)).ok()?;
    let first = execute.map_or(first, |execute| first.max(execute));
    let last = first.checked_add(Span::new().days(closed + 1)).ok()?;
    (first..=last).contains(&day).then_some(day)
}

/// The collection of an order on that day.
fn collection(
    order: &Order,
    payee: &Payee,
    mandate: &Mandate,
    created: Timestamp,
    collection_date: Date,
    characters: CharacterSet,
) -> Result<CollectionRequest, MessageError> {
    Ok(CollectionRequest {
        reference: Identifier::for_order(&order.order),
        created,
        collection_date,
        creditor: creditor(payee)?,
        debtor: debtor(mandate)?,
        mandate: pain008::Mandate {
            id: Identifier::new(mandate.id.as_str())?,
            signed: mandate.signed,
        },
        amount: Money::new(order.total, order.currency)?,
        bills: purposes(order),
        characters,
    })
}

/// The transfer that pays out of a deposit, on that day.
fn refund(
    order: &Order,
    payee: &Payee,
    mandate: &Mandate,
    created: Timestamp,
    execution_date: Date,
    characters: CharacterSet,
) -> Result<TransferRequest, MessageError> {
    Ok(TransferRequest {
        reference: Identifier::for_order(&order.order),
        created,
        execution_date,
        debtor: creditor(payee)?.party,
        creditor: debtor(mandate)?,
        amount: Money::new(order.total, order.currency)?,
        purpose: Purpose::Bills(purposes(order)),
        characters,
    })
}

/// The message that sends money back, made at `now` for the next banking day: what came in on the
/// bank's value date goes to the account that it came from.
///
/// # Errors
/// See [`MessageError`].
pub fn return_draft(
    app: &App,
    service: &Service,
    sent_back: &SentBack<'_>,
    now: Timestamp,
) -> Result<BankMessageDraft, MessageError> {
    let day = bank_day(&app.calendar, &service.payee, None, now)?;
    Ok(BankMessageDraft {
        id: Identifier::for_return(&sent_back.resolution)
            .as_str()
            .to_owned(),
        body: return_made(&service.payee, sent_back, now, day, app.characters)?,
        not_before: None,
    })
}

/// What sends money back.
#[derive(Debug, Clone, Copy)]
pub struct SentBack<'a> {
    /// The resolution that says so.
    pub resolution: ResolutionId,
    /// Who gets it.
    pub to: &'a Recipient,
    /// All of what came in.
    pub amount: Money,
    /// The bank's value date of it.
    pub value: Date,
}

/// The exact bytes of the message that sends money back, made at `created` and asking for `day`.
///
/// # Errors
/// See [`MessageError`].
pub fn return_made(
    payee: &Payee,
    sent_back: &SentBack<'_>,
    created: Timestamp,
    day: Date,
    characters: CharacterSet,
) -> Result<Vec<u8>, MessageError> {
    let to = sent_back.to;
    let request = TransferRequest {
        reference: Identifier::for_return(&sent_back.resolution),
        created,
        execution_date: day,
        debtor: creditor(payee)?.party,
        creditor: Party {
            name: to.name.clone(),
            account: Account::new(&to.account)?,
            agent: Agent::new(&to.agent)?,
        },
        amount: sent_back.amount,
        purpose: Purpose::Bills(vec!["RETURN".to_owned(), sent_back.value.to_string()]),
        characters,
    };
    Ok(pain001::write(&request)?)
}

/// What stands in the remittance information: the bills, and whose deposit is paid into or out of.
fn purposes(order: &Order) -> Vec<String> {
    let bills = order.bills.iter().map(|bill| bill.bill.to_string());
    let into = order.deposit.as_ref().map(|part| &part.account);
    let out = match (&order.source, &order.refund) {
        (Source::Deposit { account }, Some(_)) => Some(account),
        _ => None,
    };
    let deposits = into.into_iter().chain(out).map(ToString::to_string);
    bills.chain(deposits).collect()
}

/// The transfer that the customer makes himself, for his own bank: the bytes depend on the day on
/// which he asks, the identifiers do not, so that his bank takes it once. `debtor` is the account
/// that he pays from, if one of his is known.
///
/// # Errors
/// See [`MessageError`].
pub fn transfer(
    app: &App,
    service: &Service,
    order: &Order,
    debtor: Option<&Mandate>,
    now: Timestamp,
) -> Result<Vec<u8>, MessageError> {
    let payee = &service.payee;
    let debtor = match debtor {
        Some(mandate) => self::debtor(mandate)?,
        // His software fills in which account it is.
        None => Party {
            name: order.customer.name.clone(),
            account: Account::new(NOT_PROVIDED)?,
            agent: Agent::NotProvided,
        },
    };
    let request = TransferRequest {
        reference: Identifier::for_order(&order.order),
        created: now,
        execution_date: bank_day(&app.calendar, payee, None, now)?,
        debtor,
        creditor: creditor(payee)?.party,
        amount: Money::new(order.total, order.currency)?,
        purpose: Purpose::Reference(CreditorReference::for_order(&order.order)),
        characters: app.characters,
    };
    Ok(pain001::write(&request)?)
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
