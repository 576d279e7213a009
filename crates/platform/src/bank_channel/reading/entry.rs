//! Booked entries (camt.054, camt.053) on our account.

use std::sync::Arc;

use jiff::Timestamp;
use wattkey_bank::camt::{Booking, Direction, TransactionCode};
use wattkey_bank::identifier::{order_of, return_of};
use wattkey_domain::{
    BankEvent, CreditorReference, Currency, Money, OrderId, Quoting, ResolutionId,
};
use wattkey_protocol::order::{Order, Source};
use wattkey_store::{BankCredit, BankReport, BankSubject, Debtor};

use super::Ours;

/// Most characters of a payer's words that are kept; the message's bytes have them all.
const MAX_WORDS: usize = 500;

/// Our account.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) number: wattkey_bank::Account,
    pub(super) currency: Currency,
    pub(super) quoting: Arc<Quoting>,
}

/// Which way the money of an order goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// We have the bank collect it.
    Collected,
    /// The customer transfers it.
    Transferred,
    /// We have the bank pay it back.
    PaidBack,
    /// It does not go through a bank.
    Nowhere,
}

impl Way {
    pub(super) fn of(order: &Order) -> Self {
        match (&order.source, &order.refund) {
            (Source::Mandate { .. }, _) => Self::Collected,
            (Source::Transfer { .. }, _) => Self::Transferred,
            (Source::Deposit { .. }, Some(_)) => Self::PaidBack,
            (Source::Deposit { .. }, None) => Self::Nowhere,
        }
    }
}

/// The report that an entry makes, or why it is listed.
pub(super) fn report(
    booking: &Booking,
    own: Option<&Account>,
    ours: &Ours,
    now: Timestamp,
) -> Result<BankReport, &'static str> {
    let number = wattkey_bank::Account::new(&booking.account);
    let number = number.map_err(|_| "the account cannot be read")?;
    let own = own
        .filter(|own| own.number == number)
        .ok_or("the account is not ours")?;
    let amount = booking
        .amount
        .as_ref()
        .map_err(|_| "the amount cannot be read")?;
    if amount.currency() != own.currency {
        return Err("the currency is not that of our account");
    }
    if amount.is_zero() {
        return Err("the amount is zero");
    }
    Ok(BankReport {
        reference: reference(&booking.key),
        other_references: booking.other_keys.iter().map(reference).collect(),
        subject: subject(booking, *amount, own, ours, now)?,
        now,
    })
}

fn subject(
    booking: &Booking,
    amount: Money,
    own: &Account,
    ours: &Ours,
    now: Timestamp,
) -> Result<BankSubject, &'static str> {
    if booking.is_charge() {
        return Ok(BankSubject::Fee {
            amount,
            text: words(booking),
        });
    }
    let order = booking.end_to_end_id.as_deref().and_then(order_of);
    let way = order.and_then(|order| ours.ways.get(&order).copied());
    if let Some(resolution) = sent_back(booking, ours) {
        let event = match booking.direction {
            Direction::Credit => BankEvent::Returned,
            Direction::Debit => BankEvent::PaidOut,
        };
        let reason = booking.return_reason.clone();
        return Ok(BankSubject::Return {
            resolution,
            event,
            amount: Some(amount),
            note: reason.filter(|reason| !reason.is_empty()),
        });
    }
    let of_order = |event| {
        let note = booking.return_reason.clone();
        order.map(|order| BankSubject::Order {
            order,
            event,
            amount: Some(amount),
            note: note.filter(|reason| !reason.is_empty()),
        })
    };
    let event = match (booking.direction, booking.reversal) {
        (Direction::Credit, reversal) => incoming(booking, way, reversal),
        (Direction::Debit, true) => match way {
            Some(Way::Collected) => Some(BankEvent::Returned),
            _ => return Err("what is given back was not collected by us"),
        },
        (Direction::Debit, false) => match way {
            Some(Way::PaidBack) => Some(BankEvent::PaidOut),
            _ => return Err("the debit was not ordered by us"),
        },
    };
    if let Some(subject) = event.and_then(of_order) {
        return Ok(subject);
    }
    if is_sum_of_collections(booking) {
        return Err("collections are booked in one sum, without saying which");
    }
    Ok(credit(booking, amount, own, order, now))
}

/// What we send back, and the entry is of: it goes out by a debit that takes nothing back, and comes
/// back by a credit.
fn sent_back(booking: &Booking, ours: &Ours) -> Option<ResolutionId> {
    if booking.direction == Direction::Debit && booking.reversal {
        return None;
    }
    let resolution = return_of(booking.end_to_end_id.as_deref()?)?;
    ours.returns.contains(&resolution).then_some(resolution)
}

/// What a credit means for the order that it names; nothing when it is a receipt like others.
///
/// Whoever makes a transfer writes its `EndToEndId` as he likes: a transfer is no collection.
fn incoming(booking: &Booking, way: Option<Way>, reversal: bool) -> Option<BankEvent> {
    let is = |check: fn(&TransactionCode) -> bool| booking.code.as_ref().is_some_and(check);
    match way? {
        Way::Collected if reversal || is(TransactionCode::is_incoming_transfer) => None,
        Way::Collected => Some(BankEvent::Booked),
        Way::PaidBack => Some(BankEvent::Returned),
        Way::Transferred | Way::Nowhere => None,
    }
}

fn is_sum_of_collections(booking: &Booking) -> bool {
    let code = booking.code.as_ref();
    booking.end_to_end_id.is_none() && code.is_some_and(TransactionCode::is_collection)
}

fn credit(
    booking: &Booking,
    amount: Money,
    own: &Account,
    order: Option<OrderId>,
    now: Timestamp,
) -> BankSubject {
    let mut creditor_references = booking.creditor_references.clone();
    // The transfer that we made for the customer's bank names the order here too.
    creditor_references.extend(order.as_ref().map(CreditorReference::for_order));
    BankSubject::Credit(BankCredit {
        creditor_references,
        amount,
        value: booking
            .value
            .or(booking.booked)
            .unwrap_or_else(|| own.quoting.today(now)),
        debtor: Debtor {
            name: booking.counterparty.name.clone(),
            account: booking.counterparty.account.clone(),
        },
        text: words(booking),
        quoting: Arc::clone(&own.quoting),
    })
}

/// What the other side wrote.
fn words(booking: &Booking) -> Option<String> {
    let lines = booking.remittance.iter().map(|line| line.trim());
    let lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
    let text: String = lines.join(" ").chars().take(MAX_WORDS).collect();
    (!text.is_empty()).then_some(text)
}

/// The same booking in a notification and in the statement has the same reference.
pub(crate) fn reference(key: impl AsRef<str>) -> String {
    format!("camt:{}", key.as_ref())
}
