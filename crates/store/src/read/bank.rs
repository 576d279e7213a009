//! What the bank said, as it is kept: whole messages, and what came of each thing in them.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::Date;
use wattkey_domain::{Item, Money};

use crate::StoreError;
use crate::database::{DatabaseError, Row, Session, Value};
use crate::engine;
use crate::outcome::Debtor;

/// The number of the last message of the bank that was taken in.
pub(crate) fn cursor(session: &mut dyn Session) -> Result<u64, DatabaseError> {
    let row = session.query_one("SELECT position FROM bank_cursor", &[])?;
    row.map_or(Ok(0), |row| row.count(0))
}

/// The bytes of a message of the bank that was taken in.
pub(crate) fn message(
    session: &mut dyn Session,
    number: u64,
) -> Result<Option<Vec<u8>>, DatabaseError> {
    let sql = "SELECT body FROM bank_messages WHERE number = $1";
    let row = session.query_one(sql, &[number.into()])?;
    row.map(|row| Ok(row.bytes(0)?.to_vec())).transpose()
}

/// What came of a report of the bank that moved money of our account.
pub const BANK_OUTCOMES_POSTED: [&str; 4] = ["moved", "credited", "unmatched", "fee-posted"];

/// A message of the bank, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptBankMessage {
    /// Its number.
    pub number: u64,
    /// Its exact bytes.
    pub body: Vec<u8>,
}

/// Something that the bank said, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptBankEvent {
    /// The reference under which it is kept.
    pub reference: String,
    /// What happened, by its name in the journal or on the wire.
    pub event: String,
    /// The amount, where the message has one.
    pub amount: Option<Money>,
    /// What came of it: `moved`, `unknown-order`, ….
    pub outcome: String,
    /// When it was taken in.
    pub at: Timestamp,
    /// The order that it is about.
    pub order: Option<String>,
    /// The resolution that sends money back, that it is about.
    pub sent_back: Option<String>,
}

/// The first message after a number that was taken in between two times.
pub(crate) fn message_between(
    session: &mut dyn Session,
    after: u64,
    from: Timestamp,
    until: Timestamp,
) -> Result<Option<KeptBankMessage>, StoreError> {
    let row = session.query_one(
        "SELECT number, body FROM bank_messages
         WHERE number > $1 AND at >= $2 AND at < $3 ORDER BY number LIMIT 1",
        &[
            after.into(),
            from.as_second().into(),
            until.as_second().into(),
        ],
    )?;
    let message = row.map(|row| {
        Ok(KeptBankMessage {
            number: row.count(0)?,
            body: row.bytes(1)?.to_vec(),
        })
    });
    message.transpose()
}

/// What was only listed of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// Its name as something that waits for a person.
    pub item: Item,
    /// Why.
    pub why: String,
}

/// What was only listed of messages, by the bank's reference.
pub(crate) fn remarks(
    session: &mut dyn Session,
    messages: &[u64],
) -> Result<HashMap<String, Remark>, StoreError> {
    let numbers = messages.iter().map(|number| i64::try_from(*number));
    let numbers = numbers.collect::<Result<_, _>>().unwrap_or_default();
    let rows = session.query(
        "SELECT reference, message, position, why FROM bank_listed
         WHERE message = ANY($1) AND reference IS NOT NULL ORDER BY message, position",
        &[Value::Ints(numbers)],
    )?;
    let remarks = rows.iter().map(|row| {
        let item = Item::Listed {
            message: row.count(1)?,
            position: row.count(2)?,
        };
        let why = row.string(3)?;
        Ok((row.string(0)?, Remark { item, why }))
    });
    remarks.collect()
}

/// What came of things that the bank calls by these references, whichever of its names is kept.
/// The answer is by the references as they were given.
pub(crate) fn events(
    session: &mut dyn Session,
    references: &[String],
) -> Result<HashMap<String, KeptBankEvent>, StoreError> {
    let keys = Value::texts(references.iter().map(|one| engine::bank::key(one)));
    let rows = session.query(
        "SELECT reference, reference, event, amount, currency, outcome, at, order_id,
                return_id
         FROM bank_events
         WHERE reference = ANY($1)
         UNION ALL
         SELECT alias, bank_events.reference, event, amount, currency, outcome, at, order_id,
                return_id
         FROM bank_aliases JOIN bank_events ON bank_events.reference = bank_aliases.reference
         WHERE alias = ANY($1)",
        &[keys],
    )?;
    let mut found = HashMap::new();
    for row in &rows {
        found.insert(row.string(0)?, event(row, 1)?);
    }
    let of = |reference: &String| {
        let event = found.get(&engine::bank::key(reference))?;
        Some((reference.clone(), event.clone()))
    };
    Ok(references.iter().filter_map(of).collect())
}

/// What the bank said under references that begin so, up to a number: the sum of its amounts, in minor
/// units.
pub(crate) fn sum_under(session: &mut dyn Session, begins: &str) -> Result<i64, StoreError> {
    // The character after the digits.
    let end = format!("{begins}:");
    let row = session.query_one(
        "SELECT CAST(coalesce(sum(amount), 0) AS BIGINT) FROM bank_events
         WHERE reference > $1 AND reference < $2",
        &[begins.into(), (&end).into()],
    )?;
    Ok(row.map_or(Ok(0), |row| row.int(0))?)
}

/// A credit that came by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptCredit {
    /// The bank's value date, up to which penalties are counted.
    pub value: Date,
    /// Who paid and the payer's words, of what waits, or waited, as a receipt.
    pub receipt: Option<(Debtor, Option<String>)>,
}

/// Credits, by the references under which they are kept.
pub(crate) fn credits(
    session: &mut dyn Session,
    references: &[String],
) -> Result<HashMap<String, KeptCredit>, StoreError> {
    let rows = session.query(
        "SELECT reference, value, 1, debtor_name, debtor_account, text FROM unmatched_receipts
         WHERE reference = ANY($1)
         UNION ALL
         SELECT reference, value, 0, NULL, NULL, NULL FROM credits WHERE reference = ANY($1)",
        &[Value::texts(references)],
    )?;
    let credits = rows.iter().map(|row| {
        let debtor = Debtor {
            name: row.optional(3, Row::string)?,
            account: row.optional(4, Row::string)?,
        };
        let text = row.optional(5, Row::string)?;
        let credit = KeptCredit {
            value: row.parsed(1)?,
            receipt: (row.int(2)? == 1).then_some((debtor, text)),
        };
        Ok((row.string(0)?, credit))
    });
    credits.collect()
}

/// The references of all that the bank said, after one of them, in order.
pub(crate) fn references(
    session: &mut dyn Session,
    after: &str,
    limit: usize,
) -> Result<Vec<String>, StoreError> {
    let rows = session.query(
        "SELECT reference FROM bank_events WHERE reference > $1 ORDER BY reference LIMIT $2",
        &[after.into(), limit.into()],
    )?;
    let references = rows.iter().map(|row| row.string(0));
    Ok(references.collect::<Result<_, _>>()?)
}

fn event(row: &Row, first: usize) -> Result<KeptBankEvent, DatabaseError> {
    let amount = match row.optional(first + 3, Row::parsed)? {
        Some(currency) => row.optional(first + 2, |row, column| row.money(column, currency))?,
        None => None,
    };
    Ok(KeptBankEvent {
        reference: row.string(first)?,
        event: row.string(first + 1)?,
        amount,
        outcome: row.string(first + 4)?,
        at: row.time(first + 5)?,
        order: row.optional(first + 6, Row::string)?,
        sent_back: row.optional(first + 7, Row::string)?,
    })
}
