//! Deposits, standing instructions, and what users may spend.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use wattkey_domain::{
    AccountId, Balance, BillId, Currency, CustomerId, InstructionId, Quoting, UserId,
};

use crate::StoreError;
use crate::database::{DatabaseError, Row, Session, Value};
use crate::engine::SPENT;
use crate::engine::standing::Candidate;
use crate::outcome::StandingTerms;
use crate::read::viewer::Viewer;
use crate::read::{MalformedCursor, Page, page};

/// The deposit of a contract account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deposit {
    /// The contract account.
    pub account: AccountId,
    /// Of the balance.
    pub currency: Currency,
    /// What is in it; below zero when a debit that funded it was returned.
    pub balance: Balance,
}

/// What a user may spend, in minor units, and what of it is used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// What the orders of a day may come to.
    pub day: Option<i64>,
    /// What one order may come to without another person's approval.
    pub alone: Option<i64>,
    /// What the orders of today come to.
    pub used: i64,
}

/// A standing instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstructionRecord {
    /// Its id.
    pub instruction: InstructionId,
    /// SHA-256 of the payload that was signed.
    pub digest: [u8; 32],
    /// Who signed it.
    pub user: UserId,
    /// The name of that user.
    pub user_name: String,
    /// What it says.
    pub terms: StandingTerms,
    /// When it was taken in.
    pub at: Timestamp,
    /// Its end, when it was ended.
    pub ended: Option<InstructionEnded>,
}

/// The end of a standing instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstructionEnded {
    /// SHA-256 of the payload that was signed.
    pub digest: [u8; 32],
    /// Who signed it.
    pub user: UserId,
    /// The name of that user.
    pub user_name: String,
    /// When it was taken in.
    pub at: Timestamp,
}

/// A standing instruction as it was signed, and its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstructionDocument {
    /// Its id.
    pub instruction: InstructionId,
    /// Who signed it.
    pub user: UserId,
    /// The compact JWS, exactly as it came.
    pub jws: String,
    /// Who signed its end, and that compact JWS.
    pub end: Option<(UserId, String)>,
}

/// Standing instructions of all customers after one of them, by id, as they were signed.
pub(crate) fn documents(
    session: &mut dyn Session,
    after: Option<InstructionId>,
    limit: u32,
) -> Result<Vec<InstructionDocument>, StoreError> {
    let after = after.map_or(String::new(), |id| id.to_string());
    let rows = session.query(
        "SELECT id, standing_instructions.user_id, standing_instructions.jws,
                standing_ends.user_id, standing_ends.jws
         FROM standing_instructions LEFT JOIN standing_ends ON instruction = id
         WHERE id > $1 ORDER BY id LIMIT $2",
        &[after.into(), limit.into()],
    )?;
    let documents = rows.iter().map(|row| {
        let ender = row.optional(3, Row::parsed)?;
        let end = ender.map(|user| Ok::<_, DatabaseError>((user, row.string(4)?)));
        Ok(InstructionDocument {
            instruction: row.parsed(0)?,
            user: row.parsed(1)?,
            jws: row.string(2)?,
            end: end.transpose()?,
        })
    });
    Ok(documents.collect::<Result<_, DatabaseError>>()?)
}

pub(crate) fn of_customer(
    session: &mut dyn Session,
    customer: CustomerId,
) -> Result<Vec<Deposit>, StoreError> {
    let rows = session.query(
        "SELECT deposits.account, deposits.currency, deposits.balance
         FROM accounts JOIN deposits ON deposits.account = accounts.id
         WHERE accounts.customer = $1 ORDER BY deposits.account",
        &[Value::text(customer)],
    )?;
    let deposits = rows.iter().map(|row| {
        let currency = row.parsed(1)?;
        Ok(Deposit {
            account: row.parsed(0)?,
            currency,
            balance: balance(row, 2, currency)?,
        })
    });
    Ok(deposits.collect::<Result<_, DatabaseError>>()?)
}

fn balance(row: &Row, column: usize, currency: Currency) -> Result<Balance, DatabaseError> {
    let wrong = |error| DatabaseError::unreadable(column, error);
    Balance::new(row.int(column)?, currency).map_err(wrong)
}

pub(crate) fn limits(
    session: &mut dyn Session,
    user: UserId,
    now: Timestamp,
    quoting: &Quoting,
) -> Result<Limits, StoreError> {
    let sql = "SELECT customer, day_limit, alone_limit FROM users WHERE id = $1";
    let Some(row) = session.query_one(sql, &[Value::text(user)])? else {
        return Ok(Limits::default());
    };
    let customer: CustomerId = row.parsed(0)?;
    let day = quoting
        .day(now)
        .map_err(|error| StoreError::Refused(format!("the day of {now}: {error}")))?;
    let params = [
        Value::texts([customer]),
        Value::texts([user]),
        day.start.as_second().into(),
        day.end.as_second().into(),
    ];
    let used = session.query_one(SPENT, &params)?;
    Ok(Limits {
        day: row.optional(1, Row::int)?,
        alone: row.optional(2, Row::int)?,
        used: used.map_or(Ok(0), |used| used.int(1))?,
    })
}

/// A place in the list of standing instructions: when the last one that was seen was taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InstructionCursor {
    at: Timestamp,
    instruction: InstructionId,
}

impl fmt::Display for InstructionCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}~{}", self.at.as_second(), self.instruction)
    }
}

impl FromStr for InstructionCursor {
    type Err = MalformedCursor;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (at, instruction) = text.split_once('~').ok_or(MalformedCursor)?;
        let at = at.parse().map_err(|_| MalformedCursor)?;
        Ok(Self {
            at: Timestamp::from_second(at).map_err(|_| MalformedCursor)?,
            instruction: instruction.parse().map_err(|_| MalformedCursor)?,
        })
    }
}

const INSTRUCTION: &str =
    "SELECT kept.id, kept.digest, kept.user_id, signers.name, kept.deposit, kept.most,
            kept.keep, kept.currency, kept.valid_from, kept.valid_until, kept.at,
            standing_ends.digest, standing_ends.user_id, enders.name, standing_ends.at
     FROM standing_instructions AS kept
     JOIN users AS signers ON signers.id = kept.user_id
     LEFT JOIN standing_ends ON standing_ends.instruction = kept.id
     LEFT JOIN users AS enders ON enders.id = standing_ends.user_id
     WHERE kept.customer = $1";

pub(crate) fn instructions(
    session: &mut dyn Session,
    customer: CustomerId,
) -> Result<Vec<InstructionRecord>, StoreError> {
    let sql = format!("{INSTRUCTION} ORDER BY kept.at, kept.id");
    let rows = session.query(&sql, &[Value::text(customer)])?;
    records(session, &rows)
}

pub(crate) fn instructions_page(
    session: &mut dyn Session,
    viewer: &Viewer,
    after: Option<&InstructionCursor>,
    limit: u32,
) -> Result<Page<InstructionRecord>, StoreError> {
    let (at, id) = after.map_or((-1, String::new()), |after| {
        (after.at.as_second(), after.instruction.to_string())
    });
    let mut params = vec![
        Value::text(viewer.customer),
        at.into(),
        id.into(),
        (limit + 1).into(),
    ];
    let seen = viewer.sees_instruction(&mut params);
    let sql = format!(
        "{INSTRUCTION} AND (kept.at, kept.id) > ($2, $3) AND {seen}
         ORDER BY kept.at, kept.id LIMIT $4"
    );
    let rows = session.query(&sql, &params)?;
    let records = records(session, &rows)?;
    Ok(page(records, limit, |last| {
        let (at, instruction) = (last.at, last.instruction);
        InstructionCursor { at, instruction }.to_string()
    }))
}

pub(crate) fn instruction_of(
    session: &mut dyn Session,
    customer: CustomerId,
    id: InstructionId,
) -> Result<Option<InstructionRecord>, StoreError> {
    let sql = format!("{INSTRUCTION} AND kept.id = $2");
    let rows = session.query(&sql, &[Value::text(customer), Value::text(id)])?;
    Ok(records(session, &rows)?.pop())
}

/// Rows of [`INSTRUCTION`] with their accounts.
fn records(session: &mut dyn Session, rows: &[Row]) -> Result<Vec<InstructionRecord>, StoreError> {
    let mut records = rows
        .iter()
        .map(instruction)
        .collect::<Result<Vec<_>, _>>()?;
    let places = records
        .iter()
        .map(|record| record.instruction)
        .zip(0_usize..);
    let places: HashMap<InstructionId, usize> = places.collect();
    let ids = Value::texts(places.keys());
    let accounts = "SELECT instruction, account FROM standing_accounts
        WHERE instruction = ANY($1) ORDER BY instruction, position";
    for row in session.query(accounts, &[ids])? {
        if let Some(place) = places.get(&row.parsed(0)?) {
            records[*place].terms.accounts.push(row.parsed(1)?);
        }
    }
    Ok(records)
}

fn instruction(row: &Row) -> Result<InstructionRecord, DatabaseError> {
    let currency = row.parsed(7)?;
    let money = |row, column| Row::money(row, column, currency);
    let ended = row.optional(11, Row::array)?.map(|digest| {
        Ok::<_, DatabaseError>(InstructionEnded {
            digest,
            user: row.parsed(12)?,
            user_name: row.optional(13, Row::string)?.unwrap_or_default(),
            at: row.time(14)?,
        })
    });
    Ok(InstructionRecord {
        instruction: row.parsed(0)?,
        digest: row.array(1)?,
        user: row.parsed(2)?,
        user_name: row.string(3)?,
        terms: StandingTerms {
            deposit: row.parsed(4)?,
            accounts: Vec::new(),
            most: row.optional(5, money)?,
            keep: row.money(6, currency)?,
            currency,
            from: row.parsed(8)?,
            until: row.optional(9, Row::parsed)?,
        },
        at: row.time(10)?,
        ended: ended.transpose()?,
    })
}

/// A place in the list of bills that deposits may pay.
pub(crate) type Place = (String, String, String);

/// Bills that deposits may pay today, the oldest due first; and the place after the last.
pub(crate) fn candidates(
    session: &mut dyn Session,
    today: Date,
    after: &Place,
    limit: u32,
) -> Result<(Vec<Candidate>, Option<Place>), StoreError> {
    let (due, bill, instruction) = after;
    let rows = session.query(
        "SELECT kept.id, bills.id, bills.due, kept.deposit
         FROM standing_instructions AS kept
         JOIN deposits ON deposits.account = kept.deposit AND deposits.currency = kept.currency
         JOIN standing_accounts ON standing_accounts.instruction = kept.id
         JOIN bills ON bills.account = standing_accounts.account
             AND bills.currency = kept.currency AND bills.open_minor > 0
         WHERE kept.valid_from <= $1 AND (kept.valid_until IS NULL OR kept.valid_until >= $1)
         AND NOT EXISTS (SELECT 1 FROM standing_ends WHERE standing_ends.instruction = kept.id)
         AND bills.due <= $1 AND bills.open_minor <= deposits.balance - kept.keep
         AND (kept.most IS NULL OR bills.open_minor <= kept.most)
         AND (bills.due, bills.id, kept.id) > ($2, $3, $4)
         ORDER BY bills.due, bills.id, kept.id LIMIT $5",
        &[
            Value::text(today),
            due.into(),
            bill.into(),
            instruction.into(),
            limit.into(),
        ],
    )?;
    let last = rows.last().filter(|_| rows.len() >= limit as usize);
    let place =
        last.map(|row| Ok::<_, DatabaseError>((row.string(2)?, row.string(1)?, row.string(0)?)));
    let candidates = rows.iter().map(|row| {
        Ok(Candidate {
            instruction: row.parsed(0)?,
            bill: row.parsed::<BillId>(1)?,
            deposit: row.parsed(3)?,
        })
    });
    let candidates = candidates.collect::<Result<_, DatabaseError>>()?;
    Ok((candidates, place.transpose()?))
}
