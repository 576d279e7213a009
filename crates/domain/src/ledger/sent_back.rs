//! What sending money back moves, state by state.

use jiff::Timestamp;

use super::postings::posting;
use super::{Event, LedgerAccount, Posting, PostingError, Subject, Transfer};
use crate::{Money, OrderState};

/// Money that came in, belongs to nobody and is sent back to whoever paid it. It goes through the
/// states of an order from [`OrderState::Accepted`] on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnMoney {
    /// The bank's reference of what came in, as the books keep it.
    pub reference: String,
    /// All of it.
    pub amount: Money,
}

impl ReturnMoney {
    /// What coming into a state posts, under what came in; nothing for
    /// [`OrderState::Submitted`].
    ///
    /// # Errors
    /// [`PostingError::Empty`] when the amount is zero, or in a state that money on its way back
    /// cannot be in.
    pub fn entering(&self, to: OrderState, at: Timestamp) -> Result<Vec<Posting>, PostingError> {
        use LedgerAccount as A;
        let (event, debit, credit) = match to {
            OrderState::Submitted => return Ok(Vec::new()),
            OrderState::Accepted => (Event::ReturnOrdered, A::Unmatched, A::ReturnsPayable),
            OrderState::Settled => (Event::ReturnPaid, A::ReturnsPayable, A::Bank),
            OrderState::Rejected => (Event::ReturnFailed, A::ReturnsPayable, A::Unmatched),
            OrderState::Returned => (Event::ReturnFailed, A::Bank, A::Unmatched),
            OrderState::AwaitingApproval
            | OrderState::Refused
            | OrderState::Cancelled
            | OrderState::Lapsed => return Err(PostingError::Empty),
        };
        let transfer = Transfer::new(debit, credit, self.amount);
        let subject = Subject::Bank(self.reference.clone());
        let posting = posting(event, subject, at, transfer);
        posting.map(|one| vec![one]).ok_or(PostingError::Empty)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_each_state_posts() {
        let money = ReturnMoney {
            reference: "camt:K1".to_owned(),
            amount: Money::new(1_000, crate::Currency::CNY).unwrap(),
        };
        let table = "
            accepted   return-ordered unmatched returns-payable
            submitted
            settled    return-paid returns-payable bank
            rejected   return-failed returns-payable unmatched
            returned   return-failed bank unmatched";
        for row in table.lines().skip(1) {
            let (state, wanted) = row.trim().split_once(' ').unwrap_or((row.trim(), ""));
            let state: OrderState = state.parse().unwrap();
            let posted = money.entering(state, Timestamp::UNIX_EPOCH).unwrap();
            let found: Vec<String> = posted
                .iter()
                .map(|one| {
                    let [transfer] = &one.transfers[..] else {
                        panic!("{one:?}")
                    };
                    assert_eq!(transfer.amount(), money.amount);
                    assert_eq!(one.subject.to_string(), "bank:camt:K1");
                    format!("{} {} {}", one.event, transfer.debit(), transfer.credit())
                })
                .collect();
            assert_eq!(found.join(" "), wanted.trim(), "{state}");
        }
        for state in [
            OrderState::AwaitingApproval,
            OrderState::Refused,
            OrderState::Cancelled,
            OrderState::Lapsed,
        ] {
            let posted = money.entering(state, Timestamp::UNIX_EPOCH);
            assert_eq!(posted, Err(PostingError::Empty), "{state}");
        }
    }
}
