//! What goes out to the internal network: what was settled, returned, rejected, deposited and
//! refunded since the file before, and what customers changed of their own data.
//!
//! A file is drafted from one snapshot: links of the journal that no file covers yet, whole links
//! only. The platform writes its bytes, and they are kept with the places in the chains that they
//! reach to, if nobody kept another file meanwhile.

mod kept;
mod movements;
mod news;

use std::collections::BTreeMap;

use jiff::Timestamp;
use uuid::Uuid;
use wattkey_domain::{AccountId, BillId, Money, OrderId};

use super::Engine;
use super::alone::Intent;
use super::load::{Hold, Lock, lock};
use crate::StoreError;
use crate::database::Type::{Bytes, Int, Text};
use crate::database::{DatabaseError, Session, Value};
use crate::digest::sha256;
use crate::engine::write::insert;

pub use kept::KeptExport;
pub(crate) use kept::{acknowledge, all, body, next_number, one, sign};
pub use news::{News, NewsOf, NewsOfTerms};

/// A file of more movements than this ends with the link that it is in.
const MAX_MOVEMENTS: usize = 20_000;

/// A place in a chain of the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExportHead {
    /// The process whose chain it is.
    pub process: Uuid,
    /// Number of the link; 0 before the first.
    pub sequence: u64,
}

/// What the marketing system is told of a movement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MovementKind {
    /// Something of a bill is paid for good.
    Settlement,
    /// A settlement was taken back.
    Return,
    /// A collection was refused; nothing of it had been told.
    Rejection,
    /// A penalty is owed.
    PenaltyFixed,
    /// It is not owed after all.
    PenaltyTakenBack,
    /// Something came into a deposit.
    DepositIn,
    /// Something left a deposit.
    DepositOut,
    /// Something of a deposit was paid out.
    Refund,
}

/// Something that happened to a bill or a deposit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movement {
    /// What.
    pub kind: MovementKind,
    /// The event of the journal.
    pub event: String,
    /// The bill.
    pub bill: Option<BillId>,
    /// The contract account, of the bill or the deposit.
    pub account: Option<AccountId>,
    /// The order, where one is behind it.
    pub order: Option<OrderId>,
    /// How much.
    pub amount: Money,
    /// When.
    pub at: Timestamp,
    /// The link that covers it.
    pub link: ExportHead,
}

/// What the next file will hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportDraft {
    /// Its number.
    pub number: u64,
    /// How far the chains were that grew.
    pub from: Vec<ExportHead>,
    /// How far they are in this file.
    pub to: Vec<ExportHead>,
    /// What happened in between, in the order of the chains.
    pub movements: Vec<Movement>,
    /// What happened that moved no money, in the same order.
    pub news: Vec<News>,
}

/// A file to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportFile {
    /// Its number.
    pub number: u64,
    /// When it was made.
    pub created: Timestamp,
    /// Where it begins in the chains.
    pub from: Vec<ExportHead>,
    /// Where it ends.
    pub to: Vec<ExportHead>,
    /// Lines after the header.
    pub records: u64,
    /// What they are: JSON.
    pub totals: String,
    /// Its bytes.
    pub body: Vec<u8>,
}

/// What came of a file that was to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExportOutcome {
    /// It is kept.
    Kept(KeptExport),
    /// Another one was kept meanwhile: draft again.
    Overtaken,
}

/// Drafts the next file; `None` when nothing happened since the last one that concerns it.
pub(crate) fn draft(session: &mut dyn Session) -> Result<Option<ExportDraft>, StoreError> {
    let (number, from) = (next_number(session)?, heads(session)?);
    let mut draft = ExportDraft {
        number,
        from: Vec::new(),
        to: Vec::new(),
        movements: Vec::new(),
        news: Vec::new(),
    };
    let sql = "SELECT process, max(sequence) FROM journal GROUP BY process ORDER BY process";
    for row in session.query(sql, &[])? {
        let (process, last) = (row.uuid(0)?, row.count(1)?);
        let before = from.get(&process).copied().unwrap_or(0);
        if last <= before {
            continue;
        }
        if draft.movements.len() >= MAX_MOVEMENTS {
            break;
        }
        let room = MAX_MOVEMENTS - draft.movements.len();
        let mut chain = movements::of_chain(session, process, [before, last], room)?;
        // A page that tells nothing is passed over.
        while chain.movements.is_empty() && chain.last < last {
            let place = chain.last;
            chain = movements::of_chain(session, process, [place, last], room)?;
        }
        let (news, reached) = news::of_chain(session, process, [before, chain.last])?;
        chain.movements.retain(|one| one.link.sequence <= reached);
        draft.movements.extend(chain.movements);
        draft.news.extend(news);
        draft.from.push(ExportHead {
            process,
            sequence: before,
        });
        draft.to.push(ExportHead {
            process,
            sequence: reached,
        });
    }
    let tells = !draft.movements.is_empty() || !draft.news.is_empty();
    Ok(tells.then_some(draft))
}

/// Keeps a file, if it follows what is kept.
pub(crate) async fn keep(engine: &Engine, file: ExportFile) -> Result<ExportOutcome, StoreError> {
    engine
        .alone(Intent::Keep, move |session, _| {
            lock(session, Lock::Exports, Hold::Alone)?;
            let from = heads(session)?;
            let follows =
                |head: &ExportHead| from.get(&head.process).copied().unwrap_or(0) == head.sequence;
            if next_number(session)? != file.number || !file.from.iter().all(follows) {
                return Ok(ExportOutcome::Overtaken);
            }
            write(session, &file)?;
            Ok(ExportOutcome::Kept(KeptExport {
                number: file.number,
                created: file.created,
                digest: sha256(&file.body),
                bytes: file.body.len() as u64,
                records: file.records,
                totals: file.totals.clone(),
                signature: None,
                acknowledged: None,
            }))
        })
        .await
}

fn write(session: &mut dyn Session, file: &ExportFile) -> Result<(), DatabaseError> {
    let columns = [
        ("number", Int),
        ("created", Int),
        ("digest", Bytes),
        ("records", Int),
        ("totals", Text),
        ("body", Bytes),
    ];
    let row = vec![
        file.number.into(),
        file.created.as_second().into(),
        sha256(&file.body).into(),
        file.records.into(),
        (&file.totals).into(),
        file.body.as_slice().into(),
    ];
    insert(session, "exports", &columns, &[row])?;
    let columns = [("export", Int), ("process", Bytes), ("sequence", Int)];
    let rows = file.to.iter().map(|head| {
        let process: Value = head.process.as_bytes().into();
        vec![file.number.into(), process, head.sequence.into()]
    });
    insert(session, "export_heads", &columns, &rows.collect::<Vec<_>>())
}

/// How far each chain is in the files that are kept.
fn heads(session: &mut dyn Session) -> Result<BTreeMap<Uuid, u64>, DatabaseError> {
    let sql = "SELECT process, max(sequence) FROM export_heads GROUP BY process";
    let rows = session.query(sql, &[])?;
    rows.iter()
        .map(|row| Ok((row.uuid(0)?, row.count(1)?)))
        .collect()
}
