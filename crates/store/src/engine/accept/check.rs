//! What stands against an order. Nothing here changes anything.

use jiff::ToSpan as _;
use jiff::civil::Date;
use wattkey_domain::ledger::{OrderMoney, PostingError};
use wattkey_domain::{AccountId, Balance, CustomerId, Money, Right};

use crate::StoreError;
use crate::engine::Working;
use crate::engine::working::UserTerms;
use crate::outcome::{AcceptBill, AcceptOrder, AcceptOutcome, BankMessageDraft, FundsSource};

/// The furthest day of collection, in days from today.
const MAX_AHEAD: i64 = 90;

/// Why the order is refused, as far as its bills, accounts and mandate go.
pub(super) fn refusal(working: &Working, order: &AcceptOrder) -> Option<AcceptOutcome> {
    // In this transaction, so that no order is posted after the step that unbinds its signer.
    if working.bindings.sequence != order.bindings {
        return Some(AcceptOutcome::BindingsMoved);
    }
    if let FundsSource::Transfer { creditor_reference } = &order.source
        && working.transfers.contains_key(creditor_reference)
    {
        return Some(AcceptOutcome::ReferenceTaken);
    }
    if let Some(refusal) = mandate(working, order) {
        return Some(refusal);
    }
    if let Some(refusal) = right(working, order) {
        return Some(refusal);
    }
    order.bills.iter().enumerate().find_map(|(index, wanted)| {
        // At most 100 bills: looking is cheaper than hashing.
        if order.bills[..index]
            .iter()
            .any(|one| one.bill == wanted.bill)
        {
            let bill = wanted.bill.clone();
            return Some(AcceptOutcome::BillTwice { bill });
        }
        bill(working, order, wanted)
    })
}

/// Whether the signer may make orders about all of its contract accounts, as of this transaction.
fn right(working: &Working, order: &AcceptOrder) -> Option<AcceptOutcome> {
    let accounts = accounts(working, order);
    let missing = working.missing_right(order.user, Right::Prepare, accounts);
    missing.map(AcceptOutcome::NoRight)
}

/// Whether the signer needs nobody else's approval on any of its contract accounts.
pub(super) fn may_alone(working: &Working, order: &AcceptOrder) -> bool {
    accounts(working, order).all(|account| working.may(order.user, Right::Approve, account))
}

/// The contract accounts that an order is about, as far as they are the customer's.
fn accounts<'a>(
    working: &'a Working,
    order: &'a AcceptOrder,
) -> impl Iterator<Item = &'a AccountId> {
    let bills = order.bills.iter();
    let bills = bills.filter_map(|bill| working.bills.get(&bill.bill));
    let bills = bills.filter(|bill| bill.customer == order.customer);
    let source = match &order.source {
        FundsSource::Deposit(account) => Some(account),
        FundsSource::Mandate(_) | FundsSource::Transfer { .. } => None,
    };
    let deposits = source
        .into_iter()
        .chain(order.deposit.iter().map(|part| &part.account));
    let own = |account: &&AccountId| working.accounts.get(*account) == Some(&order.customer);
    bills.map(|bill| &bill.account).chain(deposits.filter(own))
}

fn mandate(working: &Working, order: &AcceptOrder) -> Option<AcceptOutcome> {
    let wanted = order.mandate()?;
    let mandate = working.mandates.get(wanted);
    let Some(mandate) = mandate.filter(|mandate| mandate.customer == order.customer) else {
        return Some(AcceptOutcome::UnknownMandate);
    };
    if mandate.currency != order.currency {
        let currency = mandate.currency;
        return Some(AcceptOutcome::MandateCurrency { currency });
    }
    (!mandate.is_in_force(order.day())).then_some(AcceptOutcome::MandateNotInForce)
}

impl crate::engine::working::MandateTerms {
    pub(in crate::engine) fn is_in_force(&self, day: Date) -> bool {
        self.valid_from <= day && self.ended.is_none_or(|ended| day < ended)
    }
}

fn bill(working: &Working, order: &AcceptOrder, wanted: &AcceptBill) -> Option<AcceptOutcome> {
    let bill = wanted.bill.clone();
    let found = working.bills.get(&bill);
    let Some(found) = found.filter(|found| found.customer == order.customer) else {
        return Some(AcceptOutcome::UnknownBill { bill });
    };
    if found.digest != wanted.document {
        let digest = found.digest;
        return Some(AcceptOutcome::DocumentMismatch { bill, digest });
    }
    let currency = found.currency;
    if currency != order.currency {
        return Some(AcceptOutcome::BillCurrency { bill, currency });
    }
    if wanted.principal.minor() > found.open || wanted.principal.is_zero() {
        if let Some((order, user)) = found.claims.first().copied() {
            return Some(AcceptOutcome::BillClaimed { bill, order, user });
        }
        if found.open == 0 {
            return Some(AcceptOutcome::BillPaid { bill });
        }
    }
    if wanted.quote_until <= order.now {
        return Some(AcceptOutcome::QuoteExpired { bill });
    }
    if wanted.principal.is_zero() {
        return Some(AcceptOutcome::Unpostable(PostingError::Empty));
    }
    let payable = wanted.principal.minor().min(found.open);
    let payable = Money::new(payable, currency).and_then(|principal| {
        let rules = &order.quoting.rules;
        let debt = found.debt(order.quoting.today(order.now))?;
        let penalty = rules.penalty(principal, &debt, order.day())?;
        Ok((principal, penalty))
    });
    match payable {
        Ok(payable) if payable == (wanted.principal, wanted.penalty) => None,
        Ok((principal, penalty)) => Some(AcceptOutcome::QuoteMismatch {
            bill,
            principal,
            penalty,
        }),
        Err(error) => Some(AcceptOutcome::Unpostable(error.into())),
    }
}

/// Why the deposits do not fit the order: the one that pays, the one that is paid into.
pub(super) fn funds(working: &Working, order: &AcceptOrder, total: Money) -> Option<AcceptOutcome> {
    if let FundsSource::Deposit(account) = &order.source {
        if let Some(refusal) = deposit(working, order.customer, account, total) {
            return Some(refusal);
        }
        let balance = working.deposits.get(account).map_or(0, |one| one.balance);
        if balance < total.minor() {
            return Some(match Balance::new(balance, total.currency()) {
                Ok(balance) => AcceptOutcome::DepositTooSmall { balance },
                Err(error) => AcceptOutcome::Unpostable(error.into()),
            });
        }
    }
    let part = order.deposit.as_ref()?;
    if part.amount.is_zero() {
        return Some(AcceptOutcome::Unpostable(PostingError::Empty));
    }
    deposit(working, order.customer, &part.account, total)
}

/// Whether the account is the customer's, and its deposit in the currency of the order.
fn deposit(
    working: &Working,
    customer: CustomerId,
    account: &AccountId,
    total: Money,
) -> Option<AcceptOutcome> {
    if working.accounts.get(account) != Some(&customer) {
        let account = account.clone();
        return Some(AcceptOutcome::UnknownAccount { account });
    }
    let currency = working.deposits.get(account)?.currency?;
    (currency != total.currency()).then_some(AcceptOutcome::AccountCurrency { currency })
}

/// Whether the user's orders of the day would come to more than they may.
pub(super) fn day_limit(
    working: &Working,
    order: &AcceptOrder,
    user: UserTerms,
    total: Money,
) -> Result<Option<AcceptOutcome>, StoreError> {
    let Some(limit) = user.day_limit.filter(|_| order.is_limited()) else {
        return Ok(None);
    };
    let unknown = |what: &dyn std::fmt::Display| {
        StoreError::Corrupt(format!("what user {} spent today: {what}", order.user))
    };
    let day = order
        .quoting
        .day(order.now)
        .map_err(|error| unknown(&error))?;
    let spent = working.spent.get(&(order.user, day.start.as_second()));
    let spent = *spent.ok_or_else(|| unknown(&"it was not loaded"))?;
    if spent.saturating_add(total.minor()) <= limit {
        return Ok(None);
    }
    let money = |minor| Money::new(minor, order.currency).map_err(|error| unknown(&error));
    Ok(Some(AcceptOutcome::LimitExceeded {
        limit: money(limit)?,
        used: money(spent)?,
    }))
}

/// What only a fault of the platform can get wrong; the database would refuse the whole batch.
pub(super) fn platform(working: &Working, order: &AcceptOrder) -> Result<UserTerms, StoreError> {
    let refuse = |what: &str| {
        let order = order.order;
        Err(StoreError::Refused(format!("order {order}: {what}")))
    };
    let Some(user) = working.users.get(&order.user) else {
        return refuse("there is no such user");
    };
    if order.reference.contains('\0') || order.jws.contains('\0') {
        return refuse("a text has a NUL, which no database keeps");
    }
    let of_deposit = matches!(order.source, FundsSource::Deposit(_));
    if of_deposit && order.deposit.is_some() {
        return refuse("a deposit cannot be filled from a deposit");
    }
    if order.refund.is_some() && !(of_deposit && order.bills.is_empty()) {
        return refuse("a refund is out of a deposit, and alone");
    }
    if order
        .refund
        .as_ref()
        .is_some_and(|refund| refund.amount.is_zero())
    {
        return refuse("its refund is nothing");
    }
    if let Some(day) = order.execute {
        let today = order.quoting.today(order.now);
        let last = today.saturating_add(MAX_AHEAD.days());
        if !matches!(order.source, FundsSource::Mandate(_)) || day <= today || day > last {
            return refuse("only a collection is scheduled, for a day of the next 90");
        }
    }
    Ok(*user)
}

/// Whether the message to the bank is there when there must be one, and under an id of its own.
pub(super) fn message(
    working: &Working,
    order: &AcceptOrder,
    money: &OrderMoney,
    message: Option<&BankMessageDraft>,
    awaits: bool,
) -> Result<(), StoreError> {
    let refuse = |what: &str| {
        let order = order.order;
        Err(StoreError::Refused(format!("order {order}: {what}")))
    };
    if message.is_some() != (money.goes_to_bank() && !awaits) {
        return refuse("a collection and a refund have a message to the bank, and nothing else");
    }
    if message.is_some_and(|message| working.messages.contains_key(&message.id)) {
        return refuse("its message id is taken");
    }
    Ok(())
}
