//! Statement against books: what adds up, what was posted, and what was not.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use jiff::civil::Date;
use wattkey_bank::camt::{AccountReport, Balance, BalanceKind, Booking, Direction, EntryStatus};
use wattkey_domain::{Currency, Item, Money};
use wattkey_protocol::reconciliation::{Agreed, Difference, DifferenceKind, Statement};
use wattkey_protocol::resolution::Action;
use wattkey_store::{CloseOf, DayBounds};

use super::known::{By, Known, is_posted};
use super::statements::{Gathered, Stated};
use super::{Books, ReconcileError};

/// What came of the comparison.
#[derive(Debug, Default)]
pub(super) struct Compared {
    pub(super) statements: Vec<Statement>,
    pub(super) agreed: Vec<Agreed>,
    pub(super) differences: Vec<Difference>,
    pub(super) stated: BTreeMap<Currency, i128>,
    pub(super) posted: BTreeMap<Currency, i128>,
    pub(super) posted_on_day: BTreeMap<Currency, i128>,
}

pub(super) async fn compare(
    books: Books<'_>,
    day: Date,
    gathered: &Gathered,
) -> Result<Compared, ReconcileError> {
    let mut compared = Compared::default();
    let of_day = |one: &&Stated| one.day == Some(day);
    let today: Vec<&Stated> = gathered.statements.iter().filter(of_day).collect();
    let before = gathered.statements.iter().rev();
    let mut before = before.filter(|one| one.day < Some(day));
    let mut last = before.next();
    for stated in &today {
        compared.balances(stated, last);
        last = Some(stated);
    }
    let entries = || today.iter().flat_map(|stated| stated.bookings());
    let of = CloseOf {
        day,
        time_zone: books.quoting.time_zone.clone(),
    };
    let bounds = of.bounds().ok_or(ReconcileError::Day(day))?;
    let bookings = entries().chain(gathered.notified.values());
    let known = Known::load(books, bounds, &today, bookings).await?;
    let mut notified: HashMap<&str, Vec<&Booking>> = HashMap::new();
    for booking in gathered.notified.values() {
        if let Some(whole) = &booking.whole {
            notified.entry(&whole.key).or_default().push(booking);
        }
    }
    let mut seen = BTreeSet::new();
    for booking in entries() {
        let parts = known.parts(booking, &notified);
        for one in parts.unwrap_or_else(|| vec![booking]) {
            compared.entry(one, &known, &mut seen);
        }
    }
    if today.is_empty() {
        compared.find(
            DifferenceKind::NoStatement,
            None,
            None,
            "no statement of this day came",
        );
    } else {
        compared.not_stated(gathered, &known, &seen);
    }
    Ok(compared)
}

impl Compared {
    fn find(
        &mut self,
        kind: DifferenceKind,
        reference: Option<&str>,
        amount: Option<(i128, Currency)>,
        why: impl Into<String>,
    ) {
        let minor = amount.and_then(|(minor, _)| i64::try_from(minor).ok());
        self.differences.push(Difference {
            kind,
            reference: reference.map(str::to_owned),
            amount: minor,
            currency: amount.map(|(_, currency)| currency),
            why: why.into(),
            resolution: None,
            action: None,
        });
    }

    /// An entry that was not posted when it came. What managers made of it since was posted then, on
    /// the bank's account as the bank booked it; a note posts nothing.
    fn not_posted(
        &mut self,
        key: &str,
        (net, currency): (i128, Currency),
        why: String,
        by: Option<&By>,
        bounds: DayBounds,
    ) {
        let Some(by) = by else {
            let amount = Some((net, currency));
            return self.find(DifferenceKind::NotPosted, Some(key), amount, why);
        };
        if by.action != Action::Note {
            self.post(net, currency, by.at, bounds);
        }
        self.differences.push(Difference {
            kind: DifferenceKind::Resolved,
            reference: Some(key.to_owned()),
            amount: i64::try_from(net).ok(),
            currency: Some(currency),
            why: format!("{why}; resolution {} by two managers", by.resolution),
            resolution: Some(by.resolution),
            action: Some(by.action),
        });
    }

    fn post(&mut self, net: i128, currency: Currency, at: Timestamp, bounds: DayBounds) {
        *self.posted.entry(currency).or_default() += net;
        if (bounds.from..bounds.until).contains(&at) {
            *self.posted_on_day.entry(currency).or_default() += net;
        }
    }

    /// What a statement says of itself, and whether it goes on from the one before.
    fn balances(&mut self, stated: &Stated, before: Option<&Stated>) {
        let Some(page) = stated.pages.first() else {
            return;
        };
        let opening = balance(&stated.pages, &BalanceKind::Opening);
        let closing = last_balance(&stated.pages);
        let currency = opening.or(closing).map(|(_, currency)| currency);
        let sums = sums(&stated.pages, currency);
        let minor = |sum: i128| i64::try_from(sum).unwrap_or(i64::MAX);
        self.statements.push(Statement {
            id: page.id.clone(),
            sequence: page.sequence,
            messages: stated.messages.clone(),
            currency,
            opening: opening.map(|(minor, _)| minor),
            credits: minor(sums.credits),
            debits: minor(sums.debits),
            closing: closing.map(|(minor, _)| minor),
            entries: sums.entries,
        });
        let id = Some(page.id.as_str());
        if sums.unreadable > 0 {
            let why = format!(
                "{} amounts cannot be read, or are of another currency",
                sums.unreadable
            );
            self.find(DifferenceKind::Unreadable, id, None, why);
        }
        let partial = stated.pages.iter().any(|page| page.is_partial);
        match (opening, closing) {
            (Some((opened, currency)), Some((closed, _))) => {
                let stated = i128::from(closed) - i128::from(opened);
                *self.stated.entry(currency).or_default() += stated;
                let left = stated - (sums.credits - sums.debits);
                if left != 0 {
                    let why = if partial {
                        "its balances are not what its entries come to: a page may be missing"
                    } else {
                        "its balances are not what its entries come to"
                    };
                    self.find(DifferenceKind::Sum, id, Some((left, currency)), why);
                }
            }
            _ => {
                let why = if partial {
                    "a page with a balance is missing: what is in no entry cannot be seen"
                } else {
                    "it has no opening and closing balance: what is in no entry cannot be seen"
                };
                self.find(DifferenceKind::Unproven, id, None, why);
            }
        }
        if let Some(before) = before {
            self.follows(page, opening, before);
        }
    }

    fn follows(&mut self, page: &AccountReport, opening: Option<(i64, Currency)>, before: &Stated) {
        let id = Some(page.id.as_str());
        let number_before = before.pages.first().and_then(|page| page.sequence);
        if let (Some(last), Some(this)) = (number_before, page.sequence)
            // Numbers begin anew each year.
            && this > last.saturating_add(1)
        {
            let why = format!("statements {} to {} did not come", last + 1, this - 1);
            self.find(DifferenceKind::Gap, id, None, why);
        }
        let closed = last_balance(&before.pages);
        if let (Some((opened, currency)), Some((closed, same))) = (opening, closed)
            && currency == same
            && opened != closed
        {
            let left = i128::from(opened) - i128::from(closed);
            let why = "its opening balance is not the closing balance of the statement before";
            self.find(DifferenceKind::Opening, id, Some((left, currency)), why);
        }
    }

    /// One movement of the statement.
    fn entry(&mut self, booking: &Booking, known: &Known, seen: &mut BTreeSet<String>) {
        let key = booking.key.as_str();
        let Ok(amount) = booking.amount else {
            let why = "the amount of an entry cannot be read";
            return self.find(DifferenceKind::Unreadable, Some(key), None, why);
        };
        let net = (net(booking, amount), amount.currency());
        let bounds = known.bounds;
        let Some(event) = known.event(booking) else {
            let remark = known.remark(key);
            let why = remark.map_or("it was not taken in", |remark| &remark.why);
            let by = remark.and_then(|remark| known.resolved(&remark.item));
            return self.not_posted(key, net, why.to_owned(), by, bounds);
        };
        if !is_posted(&event.outcome) {
            let why = format!("{}: {}", event.event, event.outcome);
            let by = known.resolved(&Item::Event(event.reference.clone()));
            return self.not_posted(key, net, why, by, bounds);
        }
        if !seen.insert(event.reference.clone()) {
            let why = "another entry of the statement has the same key, and one was posted";
            return self.find(DifferenceKind::NotPosted, Some(key), Some(net), why);
        }
        self.agree(amount, booking.direction);
        self.post(net.0, net.1, event.at, bounds);
    }

    fn agree(&mut self, amount: Money, direction: Direction) {
        let currency = amount.currency();
        let place = self
            .agreed
            .binary_search_by_key(&currency, |one| one.currency);
        let place = place.unwrap_or_else(|place| {
            let none = Agreed {
                currency,
                entries: 0,
                credits: 0,
                debits: 0,
            };
            self.agreed.insert(place, none);
            place
        });
        let agreed = &mut self.agreed[place];
        agreed.entries += 1;
        let sum = match direction {
            Direction::Credit => &mut agreed.credits,
            Direction::Debit => &mut agreed.debits,
        };
        *sum = sum.saturating_add(amount.minor());
    }

    /// What was notified as booked on the day, and posted, and is not in the statement.
    fn not_stated(&mut self, gathered: &Gathered, known: &Known, seen: &BTreeSet<String>) {
        for booking in gathered.notified.values() {
            let posted = known.event(booking);
            let posted = posted.filter(|event| is_posted(&event.outcome));
            let Some(event) = posted.filter(|event| !seen.contains(&event.reference)) else {
                continue;
            };
            let amount = booking.amount.as_ref().ok();
            let amount = amount.map(|amount| (net(booking, *amount), amount.currency()));
            let why =
                "it was notified as booked on this day and posted, and is not in the statement";
            self.find(
                DifferenceKind::NotStated,
                Some(&event.reference),
                amount,
                why,
            );
        }
    }
}

fn net(booking: &Booking, amount: Money) -> i128 {
    match booking.direction {
        Direction::Credit => i128::from(amount.minor()),
        Direction::Debit => -i128::from(amount.minor()),
    }
}

/// Debit is negative.
fn signed(balance: &Balance) -> Option<(i64, Currency)> {
    let amount = balance.amount.as_ref().ok()?;
    let minor = match balance.direction {
        Direction::Credit => amount.minor(),
        Direction::Debit => -amount.minor(),
    };
    Some((minor, amount.currency()))
}

fn balance(pages: &[AccountReport], kind: &BalanceKind) -> Option<(i64, Currency)> {
    let balances = pages.iter().flat_map(|page| &page.balances);
    balances.filter(|one| one.kind == *kind).find_map(signed)
}

fn last_balance(pages: &[AccountReport]) -> Option<(i64, Currency)> {
    let balances = pages
        .iter()
        .rev()
        .flat_map(|page| page.balances.iter().rev());
    let mut closing = balances.filter(|one| one.kind == BalanceKind::Closing);
    closing.find_map(signed)
}

/// What the booked entries come to.
#[derive(Debug, Default)]
struct Sums {
    credits: i128,
    debits: i128,
    entries: u64,
    unreadable: u64,
}

fn sums(pages: &[AccountReport], currency: Option<Currency>) -> Sums {
    let mut sums = Sums::default();
    let entries = pages.iter().flat_map(|page| &page.entries);
    for entry in entries.filter(|one| one.status == EntryStatus::Booked) {
        sums.entries += 1;
        let amount = entry.amount.as_ref().ok();
        let amount = amount.filter(|one| currency.is_none_or(|wanted| one.currency() == wanted));
        match (amount, entry.direction) {
            (Some(amount), Direction::Credit) => sums.credits += i128::from(amount.minor()),
            (Some(amount), Direction::Debit) => sums.debits += i128::from(amount.minor()),
            (None, _) => sums.unreadable += 1,
        }
    }
    sums
}
