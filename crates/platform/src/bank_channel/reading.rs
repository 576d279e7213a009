//! What a message of the bank says, in the terms of the books. Nothing is changed here: whoever
//! proves the books reads the kept messages again with these functions.
//!
//! An entry is on our account or it is listed. A fee is known by its code. A collection, a refund
//! and what comes back of them are known by the `EndToEndId` that we gave them. Every other credit
//! is a receipt, matched by its creditor reference; every other debit was not ordered by us, and is
//! listed.

mod entry;
mod status;

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use wattkey_bank::camt::{self, Booking};
use wattkey_bank::identifier::order_of;
use wattkey_bank::message::{self, Message};
use wattkey_domain::{OrderId, PenaltyRules, Quoting};
use wattkey_protocol::order::SignedOrder;
use wattkey_store::{BankRemark, BankReport, Payee, Store, StoreError};

pub(crate) use self::entry::reference as camt_reference;
use self::entry::{Account, Way};
use crate::answer::chain;

/// The sort of what cannot be read.
const UNREADABLE: &str = "unreadable";

/// What a message says.
#[derive(Debug)]
pub(crate) struct Read {
    /// Which message it is.
    pub(crate) kind: &'static str,
    /// For the books, in the order of the message.
    pub(crate) reports: Vec<BankReport>,
    /// What is listed instead.
    pub(crate) listed: Vec<BankRemark>,
}

/// Reads a message of the bank as of `now`. One that cannot be read is listed: it must not hold up
/// the others.
///
/// # Errors
/// When the books cannot be asked which orders there are.
pub(crate) async fn read(
    store: &Store,
    penalty: PenaltyRules,
    body: &[u8],
    now: Timestamp,
) -> Result<Read, StoreError> {
    let message = message::read(body);
    let mut read = Read {
        kind: message.as_ref().map_or(UNREADABLE, Message::kind),
        reports: Vec::new(),
        listed: Vec::new(),
    };
    match message {
        Ok(Message::Status(report)) => status::reports(&report, now, &mut read),
        Ok(Message::Entries(message)) => {
            let bookings = message.bookings();
            let account = match store.payee().await? {
                Some(payee) => own_account(&payee, penalty),
                None => None,
            };
            let ways = ways(store, &bookings).await?;
            unexplained(&message, &mut read);
            for booking in &bookings {
                match entry::report(booking, account.as_ref(), &ways, now) {
                    Ok(report) => read.reports.push(report),
                    Err(why) => read.list(Some(&booking.key), why),
                }
            }
        }
        Err(error) => read.list(None, format!("it cannot be read: {}", chain(&error))),
    }
    Ok(read)
}

impl Read {
    fn list(&mut self, reference: Option<&str>, why: impl Into<String>) {
        self.listed.push(BankRemark {
            reference: reference.map(str::to_owned),
            why: why.into(),
        });
    }
}

/// The account that is ours; none when the books do not know it in a form that banks use.
fn own_account(payee: &Payee, rules: PenaltyRules) -> Option<Account> {
    let time_zone = TimeZone::get(&payee.time_zone).ok()?;
    Some(Account {
        number: wattkey_bank::Account::new(&payee.account).ok()?,
        currency: payee.currency,
        quoting: Arc::new(Quoting { rules, time_zone }),
    })
}

/// Which way the money of each order goes that the entries name.
async fn ways(store: &Store, bookings: &[Booking]) -> Result<HashMap<OrderId, Way>, StoreError> {
    let mut ways = HashMap::new();
    let named = bookings
        .iter()
        .filter_map(|booking| order_of(booking.end_to_end_id.as_deref()?));
    for order in named {
        if ways.contains_key(&order) {
            continue;
        }
        let jws = store.order_jws(order).await?;
        let signed = jws.and_then(|jws| SignedOrder::parse(&jws).ok());
        if let Some(signed) = signed {
            ways.insert(order, Way::of(signed.order()));
        }
    }
    Ok(ways)
}

fn unexplained(message: &camt::Message, read: &mut Read) {
    for account in &message.accounts {
        if let Some(minor) = account.unexplained_minor().filter(|minor| *minor != 0) {
            let why = format!("{minor} minor units between its balances are in no entry");
            read.list(Some(&account.id), why);
        }
    }
}
