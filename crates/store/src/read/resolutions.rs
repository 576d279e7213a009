//! What waits for a person, and what managers made of it.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::Date;
use wattkey_domain::{Item, Money, OrderId, OrderState, ResolutionId, UserId};

use crate::StoreError;
use crate::database::{DatabaseError, Row, Session, Value};
use crate::packed::unpack;

/// The most items and resolutions that are read at once.
pub const MAX_WAITING: u32 = 1_000;

/// Everything that can wait, in one form. Columns: item, at, amount, currency, value, debtor's
/// name and account, text, order, why, what was sent back.
const ITEMS: &str = "
    SELECT 'receipt:' || reference AS item, at, amount, currency, value, debtor_name,
           debtor_account, text, NULL AS order_id, 'no order waits for this money' AS why,
           NULL AS return_id
    FROM unmatched_receipts
    UNION ALL
    SELECT 'event:' || reference, at, amount, currency, NULL, NULL, NULL, note, order_id,
           event || coalesce(' of return ' || return_id, '') || ': ' || outcome, return_id
    FROM bank_events
    WHERE outcome IN ('unknown-order', 'amount-mismatch', 'wrong-direction', 'contradiction',
        'unpostable')
    UNION ALL
    SELECT 'listed:' || message || '/' || position, at, NULL, NULL, NULL, NULL, NULL, reference,
           NULL, why, NULL
    FROM bank_listed JOIN bank_messages ON bank_messages.number = bank_listed.message";

/// The columns that [`read_resolution`] reads.
const RESOLUTIONS: &str = "
    SELECT resolutions.id, item, resolutions.manager, resolutions.jws, resolutions.digest, resolutions.at,
           decision, resolution_decisions.manager, resolution_decisions.jws,
           resolution_decisions.at, returns.state,
           (SELECT max(return_events.at) FROM return_events
            WHERE return_events.return_id = resolutions.id)
    FROM resolutions
    LEFT JOIN resolution_decisions ON resolution_decisions.resolution = resolutions.id
    LEFT JOIN returns ON returns.id = resolutions.id";

/// Something that waits for a person, or did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BankItem {
    /// Its name.
    pub item: Item,
    /// When the bank's message was taken in.
    pub at: Timestamp,
    /// How much, where the bank says it.
    pub amount: Option<Money>,
    /// The bank's value date.
    pub value: Option<Date>,
    /// Name of who paid.
    pub debtor: Option<String>,
    /// Account of who paid.
    pub debtor_account: Option<String>,
    /// What the payer wrote, or what the bank adds.
    pub text: Option<String>,
    /// The order that the bank names.
    pub order: Option<OrderId>,
    /// Why it waits.
    pub why: String,
    /// The resolution that sent money back, that it is about.
    pub sent_back: Option<ResolutionId>,
}

/// What waits for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The oldest, with the resolution of each that waits for a second manager.
    pub items: Vec<(BankItem, Option<ResolutionId>)>,
    /// How many there are.
    pub total: u64,
}

/// A resolution, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptResolution {
    /// Its id.
    pub resolution: ResolutionId,
    /// What it resolves.
    pub item: Item,
    /// Who signed it.
    pub manager: UserId,
    /// The compact JWS, exactly as it came.
    pub jws: String,
    /// SHA-256 of its payload.
    pub digest: [u8; 32],
    /// When it was taken in.
    pub at: Timestamp,
    /// The second manager's word.
    pub decision: Option<KeptResolutionDecision>,
    /// Where money stands that it sends back.
    pub returned: Option<KeptReturn>,
}

/// Where money stands that is sent back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeptReturn {
    /// Its state.
    pub state: OrderState,
    /// Since when.
    pub at: Timestamp,
}

/// What resolved an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// The resolution.
    pub resolution: ResolutionId,
    /// It as it was signed: a compact JWS.
    pub jws: String,
    /// When a second manager confirmed it.
    pub at: Timestamp,
}

/// Of these items those that are resolved, and by what.
pub(crate) fn resolved(
    session: &mut dyn Session,
    items: &[Item],
) -> Result<HashMap<Item, Resolved>, StoreError> {
    let rows = session.query(
        "SELECT resolved.item, resolutions.id, resolutions.jws, resolution_decisions.at
         FROM resolved JOIN resolutions ON resolutions.id = resolved.resolution
         JOIN resolution_decisions ON resolution_decisions.resolution = resolutions.id
         WHERE resolved.item = ANY($1)",
        &[Value::texts(items)],
    )?;
    let resolved = rows.iter().map(|row| {
        let by = Resolved {
            resolution: row.parsed(1)?,
            jws: row.string(2)?,
            at: row.time(3)?,
        };
        Ok((row.parsed(0)?, by))
    });
    resolved.collect()
}

/// A second manager's word, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptResolutionDecision {
    /// What was decided.
    pub verdict: ResolutionVerdict,
    /// Who signed it.
    pub manager: UserId,
    /// The compact JWS, exactly as it came.
    pub jws: String,
    /// When it was taken in.
    pub at: Timestamp,
}

/// What a second manager decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResolutionVerdict {
    /// It is done.
    Confirm,
    /// It is not.
    Refuse,
}

/// Which resolutions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhichResolutions {
    /// Those that wait for a second manager.
    Undecided,
    /// All, the newest first.
    All,
    /// Those after an id, by id.
    After(Option<ResolutionId>),
}

impl ResolutionVerdict {
    /// The name in the books.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::Refuse => "refuse",
        }
    }
}

impl std::str::FromStr for ResolutionVerdict {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "confirm" => Ok(Self::Confirm),
            "refuse" => Ok(Self::Refuse),
            _ => Err("it is no verdict".to_owned()),
        }
    }
}

/// What waits, oldest first.
pub(crate) fn waiting(session: &mut dyn Session) -> Result<Waiting, StoreError> {
    let open = "NOT EXISTS (SELECT 1 FROM resolved WHERE resolved.item = items.item)";
    let sql = format!("SELECT count(*) FROM ({ITEMS}) AS items WHERE {open}");
    let row = session.query_one(&sql, &[])?;
    let total = row.map_or(Ok(0), |row| row.count(0))?;
    let sql = format!(
        "SELECT items.*, (SELECT min(id) FROM resolutions WHERE resolutions.item = items.item
             AND NOT EXISTS (SELECT 1 FROM resolution_decisions WHERE resolution = id))
         FROM ({ITEMS}) AS items WHERE {open} ORDER BY at, item LIMIT $1"
    );
    let rows = session.query(&sql, &[MAX_WAITING.into()])?;
    let items = rows
        .iter()
        .map(|row| Ok((read_item(row)?, row.optional(11, Row::parsed)?)));
    Ok(Waiting {
        items: items.collect::<Result<_, DatabaseError>>()?,
        total,
    })
}

/// An item, whether it waits or not.
pub(crate) fn item(
    session: &mut dyn Session,
    item: &Item,
) -> Result<Option<BankItem>, DatabaseError> {
    let sql = match item {
        Item::Receipt(_) => {
            "SELECT 'receipt:' || reference, at, amount, currency, value, debtor_name,
                    debtor_account, text, NULL, 'no order waits for this money', NULL
             FROM unmatched_receipts WHERE reference = $1"
        }
        Item::Event(_) => {
            "SELECT 'event:' || reference, at, amount, currency, NULL, NULL, NULL, note, order_id,
                    event || coalesce(' of return ' || return_id, '') || ': ' || outcome, return_id
             FROM bank_events WHERE reference = $1 AND outcome IN
                 ('unknown-order', 'amount-mismatch', 'wrong-direction', 'contradiction',
                  'unpostable')"
        }
        Item::Order(_) => {
            "SELECT 'order:' || id, accepted, total, currency, NULL, NULL, NULL, reference, id,
                    'the order is ' || state, NULL
             FROM orders WHERE id = $1 AND (source = 'mandate' OR refund_minor IS NOT NULL)"
        }
        Item::Return(_) => {
            "SELECT 'return:' || returns.id, returns.at, returns.amount, returns.currency, NULL,
                    name, account, unmatched_receipts.text, NULL, 'what is sent back is ' || state,
                    returns.id
             FROM returns JOIN unmatched_receipts
                 ON unmatched_receipts.reference = returns.reference
             WHERE returns.id = $1"
        }
        Item::Listed { .. } => {
            "SELECT 'listed:' || message || '/' || position, at, NULL, NULL, NULL, NULL, NULL,
                    reference, NULL, why, NULL
             FROM bank_listed JOIN bank_messages ON bank_messages.number = bank_listed.message
             WHERE message = $1 AND position = $2"
        }
    };
    let row = session.query_one(sql, &key(item))?;
    row.map(|row| read_item(&row)).transpose()
}

fn key(item: &Item) -> Vec<Value> {
    match item {
        Item::Receipt(reference) | Item::Event(reference) => vec![reference.into()],
        Item::Order(order) => vec![Value::text(order)],
        Item::Return(resolution) => vec![Value::text(resolution)],
        Item::Listed { message, position } => vec![(*message).into(), (*position).into()],
    }
}

fn read_item(row: &Row) -> Result<BankItem, DatabaseError> {
    let amount = match row.optional(3, Row::parsed)? {
        Some(currency) => row.optional(2, |row, column| row.money(column, currency))?,
        None => None,
    };
    Ok(BankItem {
        item: row.parsed(0)?,
        at: row.time(1)?,
        amount,
        value: row.optional(4, Row::parsed)?,
        debtor: row.optional(5, Row::string)?,
        debtor_account: row.optional(6, Row::string)?,
        text: row.optional(7, Row::string)?,
        order: row.optional(8, Row::parsed)?,
        why: row.string(9)?,
        sent_back: row.optional(10, Row::parsed)?,
    })
}

/// A resolution.
pub(crate) fn one(
    session: &mut dyn Session,
    id: ResolutionId,
) -> Result<Option<KeptResolution>, StoreError> {
    let sql = format!("{RESOLUTIONS} WHERE resolutions.id = $1");
    let row = session.query_one(&sql, &[Value::text(id)])?;
    Ok(row.map(|row| read_resolution(&row)).transpose()?)
}

/// Resolutions, at most [`MAX_WAITING`].
pub(crate) fn list(
    session: &mut dyn Session,
    which: WhichResolutions,
) -> Result<Vec<KeptResolution>, StoreError> {
    let after = match which {
        WhichResolutions::After(Some(id)) => id.to_string(),
        _ => String::new(),
    };
    let (condition, order) = match which {
        WhichResolutions::Undecided => ("decision IS NULL", "resolutions.at, resolutions.id"),
        WhichResolutions::All => ("true", "resolutions.at DESC, resolutions.id"),
        WhichResolutions::After(_) => ("true", "resolutions.id"),
    };
    let sql = format!(
        "{RESOLUTIONS} WHERE resolutions.id > $1 AND {condition} ORDER BY {order} LIMIT $2"
    );
    let rows = session.query(&sql, &[after.into(), MAX_WAITING.into()])?;
    let kept = rows.iter().map(|row| Ok(read_resolution(row)?));
    kept.collect()
}

pub(crate) fn read_resolution(row: &Row) -> Result<KeptResolution, DatabaseError> {
    let verdict: Option<ResolutionVerdict> = row.optional(6, Row::parsed)?;
    let decision = verdict.map(|verdict| {
        Ok::<_, DatabaseError>(KeptResolutionDecision {
            verdict,
            manager: row.parsed(7)?,
            jws: row.string(8)?,
            at: row.time(9)?,
        })
    });
    Ok(KeptResolution {
        resolution: row.parsed(0)?,
        item: row.parsed(1)?,
        manager: row.parsed(2)?,
        jws: row.string(3)?,
        digest: row.array(4)?,
        at: row.time(5)?,
        decision: decision.transpose()?,
        returned: match row.optional(10, Row::parsed)? {
            Some(state) => Some(KeptReturn {
                state,
                at: row.time(11)?,
            }),
            None => None,
        },
    })
}

/// Where resolutions stand, for a transaction that adds to them.
pub(crate) fn of_ids(
    session: &mut dyn Session,
    ids: &[ResolutionId],
) -> Result<Vec<KeptResolution>, DatabaseError> {
    let sql = format!("{RESOLUTIONS} WHERE resolutions.id = ANY($1)");
    let rows = session.query(&sql, &[Value::texts(ids)])?;
    rows.iter().map(read_resolution).collect()
}

/// The resolution that resolved an item, and the one of it that waits for a second manager.
pub(crate) fn standing(
    session: &mut dyn Session,
    item: &Item,
) -> Result<(Option<ResolutionId>, Option<ResolutionId>), DatabaseError> {
    let row = session.query_one(
        "SELECT (SELECT resolution FROM resolved WHERE item = $1),
                (SELECT min(id) FROM resolutions WHERE item = $1 AND NOT EXISTS
                    (SELECT 1 FROM resolution_decisions WHERE resolution = id))",
        &[Value::text(item)],
    )?;
    row.map_or(Ok((None, None)), |row| {
        Ok((row.optional(0, Row::parsed)?, row.optional(1, Row::parsed)?))
    })
}

/// The message that sends money back, and when it was made.
pub(crate) fn return_message(
    session: &mut dyn Session,
    id: ResolutionId,
) -> Result<Option<(Vec<u8>, Timestamp)>, StoreError> {
    let sql = "SELECT body, created FROM outbox WHERE return_id = $1";
    let row = session.query_one(sql, &[Value::text(id)])?;
    let message = row.map(|row| {
        let body = unpack(row.bytes(0)?, 0)?.into_owned();
        Ok::<_, DatabaseError>((body, row.time(1)?))
    });
    Ok(message.transpose()?)
}
