//! Resolutions, and where the items stand that they are about.

use wattkey_domain::{Item, ResolutionId};

use super::{Hold, Lock, lock};
use crate::database::{DatabaseError, Session};
use crate::engine::resolve::ItemTerms;
use crate::engine::wanted::Wanted;
use crate::engine::working::Working;
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
    Ok(Some(ItemTerms {
        receipt: kept.amount.zip(kept.value),
        resolved,
        waits,
    }))
}
