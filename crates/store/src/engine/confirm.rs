//! Answering from a row that is there.
//!
//! A row that a primary shows may be lost when another takes over, as long as its commit has not
//! reached the standby: its writer was cut off, or PostgreSQL gave up waiting ("canceling wait for
//! synchronous replication"). A commit of our own, made later on the same primary, carries with it
//! all that was written before; where a transaction has nothing to write, the session writes its
//! own row for that (see [`crate::database`]).

use wattkey_domain::OrderId;

use super::{Decide, Wanted, Working};
use crate::StoreError;
use crate::outcome::JournalPosition;

/// Whether an order is there to stay.
#[derive(Debug)]
pub(crate) struct Confirm {
    pub(crate) order: OrderId,
}

impl Decide for Confirm {
    type Pending = bool;
    type Answer = bool;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.orders.push(self.order);
    }

    fn decide(&self, working: &mut Working) -> Result<bool, StoreError> {
        Ok(working.orders.contains_key(&self.order))
    }

    fn finish(is_there: bool, _: Option<&JournalPosition>) -> bool {
        is_there
    }
}
