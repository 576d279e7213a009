//! What banks and the marketing system send.

use crate::Outcome;
use crate::fixtures::now;
use wattkey_bank::account::{Account, Agent};
use wattkey_bank::calendar::Calendar;
use wattkey_bank::camt;
use wattkey_bank::identifier::Identifier;
use wattkey_bank::message::Message;
use wattkey_bank::pain008::{self, CollectionRequest, Creditor, Mandate, Party};
use wattkey_bank::reference::CreditorReference;
use wattkey_bank::text::CharacterSet;
use wattkey_banksim::message::{Received, receive};
use wattkey_domain::{BillDocument, Currency, Money};
use wattkey_store::Record;

pub(crate) fn pain002(bytes: &[u8]) -> Outcome {
    let report = wattkey_bank::pain002::read(bytes);
    if let Ok(report) = &report {
        for outcome in report.outcomes() {
            let _ = (outcome.status.is_rejected(), outcome.status.code());
        }
    }
    Outcome::of(&report)
}

pub(crate) fn camt054(bytes: &[u8]) -> Outcome {
    let notification = wattkey_bank::camt054::read(bytes);
    if let Ok(notification) = &notification {
        for booking in notification.bookings() {
            let _ = booking.is_receipt();
        }
    }
    Outcome::of(&notification)
}

pub(crate) fn camt053(bytes: &[u8]) -> Outcome {
    let statement = wattkey_bank::camt053::read(bytes);
    if let Ok(statement) = &statement {
        looked_at(statement);
    }
    Outcome::of(&statement)
}

/// Whatever comes into the bank's folder.
pub(crate) fn bank_message(bytes: &[u8]) -> Outcome {
    let message = wattkey_bank::message::read(bytes);
    if let Ok(Message::Entries(entries)) = &message {
        looked_at(entries);
    }
    Outcome::of(&message)
}

fn looked_at(message: &camt::Message) {
    for account in &message.accounts {
        let _ = account.unexplained_minor();
    }
    let bookings = message.bookings();
    for booking in &bookings {
        assert!(!booking.key.is_empty());
        assert!(!booking.other_keys.contains(&booking.key));
    }
}

/// What a person types as a reference, or writes around one.
pub(crate) fn creditor_reference(bytes: &[u8]) -> Outcome {
    let text = String::from_utf8_lossy(bytes);
    for found in CreditorReference::all_in(&text) {
        assert_eq!(found.as_str().parse(), Ok(found.clone()));
    }
    let read = text.trim_end_matches('\n').parse::<CreditorReference>();
    if let Ok(reference) = &read {
        assert_eq!(reference.printed().parse(), Ok(reference.clone()));
    }
    Outcome::of(&read)
}

/// The list of days on which the bank is closed.
pub(crate) fn banking_days(bytes: &[u8]) -> Outcome {
    let calendar = Calendar::default().with_days(&String::from_utf8_lossy(bytes));
    if let Ok(calendar) = &calendar {
        let zone = jiff::tz::TimeZone::UTC;
        if let Ok(day) = calendar.next_execution_day(now(), &zone) {
            assert!(calendar.is_banking_day(day));
        }
    }
    Outcome::of(&calendar)
}

pub(crate) fn bill_document(bytes: &[u8]) -> Outcome {
    let document = BillDocument::parse(bytes);
    if let Ok(document) = &document {
        let lines: i64 = document.lines.iter().map(|line| line.amount.minor()).sum();
        assert_eq!(lines, document.total.minor());
        let parts = document.revenue.minor() + document.tax.minor() + document.levies.minor();
        assert_eq!(parts, document.total.minor());
        assert!(document.due >= document.issued);
    }
    Outcome::of(&document)
}

/// An amount in decimal notation, in currencies of no and of two digits.
pub(crate) fn amount(bytes: &[u8]) -> Outcome {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Outcome::Refused;
    };
    let text = text.trim_end_matches('\n');
    let mut outcome = Outcome::Refused;
    for currency in [Currency::CNY, Currency::JPY] {
        if let Ok(money) = Money::from_decimal(text, currency) {
            assert_eq!(
                Money::from_decimal(&money.to_decimal(), currency),
                Ok(money)
            );
            outcome = Outcome::Read;
        }
    }
    outcome
}

/// What the bank stand-in takes for a collection; a message that it refuses by the rules is read too.
pub(crate) fn collection(bytes: &[u8]) -> Outcome {
    let received = receive(bytes);
    if let Ok(Received::Sound(message)) = &received {
        assert!((1..=35).contains(&message.id.chars().count()));
        assert!(!message.payments.is_empty());
    }
    match received {
        Ok(Received::Sound(_)) => Outcome::Read,
        Ok(Received::Broken { .. }) | Err(_) => Outcome::Refused,
    }
}

/// Names and bill ids of any characters: what the creditor writes, the bank takes.
pub(crate) fn collection_names(bytes: &[u8]) -> Outcome {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.lines();
    let mut name = || lines.next().unwrap_or_default().to_owned();
    let (creditor, debtor) = (name(), name());
    let bills: Vec<String> = lines.map(str::to_owned).collect();
    for characters in [CharacterSet::Latin, CharacterSet::Unicode] {
        let request = request(&creditor, &debtor, &bills, characters);
        let written = pain008::write(&request).expect("amount and dates are good");
        let received = receive(&written).expect("well-formed");
        assert!(matches!(received, Received::Sound(_)), "{received:?}");
    }
    Outcome::Read
}

fn request(
    creditor: &str,
    debtor: &str,
    bills: &[String],
    characters: CharacterSet,
) -> CollectionRequest {
    let identifier = |text| Identifier::new(text).expect("an identifier");
    let party = |name: &str, account| Party {
        name: name.to_owned(),
        account: Account::new(account).expect("an account"),
        agent: Agent::NotProvided,
    };
    CollectionRequest {
        reference: identifier("WK7d3f0b8e3a524d0c9a416f2b8f0f1c11"),
        created: now(),
        collection_date: jiff::civil::date(2026, 11, 24),
        creditor: Creditor {
            party: party(creditor, "DE89370400440532013000"),
            scheme_id: identifier("CN98ZZZ09999999999"),
        },
        debtor: party(debtor, "GB33BUKB20201555555555"),
        mandate: Mandate {
            id: identifier("M-0001"),
            signed: jiff::civil::date(2025, 1, 31),
        },
        amount: Money::new(1_236_969, Currency::CNY).expect("an amount"),
        bills: bills.to_vec(),
        characters,
    }
}

/// A message that the bank takes, as a seed.
#[must_use]
pub fn collection_message() -> Vec<u8> {
    let bills = ["B-202608-0001".to_owned()];
    let request = request(
        "Example Power",
        "Example Steel",
        &bills,
        CharacterSet::Latin,
    );
    pain008::write(&request).expect("amount and dates are good")
}

/// A line of the platform's import file.
pub(crate) fn import_record(bytes: &[u8]) -> Outcome {
    let record = Record::parse(bytes);
    if let Ok(record) = &record {
        assert!(!record.name().is_empty());
    }
    Outcome::of(&record)
}
