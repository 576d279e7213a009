//! Resolutions, and where the items stand that they are about.

use wattkey_domain::{Item, ResolutionId};

use super::{Hold, Lock, lock};
use crate::database::{DatabaseError, Session};
use crate::engine::resolve::{EventTerms, ItemTerms, Said};
use crate::engine::wanted::Wanted;
use crate::engine::working::Working;
use crate::engine::write::{CREDIT, FEE};
use crate::read::resolutions;

/// Locks them all: two managers rarely work at once, and an item is resolved once.
pub(super) fn load(
    session: &mut dyn Session,
    wanted: &Wanted,
    working: &mut Working,
) -> Result<(), DatabaseError> {
    if wanted.resolutions.is_empty() {
        return Ok(());
    }
    lock(session, Lock::Resolutions, Hold::Alone)?;
    for kept in resolutions::of_ids(session, &wanted.resolutions)? {
        working.resolutions.insert(kept.resolution, kept);
    }
    for item in &wanted.items {
        if let Some(terms) = terms(session, item)? {
            working.items.insert(item.clone(), terms);
        }
    }
    Ok(())
}

fn terms(session: &mut dyn Session, item: &Item) -> Result<Option<ItemTerms>, DatabaseError> {
    let Some(kept) = resolutions::item(session, item)? else {
        return Ok(None);
    };
    let (resolved, waits): (Option<ResolutionId>, Option<ResolutionId>) =
        resolutions::standing(session, item)?;
    let event = match item {
        Item::Event(reference) => Some(EventTerms {
            said: said(session, reference)?,
            amount: kept.amount,
            at: kept.at,
            text: kept.text,
        }),
        _ => None,
    };
    Ok(Some(ItemTerms {
        receipt: kept.amount.zip(kept.value),
        event,
        order: kept.order,
        sent_back: kept.sent_back,
        from: kept.debtor_account,
        resolved,
        waits,
    }))
}

fn said(session: &mut dyn Session, reference: &str) -> Result<Said, DatabaseError> {
    let sql = "SELECT event FROM bank_events WHERE reference = $1";
    let row = session.query_one(sql, &[reference.into()])?;
    let row = row.ok_or_else(|| DatabaseError::unreadable(0, "the bank did not say it"))?;
    match row.text(0)? {
        CREDIT => Ok(Said::Credit),
        FEE => Ok(Said::Fee),
        _ => Ok(Said::Order(row.parsed(0)?)),
    }
}
