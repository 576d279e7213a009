//! From entries to movements of money, each with the keys under which it is known again.

use std::collections::HashMap;

use jiff::civil::Date;
use wattkey_domain::Money;

use super::{Booking, Counterparty, Direction, Entry, Transaction, Whole};
use crate::amount::AmountError;
use crate::identifier::as_we_write;
use crate::reference::CreditorReference;

/// How often one report of an account holds movements that look the same. They are counted under
/// each reference by itself: a statement holds all of a day, each notification perhaps one of them,
/// and what has a reference of its own is the first under it in both.
#[derive(Debug, Default)]
pub(super) struct Seen(HashMap<String, u32>);

impl Seen {
    /// The key with its count.
    fn key(&mut self, looks: &str) -> String {
        format!("{looks}|{}", self.count(looks))
    }

    fn count(&mut self, looks: &str) -> u32 {
        let count = self.0.entry(looks.to_owned()).or_default();
        *count += 1;
        *count
    }
}

impl Entry {
    pub(super) fn bookings(&self, account: &str, seen: &mut Seen) -> Vec<Booking> {
        let in_part = self.unexplained_minor().is_some_and(|minor| minor != 0);
        let whole = self.whole(account, seen);
        let mut booking = |transaction: Option<&Transaction>| {
            let booking = self.booking(account, transaction);
            let own = Own {
                reference: transaction.and_then(|transaction| transaction.reference.as_deref()),
                in_part,
            };
            let mut keys = self.keys(account, &what(&booking), own, seen).into_iter();
            let key = keys.next().unwrap_or_default();
            let whole = whole.clone().map(|(looks, whole)| Whole {
                // Its own, where it is told as the entry is: it need not be the first that looks so.
                key: if is_counted(&key, &looks) {
                    key.clone()
                } else {
                    whole.key
                },
                ..whole
            });
            Booking {
                key,
                other_keys: keys.collect(),
                whole,
                ..booking
            }
        };
        if self.transactions.is_empty() {
            return vec![booking(None)];
        }
        self.transactions
            .iter()
            .map(|transaction| booking(Some(transaction)))
            .collect()
    }

    /// The entry as one movement, and what that looks like; nothing when the bank gives it no reference
    /// or no amount.
    fn whole(&self, account: &str, seen: &mut Seen) -> Option<(String, Whole)> {
        let (reference, amount) = (self.reference.as_deref()?, self.amount.clone().ok()?);
        let all = self.booking(account, None);
        let looks = format!("{account}|{reference}|{}", what(&all));
        let count = seen.count(&format!("entry {looks}"));
        let whole = Whole {
            key: format!("{looks}|{count}"),
            parts: format!("{account}|{reference}|{}{}", sign(&all), amount.currency()),
            amount,
        };
        Some((looks, whole))
    }

    /// All but its keys.
    fn booking(&self, account: &str, transaction: Option<&Transaction>) -> Booking {
        let returned = transaction.and_then(|transaction| transaction.returned.clone());
        Booking {
            key: String::new(),
            other_keys: Vec::new(),
            whole: None,
            account: account.to_owned(),
            end_to_end_id: transaction.and_then(|transaction| transaction.end_to_end_id.clone()),
            creditor_references: transaction.map_or_else(Vec::new, creditor_references),
            counterparty: transaction.map_or_else(Counterparty::default, |transaction| {
                transaction.counterparty.clone()
            }),
            remittance: transaction
                .map_or_else(Vec::new, |transaction| transaction.remittance.clone()),
            amount: self.amount_of(transaction),
            direction: transaction
                .and_then(|transaction| transaction.direction)
                .unwrap_or(self.direction),
            reversal: self.reversal || returned.is_some(),
            return_reason: returned.filter(|reason| !reason.is_empty()),
            code: self.code.clone(),
            booked: self.booked,
            value: self.value,
        }
    }

    /// What a transaction moved on the account. Of an entry's only one that is what the entry says,
    /// unless the bank has another amount of it in the same currency: what was ordered may be in the
    /// payer's, and before charges.
    fn amount_of(&self, transaction: Option<&Transaction>) -> Result<Money, AmountError> {
        let Some(transaction) = transaction else {
            return self.amount.clone();
        };
        let said = transaction.amount.as_ref();
        if self.transactions.len() == 1 {
            let is_ours = |amount: &&Result<Money, AmountError>| {
                let currency =
                    |amount: &Result<Money, AmountError>| amount.as_ref().ok().map(Money::currency);
                amount.is_ok() && currency(amount) == currency(&self.amount)
            };
            return said.filter(is_ours).unwrap_or(&self.amount).clone();
        }
        let said = said.or(transaction.instructed.as_ref());
        said.cloned().unwrap_or(Err(AmountError::Missing))
    }

    /// What its transactions leave unexplained of it, in minor units; nothing when it has none, or
    /// their amounts cannot be compared.
    #[must_use]
    pub fn unexplained_minor(&self) -> Option<i128> {
        if self.transactions.is_empty() {
            return None;
        }
        let currency = self.amount.as_ref().ok()?.currency();
        let signed = |amount: &Result<Money, AmountError>, direction: Direction| {
            let money = amount.as_ref().ok().filter(|m| m.currency() == currency)?;
            let minor = i128::from(money.minor());
            Some(if direction == self.direction {
                minor
            } else {
                -minor
            })
        };
        let mut left = signed(&self.amount, self.direction)?;
        for one in &self.transactions {
            left -= signed(
                &self.amount_of(Some(one)),
                one.direction.unwrap_or(self.direction),
            )?;
        }
        Some(left)
    }

    /// One key per reference that the bank gives, the entry's first. Without any, its dates.
    ///
    /// Of an entry that is told in part the rest comes in other messages under the same reference: there
    /// it names a transaction together with the transaction's own one only.
    fn keys(&self, account: &str, what: &str, own: Own<'_>, seen: &mut Seen) -> Vec<String> {
        let looks = |reference: &str| format!("{account}|{reference}|{what}");
        let of_entry = self.reference.as_deref();
        let of_its_own = own.reference.filter(|own| Some(*own) != of_entry);
        let mut keys = Vec::new();
        if let Some(reference) = of_entry {
            let looks = looks(reference);
            keys.push(match of_its_own.filter(|_| own.in_part) {
                Some(own) => format!("{looks}|of {own}"),
                None => seen.key(&looks),
            });
        }
        if let Some(own) = of_its_own {
            keys.push(seen.key(&looks(own)));
        }
        if keys.is_empty() {
            let date = |date: Option<Date>| date.map_or_else(String::new, |d| d.to_string());
            let dates = format!("|{}|{}", date(self.booked), date(self.value));
            keys.push(seen.key(&looks(&dates)));
        }
        keys
    }
}

/// How the bank calls a transaction.
#[derive(Clone, Copy)]
struct Own<'r> {
    /// Its own reference.
    reference: Option<&'r str>,
    /// Whether its entry has others that this message does not tell.
    in_part: bool,
}

/// What moved, in words that every message has for it.
fn what(booking: &Booking) -> String {
    let amount = booking.amount.as_ref().map_or_else(
        |_| String::new(),
        |money| format!("{}{}", money.currency(), money.minor()),
    );
    let order = as_we_write(booking.end_to_end_id.as_deref().unwrap_or_default());
    format!("{}{amount}|{order}", sign(booking))
}

fn sign(booking: &Booking) -> &'static str {
    match (booking.direction, booking.reversal) {
        (Direction::Credit, false) => "+",
        (Direction::Debit, false) => "-",
        (Direction::Credit, true) => "+back ",
        (Direction::Debit, true) => "-back ",
    }
}

/// Whether a key is of what looks so, with its count.
fn is_counted(key: &str, looks: &str) -> bool {
    let count = key.strip_prefix(looks);
    count.is_some_and(|count| count.starts_with('|'))
}

fn creditor_references(transaction: &Transaction) -> Vec<CreditorReference> {
    let mut found: Vec<CreditorReference> = transaction
        .creditor_reference
        .iter()
        .filter_map(|text| text.parse().ok())
        .collect();
    // A reference may be broken over two lines.
    for candidate in CreditorReference::all_in(&transaction.remittance.join("")) {
        if !found.contains(&candidate) {
            found.push(candidate);
        }
    }
    found
}
