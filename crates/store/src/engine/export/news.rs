//! What goes out that moves no money: own data that changed, disputes, who has read a notice.
//!
//! Each is found by the link of the batch that it happened in, as transfers are.

use jiff::Timestamp;
use uuid::Uuid;
use wattkey_domain::{
    AccountId, BillId, ChangeId, CustomerId, DisputeId, DisputeReason, Money, NoticeId, UserId,
};

use super::ExportHead;
use crate::StoreError;
use crate::database::{DatabaseError, Row, Session, Value};

/// The most that one chain tells in one file; what goes beyond ends with the link that it is in.
pub(super) const MAX_NEWS: u32 = 5_000;

/// Something that happened and moved no money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// What.
    pub what: NewsOf,
    /// When.
    pub at: Timestamp,
    /// The link of its batch.
    pub link: ExportHead,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewsOf {
    /// A customer's own data changed.
    ProfileChange {
        /// Whose.
        customer: CustomerId,
        /// The change.
        change: ChangeId,
        /// What it is from now on: JSON.
        what: String,
        /// Who signed the change.
        user: UserId,
        /// Who approved it, where another person had to.
        by: Option<UserId>,
    },
    /// A bill was disputed, or a dispute of it withdrawn.
    Dispute {
        /// The bill.
        bill: BillId,
        /// The bill's contract account.
        account: AccountId,
        /// The dispute.
        dispute: DisputeId,
        /// What is disputed; none: no longer.
        terms: Option<NewsOfTerms>,
        /// Who signed that.
        user: UserId,
    },
    /// A notice was acknowledged.
    Acknowledgement {
        /// The notice's contract account.
        account: AccountId,
        /// The notice.
        notice: NoticeId,
        /// SHA-256 of the notice's bytes.
        digest: [u8; 32],
        /// Who has read it.
        user: UserId,
    },
}

/// What is disputed of a bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewsOfTerms {
    /// SHA-256 of the bill's document.
    pub document: [u8; 32],
    /// The line, from 1; none is the whole bill.
    pub line: Option<u32>,
    /// How much of it is not owed.
    pub amount: Money,
    /// Why.
    pub reason: DisputeReason,
    /// Why, in the customer's words.
    pub words: String,
}

/// What the links after `before` up to `last` tell, and the last of them that all of it is of.
pub(super) fn of_chain(
    session: &mut dyn Session,
    process: Uuid,
    [before, last]: [u64; 2],
) -> Result<(Vec<News>, u64), StoreError> {
    let (mut all, mut reached) = (Vec::new(), last);
    for of_kind in [profile_changes, disputes, withdrawals, acknowledgements] {
        let news = of_kind(session, process, [before, last])?;
        if news.len() > MAX_NEWS as usize {
            // The last link may go on after what was read.
            let end = news.last().map_or(last, |one| one.link.sequence);
            reached = reached.min(end.saturating_sub(1));
        }
        all.extend(news);
    }
    all.retain(|one| one.link.sequence <= reached);
    // Of one link in the order of the kinds.
    all.sort_by_key(|one| one.link.sequence);
    Ok((all, reached))
}

fn profile_changes(
    session: &mut dyn Session,
    process: Uuid,
    [before, last]: [u64; 2],
) -> Result<Vec<News>, DatabaseError> {
    let rows = session.query(
        "SELECT change_ends.sequence, change_ends.at, changes.customer, changes.id, changes.what,
                changes.user_id, change_decisions.user_id
         FROM change_ends
         JOIN changes ON changes.id = change_ends.change_id
         LEFT JOIN change_decisions ON change_decisions.change_id = change_ends.change_id
         WHERE change_ends.process = $1 AND change_ends.sequence > $2
           AND change_ends.sequence <= $3 AND change_ends.state = 'done'
         ORDER BY change_ends.sequence, change_ends.version, changes.id LIMIT $4",
        &[
            process.as_bytes().into(),
            before.into(),
            last.into(),
            (MAX_NEWS + 1).into(),
        ],
    )?;
    rows.iter()
        .map(|row| {
            Ok(News {
                what: NewsOf::ProfileChange {
                    customer: row.parsed(2)?,
                    change: row.parsed(3)?,
                    what: row.string(4)?,
                    user: row.parsed(5)?,
                    by: row.optional(6, Row::parsed)?,
                },
                at: row.time(1)?,
                link: ExportHead {
                    process,
                    sequence: row.count(0)?,
                },
            })
        })
        .collect()
}

/// The parameters of a question about links.
fn between(process: Uuid, [before, last]: [u64; 2]) -> [Value; 4] {
    let most = MAX_NEWS + 1;
    [
        process.as_bytes().into(),
        before.into(),
        last.into(),
        most.into(),
    ]
}

fn disputes(
    session: &mut dyn Session,
    process: Uuid,
    links: [u64; 2],
) -> Result<Vec<News>, DatabaseError> {
    let rows = session.query(
        "SELECT disputes.sequence, disputes.at, disputes.bill, bills.account, disputes.id,
                disputes.user_id, bills.digest, disputes.line, disputes.amount, disputes.currency,
                disputes.reason, disputes.words
         FROM disputes JOIN bills ON bills.id = disputes.bill
         WHERE disputes.process = $1 AND disputes.sequence > $2 AND disputes.sequence <= $3
         ORDER BY disputes.sequence, disputes.id LIMIT $4",
        &between(process, links),
    )?;
    rows.iter()
        .map(|row| {
            let line = row.optional(7, Row::count)?;
            let terms = NewsOfTerms {
                document: row.array(6)?,
                line: line.map(|line| u32::try_from(line).unwrap_or(u32::MAX)),
                amount: row.money(8, row.parsed(9)?)?,
                reason: row.parsed(10)?,
                words: row.string(11)?,
            };
            dispute(row, process, Some(terms))
        })
        .collect()
}

fn withdrawals(
    session: &mut dyn Session,
    process: Uuid,
    links: [u64; 2],
) -> Result<Vec<News>, DatabaseError> {
    let rows = session.query(
        "SELECT gone.sequence, gone.at, disputes.bill, bills.account, disputes.id, gone.user_id
         FROM dispute_withdrawals AS gone
         JOIN disputes ON disputes.id = gone.dispute
         JOIN bills ON bills.id = disputes.bill
         WHERE gone.process = $1 AND gone.sequence > $2 AND gone.sequence <= $3
         ORDER BY gone.sequence, gone.dispute LIMIT $4",
        &between(process, links),
    )?;
    rows.iter().map(|row| dispute(row, process, None)).collect()
}

/// Of the first six columns.
fn dispute(row: &Row, process: Uuid, terms: Option<NewsOfTerms>) -> Result<News, DatabaseError> {
    Ok(News {
        what: NewsOf::Dispute {
            bill: row.parsed(2)?,
            account: row.parsed(3)?,
            dispute: row.parsed(4)?,
            terms,
            user: row.parsed(5)?,
        },
        at: row.time(1)?,
        link: ExportHead {
            process,
            sequence: row.count(0)?,
        },
    })
}

fn acknowledgements(
    session: &mut dyn Session,
    process: Uuid,
    links: [u64; 2],
) -> Result<Vec<News>, DatabaseError> {
    let rows = session.query(
        "SELECT kept.sequence, kept.at, notices.account, notices.id, notices.digest, kept.user_id
         FROM notice_acknowledgements AS kept JOIN notices ON notices.id = kept.notice
         WHERE kept.process = $1 AND kept.sequence > $2 AND kept.sequence <= $3
         ORDER BY kept.sequence, kept.notice, kept.user_id LIMIT $4",
        &between(process, links),
    )?;
    rows.iter()
        .map(|row| {
            Ok(News {
                what: NewsOf::Acknowledgement {
                    account: row.parsed(2)?,
                    notice: row.parsed(3)?,
                    digest: row.array(4)?,
                    user: row.parsed(5)?,
                },
                at: row.time(1)?,
                link: ExportHead {
                    process,
                    sequence: row.count(0)?,
                },
            })
        })
        .collect()
}
