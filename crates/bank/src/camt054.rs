//! The bank's notification of entries: bank to customer debit/credit notification,
//! camt.054.001.02 and later.
//!
//! An entry may stand for many transactions (`NtryDtls/TxDtls`), each with its own `EndToEndId`.
//! [`Notification::bookings`] lays them out one by one.

use jiff::civil::Date;
use wattkey_domain::Money;

use crate::amount::{self, AmountError};
use crate::xml::{self, Element, ReadError};

/// The beginning of the namespaces that are read; the rest is the version.
pub const NAMESPACE: &str = "urn:iso:std:iso:20022:tech:xsd:camt.054.";

/// What a bank says where there is no reference.
const NOT_PROVIDED: &str = "NOTPROVIDED";

/// A notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// The message's own `MsgId`.
    pub message_id: String,
    /// One per account.
    pub accounts: Vec<AccountNotification>,
}

/// Entries of one account (`Ntfctn`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountNotification {
    /// The notification's `Id`.
    pub id: String,
    /// The account's number, IBAN or other, as the bank writes it, without spaces.
    pub account: String,
    /// Its entries.
    pub entries: Vec<Entry>,
}

/// One entry (`Ntry`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The bank's reference of the entry (`AcctSvcrRef`). `NtryRef` is none: it counts the entries
    /// of one message.
    pub reference: Option<String>,
    /// How much.
    pub amount: Result<Money, AmountError>,
    /// To or from the account.
    pub direction: Direction,
    /// Whether it takes an earlier entry back (`RvslInd`).
    pub reversal: bool,
    /// Whether money has moved.
    pub status: EntryStatus,
    /// Booking date.
    pub booked: Option<Date>,
    /// Value date.
    pub value: Option<Date>,
    /// What it consists of; may be empty.
    pub transactions: Vec<Transaction>,
}

/// One transaction of an entry (`TxDtls`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// `EndToEndId`, unless the bank has none.
    pub end_to_end_id: Option<String>,
    /// The bank's reference of the transaction (`AcctSvcrRef`, else `TxId`).
    pub reference: Option<String>,
    /// How much, when it is said here.
    pub amount: Option<Result<Money, AmountError>>,
    /// To or from the account, when it is said here.
    pub direction: Option<Direction>,
    /// Set when this gives an earlier transaction back (`RtrInf`): the reason's code, or an empty
    /// text when there is none.
    pub returned: Option<String>,
}

/// To or from the account (`CdtDbtInd`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The account grows.
    Credit,
    /// The account shrinks.
    Debit,
}

/// Whether money has moved (`Sts`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryStatus {
    /// `BOOK`: it has.
    Booked,
    /// `PDNG`: it will, perhaps.
    Pending,
    /// `INFO`, `FUTR` or the bank's own: it has not.
    Other(String),
}

/// One movement of money, whether it was an entry of its own or one transaction of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booking {
    /// Names this movement among all of the bank's: a movement seen again, here or in a
    /// statement, has the same key. Made of account, reference of the entry (dates where the bank
    /// gives none), direction, amount, `EndToEndId`, and reference or place of the transaction. A
    /// bank that uses its references again does not make another payment look like this one.
    pub key: String,
    /// The account's number.
    pub account: String,
    /// `EndToEndId`, unless the bank has none.
    pub end_to_end_id: Option<String>,
    /// How much.
    pub amount: Result<Money, AmountError>,
    /// To or from the account.
    pub direction: Direction,
    /// Whether it takes an earlier entry back, or gives an earlier transaction back.
    pub reversal: bool,
    /// Code of the reason why it is given back.
    pub return_reason: Option<String>,
    /// Booking date.
    pub booked: Option<Date>,
    /// Value date.
    pub value: Option<Date>,
}

impl Booking {
    /// Whether this is money that came in and stays: a credit that takes nothing back.
    #[must_use]
    pub fn is_receipt(&self) -> bool {
        self.direction == Direction::Credit && !self.reversal
    }
}

/// Reads a notification.
///
/// # Errors
/// When `bytes` is no such message, or exceeds a bound. An amount that cannot be taken is an
/// error of its entry only.
pub fn read(bytes: &[u8]) -> Result<Notification, ReadError> {
    let document = xml::read(bytes, NAMESPACE)?;
    let message = document.required("BkToCstmrDbtCdtNtfctn")?;
    Ok(Notification {
        message_id: message.required("GrpHdr")?.required_text("MsgId")?,
        accounts: message
            .children("Ntfctn")
            .map(account)
            .collect::<Result<_, _>>()?,
    })
}

fn account(element: &Element) -> Result<AccountNotification, ReadError> {
    let id = element.required("Acct")?.required("Id")?;
    let number = id
        .text_at(&["IBAN"])
        .or_else(|| id.text_at(&["Othr", "Id"]));
    let number = number.ok_or(ReadError::Missing {
        parent: "Acct".into(),
        element: "Id",
    })?;
    Ok(AccountNotification {
        id: element.required_text("Id")?,
        account: number.replace(' ', ""),
        entries: element
            .children("Ntry")
            .map(entry)
            .collect::<Result<_, _>>()?,
    })
}

fn entry(element: &Element) -> Result<Entry, ReadError> {
    let details = element.children("NtryDtls");
    Ok(Entry {
        reference: reference(element, &[&["AcctSvcrRef"]]),
        amount: money(element.required("Amt")?),
        direction: direction(element.required("CdtDbtInd")?)?,
        reversal: matches!(element.text_at(&["RvslInd"]).as_deref(), Some("true" | "1")),
        status: status(element.required("Sts")?)?,
        booked: date(element, "BookgDt"),
        value: date(element, "ValDt"),
        transactions: details
            .flat_map(|details| details.children("TxDtls"))
            .map(transaction)
            .collect::<Result<_, _>>()?,
    })
}

fn transaction(element: &Element) -> Result<Transaction, ReadError> {
    // Version 2 has the amount among the details only.
    let amount = element
        .child("Amt")
        .or_else(|| element.at(&["AmtDtls", "TxAmt", "Amt"]));
    let returned = element.child("RtrInf").map(|info| {
        info.text_at(&["Rsn", "Cd"])
            .or_else(|| info.text_at(&["Rsn", "Prtry"]))
            .unwrap_or_default()
    });
    Ok(Transaction {
        end_to_end_id: reference(element, &[&["Refs", "EndToEndId"]]),
        reference: reference(element, &[&["Refs", "AcctSvcrRef"], &["Refs", "TxId"]]),
        amount: amount.map(money),
        direction: element.child("CdtDbtInd").map(direction).transpose()?,
        returned,
    })
}

/// The first of `paths` that holds a reference.
fn reference(element: &Element, paths: &[&[&str]]) -> Option<String> {
    paths
        .iter()
        .filter_map(|path| element.text_at(path))
        .find(|text| text != NOT_PROVIDED)
}

fn money(element: &Element) -> Result<Money, AmountError> {
    match (element.text(), &element.currency) {
        (Some(number), Some(currency)) => amount::parse(number, currency),
        _ => Err(AmountError::Missing),
    }
}

fn direction(element: &Element) -> Result<Direction, ReadError> {
    match element.text() {
        Some("CRDT") => Ok(Direction::Credit),
        Some("DBIT") => Ok(Direction::Debit),
        other => Err(ReadError::Value {
            element: "CdtDbtInd",
            value: other.unwrap_or_default().chars().take(40).collect(),
        }),
    }
}

/// A plain code up to version 7, a choice of code and the bank's own from version 8.
fn status(element: &Element) -> Result<EntryStatus, ReadError> {
    let code = element.text_at(&["Cd"]);
    let plain = element.text().map(str::to_owned);
    match code.or(plain).as_deref() {
        Some("BOOK") => Ok(EntryStatus::Booked),
        Some("PDNG") => Ok(EntryStatus::Pending),
        Some(other) => Ok(EntryStatus::Other(other.to_owned())),
        None => match element.text_at(&["Prtry"]) {
            Some(own) => Ok(EntryStatus::Other(own)),
            None => Err(ReadError::Missing {
                parent: "Ntry".into(),
                element: "Sts",
            }),
        },
    }
}

/// A date, or the date of a time as the bank writes it. One that cannot be read counts as none.
fn date(element: &Element, name: &str) -> Option<Date> {
    let text = element
        .text_at(&[name, "Dt"])
        .or_else(|| element.text_at(&[name, "DtTm"]))?;
    text.get(..10)?.parse().ok()
}

impl Notification {
    /// Every movement of money, in the order of the message. Entries that are not booked, and so
    /// say nothing of money that has moved, are left out.
    #[must_use]
    pub fn bookings(&self) -> Vec<Booking> {
        let mut bookings = Vec::new();
        for account in &self.accounts {
            for entry in &account.entries {
                if entry.status == EntryStatus::Booked {
                    bookings.extend(entry.bookings(&account.account));
                }
            }
        }
        bookings
    }
}

impl Entry {
    fn bookings(&self, account: &str) -> Vec<Booking> {
        if self.transactions.is_empty() {
            return vec![self.booking(account, None, 0)];
        }
        self.transactions
            .iter()
            .enumerate()
            .map(|(place, transaction)| self.booking(account, Some(transaction), place))
            .collect()
    }

    fn booking(&self, account: &str, transaction: Option<&Transaction>, place: usize) -> Booking {
        let returned = transaction.and_then(|transaction| transaction.returned.clone());
        let booking = Booking {
            key: String::new(),
            account: account.to_owned(),
            end_to_end_id: transaction.and_then(|transaction| transaction.end_to_end_id.clone()),
            amount: self.amount_of(transaction),
            direction: transaction
                .and_then(|transaction| transaction.direction)
                .unwrap_or(self.direction),
            reversal: self.reversal || returned.is_some(),
            return_reason: returned.filter(|reason| !reason.is_empty()),
            booked: self.booked,
            value: self.value,
        };
        let own = transaction.and_then(|transaction| transaction.reference.as_deref());
        Booking {
            key: self.key(&booking, own, place),
            ..booking
        }
    }

    /// The transaction's amount; the entry's where it is the entry's only one and has none.
    fn amount_of(&self, transaction: Option<&Transaction>) -> Result<Money, AmountError> {
        match transaction {
            None => self.amount.clone(),
            Some(Transaction {
                amount: Some(amount),
                ..
            }) => amount.clone(),
            Some(_) if self.transactions.len() == 1 => self.amount.clone(),
            Some(_) => Err(AmountError::Missing),
        }
    }

    fn key(&self, booking: &Booking, own: Option<&str>, place: usize) -> String {
        let date = |date: Option<Date>| date.map_or_else(String::new, |d| d.to_string());
        let entry = self
            .reference
            .clone()
            .unwrap_or_else(|| format!("|{}|{}", date(booking.booked), date(booking.value)));
        let amount = booking.amount.as_ref().map_or_else(
            |_| String::new(),
            |money| format!("{}{}", money.currency(), money.minor()),
        );
        let sign = match (booking.direction, booking.reversal) {
            (Direction::Credit, false) => "+",
            (Direction::Debit, false) => "-",
            (Direction::Credit, true) => "+back ",
            (Direction::Debit, true) => "-back ",
        };
        let account = &booking.account;
        let order = booking.end_to_end_id.as_deref().unwrap_or_default();
        let place = own.map_or_else(|| format!("#{place}"), str::to_owned);
        format!("{account}|{entry}|{sign}{amount}|{order}|{place}")
    }
}

#[cfg(test)]
mod tests;
