//! What the bank said of our account around a day, read again from its own bytes.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use wattkey_bank::camt::{self, AccountReport, BalanceKind, Booking, EntryStatus, Kind};
use wattkey_bank::message::{self, Message};
use wattkey_bank::{Account, AccountError};

use super::{Books, ReconcileError};

/// How many days before the day its first notification, and the statement before it, may have come:
/// longer than banks are closed in a row.
const DAYS_BEFORE: i32 = 12;
/// How many days after the day its statement may have come.
const DAYS_AFTER: i32 = 15;

/// What the bank said.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// Statements of our account, by day, then as they came; pages of one are together.
    pub(super) statements: Vec<Stated>,
    /// What was notified as booked on the day, by its first key.
    pub(super) notified: BTreeMap<String, Booking>,
}

/// One statement, with all of its pages that came.
#[derive(Debug)]
pub(super) struct Stated {
    /// The day that it closes.
    pub(super) day: Option<Date>,
    /// Messages that brought it.
    pub(super) messages: Vec<u64>,
    /// Its pages, in the order in which they came.
    pub(super) pages: Vec<AccountReport>,
    /// The movements of the booked entries of each page.
    bookings: Vec<Vec<Booking>>,
}

impl Stated {
    /// The movements of its booked entries.
    pub(super) fn bookings(&self) -> impl Iterator<Item = &Booking> {
        self.bookings.iter().flatten()
    }
}

/// Reads the messages that came around `day`, one after the other.
pub(super) async fn gather(books: Books<'_>, day: Date) -> Result<Gathered, ReconcileError> {
    let own = Account::new(&books.payee.account)?;
    let (from, until) = window(books, day).ok_or(ReconcileError::Day(day))?;
    let mut gathered = Gathered::default();
    let mut after = 0;
    while let Some(kept) = books.store.bank_message_between(after, from, until).await? {
        after = kept.number;
        // What cannot be read is listed already.
        let read = tokio::task::spawn_blocking(move || message::read(&kept.body)).await?;
        if let Ok(Message::Entries(message)) = read {
            gathered.add(&own, day, after, message);
        }
    }
    // Stable: what came first stays first.
    gathered.statements.sort_by_key(|stated| stated.day);
    Ok(gathered)
}

fn window(books: Books<'_>, day: Date) -> Option<(Timestamp, Timestamp)> {
    let begins = |day: Date| {
        let begins = day.to_zoned(books.quoting.time_zone.clone()).ok()?;
        Some(begins.timestamp())
    };
    let from = day.checked_sub(DAYS_BEFORE.days()).ok()?;
    let until = day.checked_add(DAYS_AFTER.days()).ok()?;
    Some((begins(from)?, begins(until)?))
}

/// Whether the bank's number names our account, however it writes it.
fn is(own: &Account, number: &str) -> bool {
    let account: Result<Account, AccountError> = Account::new(number);
    account.as_ref() == Ok(own)
}

impl Gathered {
    fn add(&mut self, own: &Account, day: Date, number: u64, message: camt::Message) {
        let camt::Message {
            kind,
            message_id,
            accounts,
        } = message;
        for report in accounts {
            if !is(own, &report.account) {
                continue;
            }
            let one = camt::Message {
                kind,
                message_id: message_id.clone(),
                accounts: vec![report],
            };
            let bookings = one.bookings();
            let Some(report) = one.accounts.into_iter().next() else {
                continue;
            };
            match kind {
                Kind::Statement => self.state(number, report, bookings),
                Kind::Notification => {
                    let booked = bookings.into_iter();
                    let booked = booked.filter(|one| one.booked.or(one.value) == Some(day));
                    self.notified
                        .extend(booked.map(|one| (one.key.clone(), one)));
                }
            }
        }
    }

    fn state(&mut self, number: u64, report: AccountReport, bookings: Vec<Booking>) {
        let day = closes(&report);
        let again = self.statements.iter_mut().find_map(|one| {
            let page = one.pages.iter().position(|page| is_again(page, &report))?;
            Some((one, page))
        });
        if let Some((known, page)) = again {
            // The bank sent it once more, perhaps in other words: the last ones count.
            if known.pages[page] != report {
                known.pages[page] = report;
                known.bookings[page] = bookings;
                known.messages.push(number);
            }
            return;
        }
        let mut known = self.statements.iter_mut();
        let known = known.find(|one| {
            one.pages.iter().any(|page| {
                (&page.id, page.sequence, one.day) == (&report.id, report.sequence, day)
                    || (page.is_partial && report.is_partial && page.id == report.id)
            })
        });
        let Some(known) = known else {
            self.statements.push(Stated {
                day,
                messages: vec![number],
                pages: vec![report],
                bookings: vec![bookings],
            });
            return;
        };
        if known.pages.contains(&report) {
            // Once more, of a page without balances.
            return;
        }
        known.day = known.day.max(day);
        known.messages.push(number);
        known.pages.push(report);
        known.bookings.push(bookings);
    }
}

/// Whether two pages are one: the same opening and closing balances of the same days. A page with
/// only one of them may be one of several; another number in the year's sequence is another one.
fn is_again(one: &AccountReport, other: &AccountReport) -> bool {
    let has = |page: &AccountReport, kind| page.balances.iter().any(|one| one.kind == kind);
    let numbers = one.sequence.zip(other.sequence);
    let ends = |page: &AccountReport| {
        let balances = page.balances.iter();
        let ends = balances.filter(|one| !matches!(one.kind, BalanceKind::Other(_)));
        ends.cloned().collect::<Vec<_>>()
    };
    has(one, BalanceKind::Opening)
        && has(one, BalanceKind::Closing)
        && numbers.is_none_or(|(one, other)| one == other)
        && ends(one) == ends(other)
}

/// The day that a statement closes: that of its closing balance, else of its last entry.
fn closes(report: &AccountReport) -> Option<Date> {
    let closing = report.balances.iter();
    let closing = closing.filter(|one| one.kind == BalanceKind::Closing);
    let entries = report.entries.iter();
    let entries = entries.filter(|one| one.status == EntryStatus::Booked);
    closing
        .filter_map(|one| one.date)
        .max()
        .or_else(|| entries.filter_map(|one| one.booked.or(one.value)).max())
}
