//! What an order moves, state by state.

use jiff::Timestamp;

use super::postings::{claims, penalties_fixed, posting};
use super::{
    DepositPart, Event, LedgerAccount, OrderBill, Posting, PostingError, Subject, Transfer,
};
use crate::{AccountId, Currency, Money, MoneyError, OrderId, OrderState};

/// Where the money of an order comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Funds {
    /// The bank collects it under a debit mandate.
    Mandate,
    /// The customer pays it himself: nothing is claimed, and its credits post.
    Transfer,
    /// The deposit of a contract account.
    Deposit(AccountId),
}

/// The money of an order: all that its postings are made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderMoney {
    /// Which order.
    pub order: OrderId,
    /// Of all amounts.
    pub currency: Currency,
    /// What it pays of bills, in the order of the document.
    pub bills: Vec<OrderBill>,
    /// What it pays into a deposit.
    pub deposit: Option<DepositPart>,
    /// What is paid back to the customer, out of the deposit that it is funded from.
    pub refund: Option<Money>,
    /// Where the money comes from.
    pub funds: Funds,
}

impl OrderMoney {
    /// All principals, penalties, what goes into a deposit and what is paid back.
    ///
    /// # Errors
    /// [`MoneyError`].
    pub fn total(&self) -> Result<Money, MoneyError> {
        let bills = self.bills.iter().map(OrderBill::total);
        let bills = bills.collect::<Result<Vec<_>, _>>()?;
        let deposit = self.deposit.iter().map(|part| part.amount);
        Money::sum(
            self.currency,
            bills.into_iter().chain(deposit).chain(self.refund),
        )
    }

    /// Whether it holds its bills until it is settled or comes to nothing.
    #[must_use]
    pub fn claims(&self) -> bool {
        self.funds != Funds::Transfer
    }

    /// Whether our bank must do something for it: collect, or pay a refund.
    #[must_use]
    pub fn goes_to_bank(&self) -> bool {
        self.funds == Funds::Mandate || self.refund.is_some()
    }

    /// What coming into a state posts; nothing, for some. `from` is the state before: none when the
    /// order is taken in.
    ///
    /// # Errors
    /// [`PostingError`] when the amounts do not add up or are all zero.
    pub fn entering(
        &self,
        from: Option<OrderState>,
        to: OrderState,
        at: Timestamp,
    ) -> Result<Vec<Posting>, PostingError> {
        if self.total()?.is_zero() {
            return Err(PostingError::Empty);
        }
        let postings = match (&self.funds, to) {
            // Its credits post.
            (Funds::Transfer, _) | (_, OrderState::Submitted) => Vec::new(),
            (_, OrderState::AwaitingApproval) => self.claimed(Event::OrderTakenIn, at),
            (_, OrderState::Accepted) => self.accepted(from, at),
            (_, OrderState::Settled) => self.settled(at)?,
            (_, OrderState::Returned) => self.returned(at),
            (_, OrderState::Rejected) => self.given_up(Event::Rejected, from, at),
            (_, OrderState::Refused) => self.given_up(Event::Refused, from, at),
            (_, OrderState::Cancelled) => self.given_up(Event::Cancelled, from, at),
            (_, OrderState::Lapsed) => self.given_up(Event::Lapsed, from, at),
        };
        Ok(postings)
    }

    /// Penalties are fixed, then everything moves into transit.
    fn claimed(&self, event: Event, at: Timestamp) -> Vec<Posting> {
        let fixed = penalties_fixed(&self.bills);
        let in_transit = LedgerAccount::InTransit(self.order);
        let claims = claims(&in_transit, &self.bills);
        [
            posting(Event::PenaltyFixed, self.subject(), at, fixed),
            posting(event, self.subject(), at, claims),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// What awaited approval is claimed already. A refund leaves the deposit now.
    fn accepted(&self, from: Option<OrderState>, at: Timestamp) -> Vec<Posting> {
        let mut postings = match from {
            None => self.claimed(Event::OrderAccepted, at),
            Some(_) => Vec::new(),
        };
        let refund = self.refund_transfer(|deposit| (deposit, LedgerAccount::RefundsPayable));
        postings.extend(posting(Event::RefundOrdered, self.subject(), at, refund));
        postings
    }

    fn settled(&self, at: Timestamp) -> Result<Vec<Posting>, MoneyError> {
        let in_transit = LedgerAccount::InTransit(self.order);
        let totals = self.bills.iter().map(OrderBill::total);
        let totals = totals.collect::<Result<Vec<_>, _>>()?;
        let total = Money::sum(self.currency, totals)?;
        let (event, from) = match &self.funds {
            Funds::Deposit(account) => {
                let deposit = LedgerAccount::Deposit(account.clone());
                (Event::DepositApplied, deposit)
            }
            Funds::Mandate | Funds::Transfer => (Event::Booked, LedgerAccount::Bank),
        };
        let bills = Transfer::new(from, in_transit, total);
        let over = self.deposit.as_ref();
        let over = over.and_then(|over| over.credited(&LedgerAccount::Bank));
        let refund = self.refund_transfer(|_| (LedgerAccount::RefundsPayable, LedgerAccount::Bank));
        let postings = [
            posting(event, self.subject(), at, bills),
            posting(Event::Overpaid, self.subject(), at, over),
            posting(Event::RefundPaid, self.subject(), at, refund),
        ];
        Ok(postings.into_iter().flatten().collect())
    }

    /// Everything goes back to where it was before the order, and penalties run on.
    fn returned(&self, at: Timestamp) -> Vec<Posting> {
        let bank = LedgerAccount::Bank;
        let bills = opened(&bank, &self.bills);
        let over = self.deposit.iter().filter_map(|over| {
            let deposit = LedgerAccount::Deposit(over.account.clone());
            Transfer::new(deposit, bank.clone(), over.amount)
        });
        let came_back =
            self.refund_transfer(|_| (LedgerAccount::Bank, LedgerAccount::RefundsPayable));
        let refund = self.refund_transfer(|deposit| (LedgerAccount::RefundsPayable, deposit));
        let transfers = bills.chain(over).chain(came_back).chain(refund);
        let returned = posting(Event::Returned, self.subject(), at, transfers);
        returned.into_iter().chain(self.taken_back(at)).collect()
    }

    /// The bills are open again. A refund that was accepted goes back into the deposit.
    fn given_up(&self, event: Event, from: Option<OrderState>, at: Timestamp) -> Vec<Posting> {
        let in_transit = LedgerAccount::InTransit(self.order);
        let bills = opened(&in_transit, &self.bills);
        let left = from != Some(OrderState::AwaitingApproval);
        let refund = self.refund_transfer(|deposit| (LedgerAccount::RefundsPayable, deposit));
        let transfers = bills.chain(refund.filter(|_| left));
        let given_up = posting(event, self.subject(), at, transfers);
        given_up.into_iter().chain(self.taken_back(at)).collect()
    }

    fn taken_back(&self, at: Timestamp) -> Option<Posting> {
        let penalties = self.bills.iter().filter_map(|bill| {
            let receivable = LedgerAccount::Receivable(bill.bill.clone());
            Transfer::new(LedgerAccount::Penalty, receivable, bill.penalty)
        });
        posting(Event::PenaltyTakenBack, self.subject(), at, penalties)
    }

    /// The amount of the refund between two accounts, of which one may be the deposit.
    fn refund_transfer(
        &self,
        accounts: impl FnOnce(LedgerAccount) -> (LedgerAccount, LedgerAccount),
    ) -> Option<Transfer> {
        let (Some(amount), Funds::Deposit(account)) = (self.refund, &self.funds) else {
            return None;
        };
        let (debit, credit) = accounts(LedgerAccount::Deposit(account.clone()));
        Transfer::new(debit, credit, amount)
    }

    fn subject(&self) -> Subject {
        Subject::Order(self.order)
    }
}

/// What was paid of each bill is open again, out of `from`.
fn opened(from: &LedgerAccount, bills: &[OrderBill]) -> impl Iterator<Item = Transfer> {
    bills.iter().filter_map(move |bill| {
        let receivable = LedgerAccount::Receivable(bill.bill.clone());
        Transfer::new(receivable, from.clone(), bill.total().ok()?)
    })
}
