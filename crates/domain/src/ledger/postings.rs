use jiff::Timestamp;

use super::{Event, LedgerAccount, Posting, Subject, Transfer};
use crate::{BillId, Money, MoneyError, OrderId};

/// The parts of a bill as they enter the books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bill {
    /// Which.
    pub bill: BillId,
    /// Electricity sold.
    pub revenue: Money,
    /// Tax owed to the state.
    pub tax: Money,
    /// Levies collected for others.
    pub levies: Money,
}

/// What an order pays of one bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderBill {
    /// Which.
    pub bill: BillId,
    /// Of the bill itself.
    pub principal: Money,
    /// Late-payment penalty, fixed by the order.
    pub penalty: Money,
}

/// The event cannot be posted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PostingError {
    /// An amount that cannot be.
    #[error("the amounts do not add up")]
    Money(#[from] MoneyError),
    /// Nothing would move.
    #[error("there is nothing to post")]
    Empty,
}

impl OrderBill {
    /// Principal and penalty together.
    ///
    /// # Errors
    /// [`MoneyError`].
    pub fn total(&self) -> Result<Money, MoneyError> {
        self.principal.checked_add(self.penalty)
    }
}

/// A bill came: the customer owes it, split into what is ours and what we pass on.
///
/// # Errors
/// [`PostingError`] when all three parts are zero, or they are of different currencies.
pub fn bill(bill: &Bill, at: Timestamp) -> Result<Posting, PostingError> {
    bill.revenue
        .checked_add(bill.tax)?
        .checked_add(bill.levies)?;
    let receivable = LedgerAccount::Receivable(bill.bill.clone());
    let parts = [
        (LedgerAccount::Revenue, bill.revenue),
        (LedgerAccount::TaxPayable, bill.tax),
        (LedgerAccount::LeviesPayable, bill.levies),
    ];
    let transfers = parts
        .into_iter()
        .filter_map(|(credit, amount)| Transfer::new(receivable.clone(), credit, amount));
    posting(Event::Bill, Subject::Bill(bill.bill.clone()), at, transfers).ok_or(PostingError::Empty)
}

/// A bill was paid through another channel, over the counter for instance.
///
/// # Errors
/// [`PostingError::Empty`] when the amount is zero.
pub fn paid_elsewhere(
    bill: &BillId,
    amount: Money,
    at: Timestamp,
) -> Result<Posting, PostingError> {
    let receivable = LedgerAccount::Receivable(bill.clone());
    let transfer = Transfer::new(LedgerAccount::OtherChannels, receivable, amount);
    let subject = Subject::Bill(bill.clone());
    posting(Event::PaidElsewhere, subject, at, transfer).ok_or(PostingError::Empty)
}

/// An order was accepted: its penalties are fixed, then everything moves into transit.
///
/// # Errors
/// [`PostingError`] when there is nothing to pay or the amounts do not add up.
pub fn accepted(
    order: OrderId,
    bills: &[OrderBill],
    at: Timestamp,
) -> Result<Vec<Posting>, PostingError> {
    total(bills)?;
    let penalties = bills.iter().filter_map(|bill| {
        let receivable = LedgerAccount::Receivable(bill.bill.clone());
        Transfer::new(receivable, LedgerAccount::Penalty, bill.penalty)
    });
    let claims = bills.iter().filter_map(|bill| {
        let receivable = LedgerAccount::Receivable(bill.bill.clone());
        let amount = bill.total().ok()?;
        Transfer::new(LedgerAccount::InTransit(order), receivable, amount)
    });
    let subject = Subject::Order(order);
    let fixed = posting(Event::PenaltyFixed, subject.clone(), at, penalties);
    let accepted = posting(Event::OrderAccepted, subject, at, claims).ok_or(PostingError::Empty)?;
    Ok(fixed.into_iter().chain([accepted]).collect())
}

/// The bank booked the order.
///
/// # Errors
/// [`PostingError`] when there is nothing in the order or the amounts do not add up.
pub fn booked(
    order: OrderId,
    bills: &[OrderBill],
    at: Timestamp,
) -> Result<Vec<Posting>, PostingError> {
    let transfer = Transfer::new(
        LedgerAccount::Bank,
        LedgerAccount::InTransit(order),
        total(bills)?,
    );
    let booked = posting(Event::Booked, Subject::Order(order), at, transfer);
    booked.map(|booked| vec![booked]).ok_or(PostingError::Empty)
}

/// The bank refused the order: the bills are open again, and the penalty runs on.
///
/// # Errors
/// [`PostingError`] when there is nothing in the order or the amounts do not add up.
pub fn rejected(
    order: OrderId,
    bills: &[OrderBill],
    at: Timestamp,
) -> Result<Vec<Posting>, PostingError> {
    reopened(
        Event::Rejected,
        &LedgerAccount::InTransit(order),
        order,
        bills,
        at,
    )
}

/// The bank took a booked order back: the bills are open again with their old due dates, and the
/// penalty runs on.
///
/// # Errors
/// [`PostingError`] when there is nothing in the order or the amounts do not add up.
pub fn returned(
    order: OrderId,
    bills: &[OrderBill],
    at: Timestamp,
) -> Result<Vec<Posting>, PostingError> {
    reopened(Event::Returned, &LedgerAccount::Bank, order, bills, at)
}

fn reopened(
    event: Event,
    from: &LedgerAccount,
    order: OrderId,
    bills: &[OrderBill],
    at: Timestamp,
) -> Result<Vec<Posting>, PostingError> {
    total(bills)?;
    let opened = bills.iter().filter_map(|bill| {
        let receivable = LedgerAccount::Receivable(bill.bill.clone());
        Transfer::new(receivable, from.clone(), bill.total().ok()?)
    });
    let penalties = bills.iter().filter_map(|bill| {
        let receivable = LedgerAccount::Receivable(bill.bill.clone());
        Transfer::new(LedgerAccount::Penalty, receivable, bill.penalty)
    });
    let subject = Subject::Order(order);
    let opened = posting(event, subject.clone(), at, opened).ok_or(PostingError::Empty)?;
    let taken_back = posting(Event::PenaltyTakenBack, subject, at, penalties);
    Ok([opened].into_iter().chain(taken_back).collect())
}

fn total(bills: &[OrderBill]) -> Result<Money, PostingError> {
    let first = bills.first().ok_or(PostingError::Empty)?;
    let totals = bills
        .iter()
        .map(OrderBill::total)
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Money::sum(first.principal.currency(), totals)?)
}

fn posting(
    event: Event,
    subject: Subject,
    at: Timestamp,
    transfers: impl IntoIterator<Item = Transfer>,
) -> Option<Posting> {
    let transfers: Vec<_> = transfers.into_iter().collect();
    (!transfers.is_empty()).then_some(Posting {
        event,
        subject,
        at,
        transfers,
    })
}
