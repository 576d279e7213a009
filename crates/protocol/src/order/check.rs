//! What an order says of itself: bounds, sums, which members go together.

use wattkey_domain::CreditorReference;

use super::{MAX_BILLS, MAX_REFERENCE, Order, Source};
use crate::json::{DocumentError, check_minor, check_text};
use crate::signed::{MAX_NAME, check_common};

pub(super) fn order(order: &Order) -> Result<(), DocumentError> {
    for (name, text) in [
        ("payee.name", &order.payee.name),
        ("payee.account", &order.payee.account),
        ("customer.name", &order.customer.name),
    ] {
        check_text(name, text, MAX_NAME)?;
    }
    check_reference(&order.reference)?;
    bills(order)?;
    source(order)?;
    sum(order)?;
    check_common(order)
}

fn bills(order: &Order) -> Result<(), DocumentError> {
    if order.bills.len() > MAX_BILLS {
        return Err(DocumentError::new(format!(
            "an order has at most {MAX_BILLS} bills"
        )));
    }
    if order.bills.is_empty() && order.deposit.is_none() && order.refund.is_none() {
        return Err(DocumentError::new(
            "an order has bills, a deposit or a refund",
        ));
    }
    for (index, bill) in order.bills.iter().enumerate() {
        let mut before = order.bills.iter().take(index);
        if before.any(|other| other.bill == bill.bill) {
            return Err(DocumentError::new("a bill is there twice"));
        }
        check_minor("principal", bill.principal, 1)?;
        check_minor("penalty", bill.penalty, 0)?;
    }
    Ok(())
}

fn source(order: &Order) -> Result<(), DocumentError> {
    match &order.source {
        Source::Mandate { debtor_account, .. } => {
            check_text("source.debtor_account", debtor_account, MAX_NAME)?;
        }
        Source::Transfer { creditor_reference } => {
            let own = CreditorReference::for_order(&order.order);
            if own.as_str() != creditor_reference {
                return Err(DocumentError::new(
                    "source.creditor_reference is not the one of the order's id",
                ));
            }
        }
        Source::Deposit { .. } => {}
    }
    let (mandate, deposit) = (
        matches!(order.source, Source::Mandate { .. }),
        matches!(order.source, Source::Deposit { .. }),
    );
    if let Some(part) = &order.deposit {
        check_minor("deposit.amount", part.amount, 1)?;
        if deposit {
            return Err(DocumentError::new("a deposit is not paid from a deposit"));
        }
    }
    if let Some(part) = &order.refund {
        check_minor("refund.amount", part.amount, 1)?;
        check_text("refund.account", &part.account, MAX_NAME)?;
        if !deposit || !order.bills.is_empty() || order.deposit.is_some() {
            return Err(DocumentError::new(
                "a refund comes from a deposit, in an order of its own",
            ));
        }
    }
    if order.execute.is_some() && !mandate {
        return Err(DocumentError::new("execute goes with a debit mandate only"));
    }
    Ok(())
}

fn sum(order: &Order) -> Result<(), DocumentError> {
    let bills = order
        .bills
        .iter()
        .flat_map(|bill| [bill.principal, bill.penalty]);
    let deposit = order.deposit.iter().map(|part| part.amount);
    let refund = order.refund.iter().map(|part| part.amount);
    let mut parts = bills.chain(deposit).chain(refund);
    let sum = parts.try_fold(0_i64, |sum: i64, part| sum.checked_add(part));
    let sum = sum.ok_or_else(|| DocumentError::new("the sum of the parts is too large"))?;
    check_minor("total", order.total, 1)?;
    if sum == order.total {
        return Ok(());
    }
    Err(DocumentError::new(
        "total is not the sum of bills, deposit and refund",
    ))
}

/// Checks a customer's reference: at most 35 characters of the ISO 20022 set.
///
/// # Errors
/// When it is longer or has other characters.
pub fn check_reference(text: &str) -> Result<(), DocumentError> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"/-?:().,'+ ".contains(&b);
    if text.len() <= MAX_REFERENCE && text.bytes().all(allowed) {
        return Ok(());
    }
    Err(DocumentError::new(format!(
        "reference has more than {MAX_REFERENCE} characters or others than A-Z a-z 0-9 / - ? : ( ) . , ' + and space"
    )))
}
