//! What a message of the bank says, in the terms of the books. Nothing is changed here: whoever
//! proves the books reads the kept messages again with these functions.
//!
//! An entry is on our account or it is listed. A fee is known by its code. A collection, a refund,
//! what we send back and what comes back of them are known by the `EndToEndId` that we gave them.
//! Every other credit is a receipt, matched by its creditor reference; every other debit was not ordered by us, and is
//! listed.

mod entry;
mod status;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use wattkey_bank::camt::{self, Booking, EntryStatus, Kind};
use wattkey_bank::identifier::{order_of, return_of};
use wattkey_bank::message::{self, Message};
use wattkey_domain::{Item, OrderId, PenaltyRules, Quoting, ResolutionId};
use wattkey_protocol::order::SignedOrder;
use wattkey_store::{BankRemark, BankReport, Payee, Store, StoreError};

pub(crate) use self::entry::reference as camt_reference;
use self::entry::{Account, Way};
use crate::answer::chain;

/// References that are looked up at once.
const REFERENCES_AT_ONCE: usize = 2_000;

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
            let ours = ours(store, &bookings).await?;
            let otherwise = told_otherwise(store, &bookings).await?;
            unexplained(&message, &mut read);
            for booking in &bookings {
                let report = match otherwise.get(booking.key.as_str()) {
                    Some(why) => Err(*why),
                    None => entry::report(booking, account.as_ref(), &ours, now),
                };
                match report {
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

/// What of ours the entries name.
#[derive(Debug, Default)]
struct Ours {
    /// Which way the money of each order goes.
    ways: HashMap<OrderId, Way>,
    /// Resolutions that send money back.
    returns: HashSet<ResolutionId>,
}

async fn ours(store: &Store, bookings: &[Booking]) -> Result<Ours, StoreError> {
    let mut ours = Ours::default();
    let ids = bookings.iter();
    let ids = ids.filter_map(|booking| booking.end_to_end_id.as_deref());
    for id in ids {
        if let Some(resolution) = return_of(id) {
            let is_known = store.bank_item(Item::Return(resolution)).await?.is_some();
            ours.returns.extend(is_known.then_some(resolution));
        }
        let Some(order) = order_of(id).filter(|order| !ours.ways.contains_key(order)) else {
            continue;
        };
        let jws = store.order_jws(order).await?;
        let signed = jws.and_then(|jws| SignedOrder::parse(&jws).ok());
        if let Some(signed) = signed {
            ours.ways.insert(order, Way::of(signed.order()));
        }
    }
    Ok(ours)
}

/// Movements that the books have in other words, by their keys, and why: transactions of an entry that
/// was posted in one sum, and entries whose transactions were. Posted again they would be money that is
/// not there. What the books have under a key of its own is a repetition, and not looked at here.
async fn told_otherwise<'b>(
    store: &Store,
    bookings: &'b [Booking],
) -> Result<HashMap<&'b str, &'static str>, StoreError> {
    let of_entries = || bookings.iter().filter(|booking| booking.whole.is_some());
    let keys = of_entries().flat_map(|booking| {
        let whole = booking.whole.iter().map(|whole| &whole.key);
        booking.keys().chain(whole).map(camt_reference)
    });
    let keys: Vec<String> = keys.collect();
    let mut known = HashSet::new();
    for some in keys.chunks(REFERENCES_AT_ONCE) {
        known.extend(store.bank_events(some.to_vec()).await?.into_keys());
    }
    let is_known = |key: &String| known.contains(&camt_reference(key));
    let mut otherwise = HashMap::new();
    for booking in of_entries() {
        if booking.keys().any(is_known) {
            continue;
        }
        if let Some(whole) = booking.as_whole() {
            let parts = store.bank_sum(camt_reference(&whole.parts)).await?;
            if parts > 0 && parts == whole.amount.minor() {
                otherwise.insert(
                    booking.key.as_str(),
                    "its transactions came one by one before",
                );
            }
        } else if booking.whole.iter().any(|whole| is_known(&whole.key)) {
            otherwise.insert(booking.key.as_str(), "its entry came in one sum before");
        }
    }
    Ok(otherwise)
}

/// Money of a statement that is in nothing that is posted: between its balances, and in an entry whose
/// transactions do not come to it. A notification may have the rest of them in another one.
fn unexplained(message: &camt::Message, read: &mut Read) {
    for account in &message.accounts {
        if let Some(minor) = account.unexplained_minor().filter(|minor| *minor != 0) {
            let why = format!("{minor} minor units between its balances are in no entry");
            read.list(Some(&account.id), why);
        }
        if message.kind != Kind::Statement {
            continue;
        }
        let booked = account.entries.iter();
        let booked = booked.filter(|entry| entry.status == EntryStatus::Booked);
        for entry in booked {
            if let Some(minor) = entry.unexplained_minor().filter(|minor| *minor != 0) {
                let why =
                    format!("{minor} minor units of this entry are in none of its transactions");
                read.list(entry.reference.as_deref().or(Some(&account.id)), why);
            }
        }
    }
}
