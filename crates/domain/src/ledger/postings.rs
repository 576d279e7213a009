//! Postings of what is about no order: bills, and money that came or went by itself.

use jiff::Timestamp;

use super::{
    DepositPart, Event, LedgerAccount, OrderBill, Posting, PostingError, Subject, Transfer,
};
use crate::journal::Link;
use crate::{AccountId, BillId, Money, MoneyError, OrderId};

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
    /// SHA-256 of its document: the journal covers it.
    pub document: Link,
}

/// What a credit note takes back of a bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreditNote {
    /// The bill.
    pub bill: BillId,
    /// Of electricity sold.
    pub revenue: Money,
    /// Of tax.
    pub tax: Money,
    /// Of levies.
    pub levies: Money,
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
    let posted = posting(Event::Bill, Subject::Bill(bill.bill.clone()), at, transfers);
    let document = Some(bill.document);
    posted
        .map(|posted| Posting { document, ..posted })
        .ok_or(PostingError::Empty)
}

/// A bill was paid through another channel, over the counter for instance: `owed` of it, and what
/// was paid `over` that, into a deposit.
///
/// # Errors
/// [`PostingError::Empty`] when nothing was paid.
pub fn paid_elsewhere(
    bill: &BillId,
    owed: Money,
    over: Option<&DepositPart>,
    at: Timestamp,
) -> Result<Posting, PostingError> {
    let receivable = LedgerAccount::Receivable(bill.clone());
    let owed = Transfer::new(LedgerAccount::OtherChannels, receivable, owed);
    let over = over.and_then(|over| over.credited(&LedgerAccount::OtherChannels));
    let subject = Subject::Bill(bill.clone());
    posting(
        Event::PaidElsewhere,
        subject,
        at,
        owed.into_iter().chain(over),
    )
    .ok_or(PostingError::Empty)
}

/// A bill is corrected downwards: what is taken back lowers what is open of it, and what is `over`
/// that (it was paid, or an order holds it) goes into a deposit.
///
/// # Errors
/// [`PostingError`] when nothing is taken back, or `over` is more than that.
pub fn credit_note(
    note: &CreditNote,
    over: Option<&DepositPart>,
    at: Timestamp,
) -> Result<Posting, PostingError> {
    let total = note
        .revenue
        .checked_add(note.tax)?
        .checked_add(note.levies)?;
    let zero = Money::zero(total.currency());
    let mut owed = total.checked_sub(over.map_or(zero, |over| over.amount))?;
    let receivable = LedgerAccount::Receivable(note.bill.clone());
    let mut transfers = Vec::new();
    for (debit, amount) in [
        (LedgerAccount::Revenue, note.revenue),
        (LedgerAccount::TaxPayable, note.tax),
        (LedgerAccount::LeviesPayable, note.levies),
    ] {
        let of_bill = Money::new(amount.minor().min(owed.minor()), amount.currency())?;
        owed = owed.checked_sub(of_bill)?;
        transfers.extend(Transfer::new(debit.clone(), receivable.clone(), of_bill));
        if let Some(over) = over {
            let account = LedgerAccount::Deposit(over.account.clone());
            transfers.extend(Transfer::new(debit, account, amount.checked_sub(of_bill)?));
        }
    }
    let subject = Subject::Bill(note.bill.clone());
    posting(Event::CreditNote, subject, at, transfers).ok_or(PostingError::Empty)
}

/// A deposit was there before these books began.
///
/// # Errors
/// [`PostingError::Empty`] when the amount is zero.
pub fn opening_balance(deposit: &DepositPart, at: Timestamp) -> Result<Posting, PostingError> {
    let transfer = deposit.credited(&LedgerAccount::OpeningBalances);
    let subject = Subject::Deposit(deposit.account.clone());
    posting(Event::OpeningBalance, subject, at, transfer).ok_or(PostingError::Empty)
}

/// A deposit paid a bill under a standing instruction, with the penalty of that day.
///
/// # Errors
/// [`PostingError`] when the amounts do not add up, or there is nothing to pay.
pub fn deposit_applied(
    bill: &OrderBill,
    deposit: &AccountId,
    at: Timestamp,
) -> Result<Vec<Posting>, PostingError> {
    let deposit = LedgerAccount::Deposit(deposit.clone());
    let subject = Subject::Bill(bill.bill.clone());
    let bills = std::slice::from_ref(bill);
    paid(Event::DepositApplied, subject, &deposit, bills, None, at)
}

/// A credit came with the reference of an order: it pays these bills, with the penalties of its
/// value date, and the rest goes into a deposit.
///
/// # Errors
/// [`PostingError`] when the amounts do not add up, or there is nothing.
pub fn credit_matched(
    order: OrderId,
    bills: &[OrderBill],
    over: Option<&DepositPart>,
    at: Timestamp,
) -> Result<Vec<Posting>, PostingError> {
    let subject = Subject::Order(order);
    paid(
        Event::CreditMatched,
        subject,
        &LedgerAccount::Bank,
        bills,
        over,
        at,
    )
}

/// A credit came that nobody can place yet. `reference` is the bank's of it.
///
/// # Errors
/// [`PostingError::Empty`] when the amount is zero.
pub fn unmatched_receipt(
    reference: &str,
    amount: Money,
    at: Timestamp,
) -> Result<Posting, PostingError> {
    let transfer = Transfer::new(LedgerAccount::Bank, LedgerAccount::Unmatched, amount);
    let subject = Subject::Bank(reference.to_owned());
    posting(Event::UnmatchedReceipt, subject, at, transfer).ok_or(PostingError::Empty)
}

/// An unmatched receipt was placed: it pays these bills, and the rest goes into a deposit.
///
/// # Errors
/// [`PostingError`] when the amounts do not add up, or there is nothing.
pub fn receipt_matched(
    reference: &str,
    bills: &[OrderBill],
    over: Option<&DepositPart>,
    at: Timestamp,
) -> Result<Vec<Posting>, PostingError> {
    let subject = Subject::Bank(reference.to_owned());
    paid(
        Event::ReceiptMatched,
        subject,
        &LedgerAccount::Unmatched,
        bills,
        over,
        at,
    )
}

/// The bank took its fee.
///
/// # Errors
/// [`PostingError::Empty`] when the amount is zero.
pub fn bank_fee(reference: &str, amount: Money, at: Timestamp) -> Result<Posting, PostingError> {
    let transfer = Transfer::new(LedgerAccount::BankCharges, LedgerAccount::Bank, amount);
    let subject = Subject::Bank(reference.to_owned());
    posting(Event::BankFee, subject, at, transfer).ok_or(PostingError::Empty)
}

/// Penalties are fixed, then money of `from` pays bills, and what is over goes into a deposit.
fn paid(
    event: Event,
    subject: Subject,
    from: &LedgerAccount,
    bills: &[OrderBill],
    over: Option<&DepositPart>,
    at: Timestamp,
) -> Result<Vec<Posting>, PostingError> {
    let currency = match (bills.first(), over) {
        (Some(bill), _) => bill.principal.currency(),
        (None, Some(over)) => over.amount.currency(),
        (None, None) => return Err(PostingError::Empty),
    };
    let totals = bills
        .iter()
        .map(OrderBill::total)
        .collect::<Result<Vec<_>, _>>()?;
    Money::sum(
        currency,
        totals.into_iter().chain(over.map(|over| over.amount)),
    )?;
    let fixed = posting(
        Event::PenaltyFixed,
        subject.clone(),
        at,
        penalties_fixed(bills),
    );
    let paid = posting(event, subject.clone(), at, claims(from, bills));
    let over = over.and_then(|over| over.credited(from));
    let over = posting(Event::Overpaid, subject, at, over);
    if paid.is_none() && over.is_none() {
        return Err(PostingError::Empty);
    }
    Ok([fixed, paid, over].into_iter().flatten().collect())
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

impl DepositPart {
    /// Into the deposit, out of an account.
    pub(super) fn credited(&self, from: &LedgerAccount) -> Option<Transfer> {
        let account = LedgerAccount::Deposit(self.account.clone());
        Transfer::new(from.clone(), account, self.amount)
    }
}

/// Each bill's receivable grows by its penalty.
pub(super) fn penalties_fixed(bills: &[OrderBill]) -> impl Iterator<Item = Transfer> {
    bills.iter().filter_map(|bill| {
        let receivable = LedgerAccount::Receivable(bill.bill.clone());
        Transfer::new(receivable, LedgerAccount::Penalty, bill.penalty)
    })
}

/// Each bill's receivable shrinks by what is paid of it, and `by` has it.
pub(super) fn claims(by: &LedgerAccount, bills: &[OrderBill]) -> impl Iterator<Item = Transfer> {
    bills.iter().filter_map(move |bill| {
        let receivable = LedgerAccount::Receivable(bill.bill.clone());
        Transfer::new(by.clone(), receivable, bill.total().ok()?)
    })
}

/// The only place that makes one; `None` when nothing would move.
pub(super) fn posting(
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
        document: None,
        transfers,
    })
}
