//! Entries that somebody asks for: what others pay into the account, what the bank takes from it.
//!
//! `POST /entries` with JSON, or `wattkey-banksim credit`, `fee` and `debit`. The entry is booked at
//! once and notified as any other, with the faults that are asked for.

use jiff::Zoned;
use jiff::civil::Date;

use crate::answers::{self, Direction, Entry, Origin, Party, Remittance, Role};
use crate::faults::{Fault, Faults};
use crate::message::decimal::Decimal;
use crate::message::rules::decimals;
use crate::store::{KeptEntry, Store};

/// Most characters of a reference.
const MAX_REFERENCE: usize = 35;
/// Most characters of words and names.
const MAX_TEXT: usize = 140;
/// Most characters of an account's number.
const MAX_ACCOUNT: usize = 34;

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// What sort of entry.
    pub kind: EntryKind,
    /// Decimal number.
    pub amount: String,
    /// Its currency.
    pub currency: String,
    /// On which account; without it, that of whoever sent a message last.
    #[serde(default)]
    pub account: Option<String>,
    /// A creditor reference, as structured remittance information.
    #[serde(default)]
    pub reference: Option<String>,
    /// Words, as unstructured remittance information.
    #[serde(default)]
    pub text: Option<String>,
    /// `EndToEndId`.
    #[serde(default)]
    pub end_to_end_id: Option<String>,
    /// Name of the other side.
    #[serde(default)]
    pub party: Option<String>,
    /// Account of the other side.
    #[serde(default)]
    pub party_account: Option<String>,
    /// The value date; without it, today.
    #[serde(default)]
    pub value: Option<Date>,
}

/// What sort of entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EntryKind {
    /// Somebody paid in.
    Credit,
    /// The bank took something for itself.
    Fee,
    /// Somebody collected.
    Debit,
}

impl EntryKind {
    fn name(self) -> &'static str {
        match self {
            Self::Credit => "credit",
            Self::Fee => "fee",
            Self::Debit => "debit",
        }
    }

    fn prefix(self) -> &'static str {
        match self {
            Self::Credit => "CR",
            Self::Fee => "FE",
            Self::Debit => "DB",
        }
    }

    /// Credit transfer received, charges, direct debit received.
    fn code(self) -> [&'static str; 3] {
        match self {
            Self::Credit => ["PMNT", "RCDT", "DMCT"],
            Self::Fee => ["ACMT", "MDOP", "CHRG"],
            Self::Debit => ["PMNT", "RDDT", "BBDD"],
        }
    }
}

/// Why an entry is not booked.
#[derive(Debug, thiserror::Error)]
pub enum AskedError {
    /// What is asked for cannot be.
    #[error("{0}")]
    Malformed(String),
    /// The database fails.
    #[error(transparent)]
    Store(#[from] rusqlite::Error),
}

/// Books what is asked for; the bank's reference of the entry.
///
/// # Errors
/// See [`AskedError`]; then nothing was booked.
pub fn book(
    store: &mut Store,
    faults: &Faults,
    asked: &Asked,
    now: &Zoned,
) -> Result<String, AskedError> {
    check(asked)?;
    let own = match &asked.account {
        Some(account) => Some(account.clone()),
        None => store.own_account()?,
    };
    let account = own.ok_or_else(|| {
        AskedError::Malformed("no message came yet: say which account it is on".to_owned())
    })?;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let kept = KeptEntry {
        kind: asked.kind.name().to_owned(),
        account,
        amount: asked.amount.clone(),
        currency: asked.currency.clone(),
        reference: text(&asked.reference),
        text: text(&asked.text),
    };
    let mut reference = String::new();
    let messages = |number: i64| {
        reference = format!("{}{number:012}", asked.kind.prefix());
        written(asked, &kept, &reference, faults, now)
    };
    store.book(&kept, messages, faults)?;
    tracing::info!(reference, kind = kept.kind, "entry on request");
    Ok(reference)
}

fn written(
    asked: &Asked,
    kept: &KeptEntry,
    reference: &str,
    faults: &Faults,
    now: &Zoned,
) -> Vec<(&'static str, String)> {
    let value = asked.value.map(|day| day.to_string());
    let credit = asked.kind == EntryKind::Credit;
    let entry = Entry {
        reference,
        status: "BOOK",
        direction: if credit {
            Direction::Credit
        } else {
            Direction::Debit
        },
        returned: None,
        code: asked.kind.code(),
        account: &kept.account,
        amount: &kept.amount,
        currency: &kept.currency,
        value: value.as_deref(),
        origin: Origin {
            end_to_end_id: asked.end_to_end_id.as_deref().unwrap_or_default(),
            ..Origin::default()
        },
        party: Party {
            role: if credit { Role::Debtor } else { Role::Creditor },
            name: asked.party.as_deref().unwrap_or_default(),
            account: asked.party_account.as_deref().unwrap_or_default(),
        },
        remittance: Remittance {
            reference: &kept.reference,
            text: &kept.text,
        },
    };
    let id = |letter: char| format!("{letter}{reference}");
    let mut messages = vec![("camt.054", answers::notification(&id('N'), &entry, now))];
    if faults.contains(&Fault::Statement) {
        messages.push(("camt.053", answers::statement(&id('S'), &entry, now)));
    }
    messages
}

fn check(asked: &Asked) -> Result<(), AskedError> {
    let refuse = |what: String| Err(AskedError::Malformed(what));
    let letters = asked.currency.bytes().all(|byte| byte.is_ascii_uppercase());
    if asked.currency.len() != 3 || !letters {
        return refuse(format!("`{}` is no currency", asked.currency));
    }
    let amount = Decimal::parse(&asked.amount, decimals(&asked.currency));
    if amount.is_none_or(|amount| amount <= Decimal::ZERO) {
        let (amount, currency) = (&asked.amount, &asked.currency);
        return refuse(format!("`{amount}` is no amount in {currency}"));
    }
    for (name, text, most) in [
        ("reference", &asked.reference, MAX_REFERENCE),
        ("end-to-end id", &asked.end_to_end_id, MAX_REFERENCE),
        ("text", &asked.text, MAX_TEXT),
        ("name", &asked.party, MAX_TEXT),
        ("account", &asked.account, MAX_ACCOUNT),
        ("other side's account", &asked.party_account, MAX_ACCOUNT),
    ] {
        let Some(text) = text else { continue };
        let length = text.chars().count();
        if !(1..=most).contains(&length) || text.contains(char::is_control) {
            return refuse(format!("the {name} is not 1 to {most} characters"));
        }
    }
    Ok(())
}
