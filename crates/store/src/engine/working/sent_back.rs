//! Money that is sent back: its states, and what they post.

use jiff::Timestamp;
use wattkey_domain::ledger::{PostingError, ReturnMoney};
use wattkey_domain::{OrderState, ResolutionId};

use super::Working;
use crate::StoreError;
use crate::outcome::MessageOf;
use crate::read::orders::OrderEvent;

/// Money that is sent back.
#[derive(Debug, Clone)]
pub(crate) struct Return {
    pub(crate) money: ReturnMoney,
    pub(crate) state: OrderState,
    /// The states of this batch.
    pub(crate) new: Vec<OrderEvent>,
    /// How many states the database has.
    pub(crate) kept: usize,
}

impl Working {
    /// Moves it: posts what coming into the state posts, and enters it. Refused, nothing has
    /// changed.
    pub(crate) fn advance_return(
        &mut self,
        id: ResolutionId,
        to: OrderState,
        at: Timestamp,
        note: Option<String>,
    ) -> Result<Result<(), PostingError>, StoreError> {
        let found = self.returns.get(&id).ok_or_else(|| gone(id))?;
        let postings = match found.money.entering(to, at) {
            Ok(postings) => postings,
            Err(error) => return Ok(Err(error)),
        };
        if let Err(error) = self.post(&postings)? {
            return Ok(Err(error));
        }
        self.enter_return(id, to, at, note)?;
        Ok(Ok(()))
    }

    /// It comes into a state. When it is over, its message is never sent again.
    pub(crate) fn enter_return(
        &mut self,
        id: ResolutionId,
        state: OrderState,
        at: Timestamp,
        note: Option<String>,
    ) -> Result<(), StoreError> {
        let event = self.event(state, at, note);
        let found = self.returns.get_mut(&id).ok_or_else(|| gone(id))?;
        found.state = state;
        found.new.push(event);
        if !state.holds_claims() {
            self.never_send(MessageOf::Return(id), at);
        }
        Ok(())
    }
}

fn gone(id: ResolutionId) -> StoreError {
    StoreError::Corrupt(format!("return {id} is gone"))
}
