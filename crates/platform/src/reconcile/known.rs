//! What the books know of the entries of statements.

use std::collections::HashMap;

use jiff::Timestamp;
use wattkey_bank::camt::Booking;
use wattkey_domain::{Item, Money, ResolutionId};
use wattkey_protocol::resolution::{Action, Resolution};
use wattkey_protocol::signed::Signed;
use wattkey_store::{DayBounds, KeptBankEvent, Remark};

use super::statements::Stated;
use super::{Books, ReconcileError};
use crate::bank_channel::reading::camt_reference;

/// References that are looked up at once.
const REFERENCES_AT_ONCE: usize = 2_000;

/// What the books know of some entries.
pub(super) struct Known {
    /// The day that is reconciled.
    pub(super) bounds: DayBounds,
    events: HashMap<String, KeptBankEvent>,
    /// What was listed and not posted, by the entries' keys.
    listed: HashMap<String, Remark>,
    /// What two managers made of any of these.
    resolved: HashMap<Item, By>,
}

/// A resolution that was confirmed.
pub(super) struct By {
    pub(super) resolution: ResolutionId,
    pub(super) action: Action,
    /// When.
    pub(super) at: Timestamp,
}

impl Known {
    pub(super) async fn load(
        books: Books<'_>,
        bounds: DayBounds,
        today: &[&Stated],
        bookings: impl Iterator<Item = &Booking>,
    ) -> Result<Self, ReconcileError> {
        let mut known = Self {
            bounds,
            events: HashMap::new(),
            listed: HashMap::new(),
            resolved: HashMap::new(),
        };
        let wanted: Vec<String> = bookings.flat_map(references).collect();
        for some in wanted.chunks(REFERENCES_AT_ONCE) {
            let found = books.store.bank_events(some.to_vec()).await?;
            known.events.extend(found);
        }
        let messages = today.iter().flat_map(|one| &one.messages).copied();
        known.listed = books.store.bank_remarks(messages.collect()).await?;
        for some in known.not_posted().chunks(REFERENCES_AT_ONCE) {
            for (item, by) in books.store.resolved_items(some.to_vec()).await? {
                let signed: Signed<Resolution> = Signed::parse(&by.jws)?;
                let by = By {
                    resolution: by.resolution,
                    action: signed.document().action,
                    at: by.at,
                };
                known.resolved.insert(item, by);
            }
        }
        Ok(known)
    }

    fn not_posted(&self) -> Vec<Item> {
        let events = self.events.values();
        let events = events.filter(|event| !is_posted(&event.outcome));
        let events = events.map(|event| Item::Event(event.reference.clone()));
        let listed = self.listed.values().map(|remark| remark.item.clone());
        events.chain(listed).collect()
    }

    pub(super) fn event(&self, booking: &Booking) -> Option<&KeptBankEvent> {
        references(booking).find_map(|reference| self.events.get(&reference))
    }

    /// The transactions that were notified and posted one by one, of an entry of which the statement says
    /// nothing more; nothing when they are not all of it.
    pub(super) fn parts<'n>(
        &self,
        booking: &Booking,
        notified: &HashMap<&str, Vec<&'n Booking>>,
    ) -> Option<Vec<&'n Booking>> {
        let whole = booking.as_whole()?;
        if self.event(booking).is_some() {
            return None;
        }
        let parts = notified.get(whole.key.as_str())?.iter().copied();
        let parts: Vec<&Booking> = parts.filter(|one| self.event(one).is_some()).collect();
        let amounts = parts.iter().map(|one| one.amount.clone().ok());
        let sum = Money::sum(
            whole.amount.currency(),
            amounts.collect::<Option<Vec<_>>>()?,
        );
        (sum == Ok(whole.amount)).then_some(parts)
    }

    /// Why an entry was listed and not posted.
    pub(super) fn remark(&self, key: &str) -> Option<&Remark> {
        self.listed.get(key)
    }

    /// What managers made of something.
    pub(super) fn resolved(&self, item: &Item) -> Option<&By> {
        self.resolved.get(item)
    }
}

/// All names of a movement, as the books keep them.
fn references(booking: &Booking) -> impl Iterator<Item = String> {
    booking.keys().map(camt_reference)
}

/// Whether the outcome of a report of the bank has a posting on the bank's account.
pub(super) fn is_posted(outcome: &str) -> bool {
    wattkey_store::BANK_OUTCOMES_POSTED.contains(&outcome)
}
