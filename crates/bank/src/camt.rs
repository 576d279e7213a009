//! What the bank says of money that moved: notifications (camt.054) and statements (camt.053),
//! version 2 and later.
//!
//! Both hold entries, and an entry may stand for many transactions (`NtryDtls/TxDtls`), each with
//! its own `EndToEndId`. [`Message::bookings`] lays them out one by one. A booking is notified and
//! stands in the day's statement again: [`Booking::key`] and [`Booking::other_keys`] tell.
//!
//! What differs between versions and banks is settled here: a status as a code (to version 7) or as
//! a choice (from 8), amounts of transactions beside the entry's or among the details, parties with
//! and without `Pty` around them, agents' own namespaces.
//!
//! Sources: ISO 20022 message definition reports camt.053.001.02 to .11 and camt.054.001.02 to .11.

use jiff::civil::Date;
use wattkey_domain::Money;

use crate::amount::AmountError;
use crate::reference::CreditorReference;
use crate::xml::{self, MessageName, ReadError};

mod booking;
mod code;
mod read;

use booking::Seen;
pub use code::TransactionCode;
pub(crate) use read::message;

/// A notification or a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Which of the two.
    pub kind: Kind,
    /// The message's own `MsgId`.
    pub message_id: String,
    /// One per account, and in a statement one per period.
    pub accounts: Vec<AccountReport>,
}

/// Which message it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// camt.053: what an account's day came to.
    Statement,
    /// camt.054: entries, as they are made.
    Notification,
}

/// What a message says of one account (`Stmt`, `Ntfctn`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountReport {
    /// The report's `Id`.
    pub id: String,
    /// The account's number, IBAN or other, as the bank writes it, without spaces.
    pub account: String,
    /// Its number in the year's sequence (`LglSeqNb`, else `ElctrncSeqNb`): a gap is a statement
    /// that did not come.
    pub sequence: Option<u64>,
    /// Whether there are other pages of it (`StmtPgntn`, or `MsgPgntn` of the message).
    pub is_partial: bool,
    /// Balances; notifications have none.
    pub balances: Vec<Balance>,
    /// Its entries.
    pub entries: Vec<Entry>,
}

/// A balance (`Bal`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Balance {
    /// Which one.
    pub kind: BalanceKind,
    /// How much.
    pub amount: Result<Money, AmountError>,
    /// Credit: the account holder has it; debit: owes it.
    pub direction: Direction,
    /// Of which day.
    pub date: Option<Date>,
}

/// Which balance (`Bal/Tp`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BalanceKind {
    /// `OPBD`, or `PRCD`, the previous statement's closing one.
    Opening,
    /// `CLBD`.
    Closing,
    /// Available, forward, interim, or the bank's own.
    Other(String),
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
    /// What sort of booking it is.
    pub code: Option<TransactionCode>,
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
    /// How much was ordered, when it is said here: before charges, in the payer's currency.
    pub instructed: Option<Result<Money, AmountError>>,
    /// To or from the account, when it is said here.
    pub direction: Option<Direction>,
    /// Set when this gives an earlier transaction back (`RtrInf`): the reason's code, or an empty
    /// text when there is none.
    pub returned: Option<String>,
    /// Who is on the other side, when it is said.
    pub counterparty: Counterparty,
    /// The creditor reference (`RmtInf/Strd/CdtrRefInf/Ref`), as it is written.
    pub creditor_reference: Option<String>,
    /// What the payer wrote (`RmtInf/Ustrd`), line by line.
    pub remittance: Vec<String>,
}

/// Name and account on the other side of a transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counterparty {
    /// The name.
    pub name: Option<String>,
    /// The account's number.
    pub account: Option<String>,
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
    /// Names this movement among all of the bank's: the same movement in another message has this
    /// key too, or one of [`Booking::other_keys`]. Made of account, the bank's reference of entry or
    /// transaction (dates where it gives none), direction, amount, `EndToEndId`, and a count where
    /// what is said of the account holds the same twice. A bank that uses its references again does
    /// not make another payment look like this one.
    pub key: String,
    /// Keys that the movement may have in another message: a notification may call it by the
    /// transaction's reference and the statement by the entry's.
    pub other_keys: Vec<String>,
    /// The entry that it is of, where the bank gives that a reference.
    pub whole: Option<Whole>,
    /// The account's number.
    pub account: String,
    /// `EndToEndId`, unless the bank has none.
    pub end_to_end_id: Option<String>,
    /// Creditor references that it carries, structured first, then those in the payer's words. Any
    /// may be a chance hit; the books know which were issued.
    pub creditor_references: Vec<CreditorReference>,
    /// Who is on the other side.
    pub counterparty: Counterparty,
    /// What the payer wrote.
    pub remittance: Vec<String>,
    /// How much.
    pub amount: Result<Money, AmountError>,
    /// To or from the account.
    pub direction: Direction,
    /// Whether it takes an earlier entry back, or gives an earlier transaction back.
    pub reversal: bool,
    /// Code of the reason why it is given back.
    pub return_reason: Option<String>,
    /// What sort of booking it is.
    pub code: Option<TransactionCode>,
    /// Booking date.
    pub booked: Option<Date>,
    /// Value date.
    pub value: Option<Date>,
}

/// An entry as one movement: a message may tell its transactions, and another one the entry alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whole {
    /// Its key where nothing is told of its transactions: the booking's own then.
    pub key: String,
    /// How the keys of its transactions begin, up to the number of minor units.
    pub parts: String,
    /// What all of it comes to.
    pub amount: Money,
}

impl Booking {
    /// All of its keys, its first one first.
    pub fn keys(&self) -> impl Iterator<Item = &String> {
        std::iter::once(&self.key).chain(&self.other_keys)
    }

    /// The entry that it is all of, as far as this message tells.
    #[must_use]
    pub fn as_whole(&self) -> Option<&Whole> {
        self.whole.as_ref().filter(|whole| whole.key == self.key)
    }

    /// Whether this is money that came in and stays: a credit that takes nothing back.
    #[must_use]
    pub fn is_receipt(&self) -> bool {
        self.direction == Direction::Credit && !self.reversal
    }

    /// Whether the bank took something for itself.
    #[must_use]
    pub fn is_charge(&self) -> bool {
        let charge = self.code.as_ref().is_some_and(TransactionCode::is_charge);
        charge && self.direction == Direction::Debit && !self.reversal
    }
}

/// Reads a notification or a statement.
///
/// # Errors
/// When `bytes` is neither, or exceeds a bound. An amount that cannot be taken is an error of its
/// entry only.
pub fn read(bytes: &[u8]) -> Result<Message, ReadError> {
    let (document, place) = xml::read(bytes, &BOTH)?;
    let kind = if place == 0 {
        Kind::Statement
    } else {
        Kind::Notification
    };
    message(&document, kind)
}

/// Reads one of the two only.
pub(crate) fn read_only(bytes: &[u8], kind: Kind) -> Result<Message, ReadError> {
    let names = match kind {
        Kind::Statement => &BOTH[..1],
        Kind::Notification => &BOTH[1..],
    };
    let (document, _) = xml::read(bytes, names)?;
    message(&document, kind)
}

static BOTH: [MessageName; 2] = [name(Kind::Statement), name(Kind::Notification)];

/// How documents name it.
pub(crate) const fn name(kind: Kind) -> MessageName {
    match kind {
        Kind::Statement => MessageName {
            namespace: "camt.053.",
            element: "BkToCstmrStmt",
        },
        Kind::Notification => MessageName {
            namespace: "camt.054.",
            element: "BkToCstmrDbtCdtNtfctn",
        },
    }
}

impl Message {
    /// Every movement of money, in the order of the message. Entries that are not booked, and so
    /// say nothing of money that has moved, are left out.
    #[must_use]
    pub fn bookings(&self) -> Vec<Booking> {
        let mut bookings = Vec::new();
        for account in &self.accounts {
            let mut seen = Seen::default();
            for entry in &account.entries {
                if entry.status == EntryStatus::Booked {
                    bookings.extend(entry.bookings(&account.account, &mut seen));
                }
            }
        }
        bookings
    }
}

impl AccountReport {
    /// What the booked entries leave unexplained between opening and closing balance, in minor
    /// units; nothing when this is one page of several, or the balances cannot be compared.
    #[must_use]
    pub fn unexplained_minor(&self) -> Option<i128> {
        if self.is_partial {
            return None;
        }
        let balance = |kind: &BalanceKind| self.balances.iter().find(|b| b.kind == *kind);
        let opening = balance(&BalanceKind::Opening)?;
        let closing = balance(&BalanceKind::Closing)?;
        let currency = opening.amount.as_ref().ok()?.currency();
        let signed = |amount: &Result<Money, AmountError>, direction| {
            let money = amount.as_ref().ok().filter(|m| m.currency() == currency)?;
            let minor = i128::from(money.minor());
            Some(if direction == Direction::Credit {
                minor
            } else {
                -minor
            })
        };
        let mut left = signed(&closing.amount, closing.direction)?
            - signed(&opening.amount, opening.direction)?;
        for entry in &self.entries {
            if entry.status == EntryStatus::Booked {
                left -= signed(&entry.amount, entry.direction)?;
            }
        }
        Some(left)
    }
}

#[cfg(test)]
mod tests;
