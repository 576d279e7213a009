//! Building an order from what the service says of the bills.

mod error;
mod request;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use wattkey_domain::{
    AccountId, BillDocument, BillId, CreditorReference, Currency, MandateId, OrderId,
};
use wattkey_pki::Digest;
use wattkey_protocol::api::{Account, BillDetail, BillSummary, Mandate, Me, Quote};
use wattkey_protocol::order::{
    DepositPart, Draft, MAX_LIFETIME_S, Order, OrderBill, RefundPart, Source, check_reference,
};
use wattkey_protocol::time;

use super::Client;
use super::allocate::today;
use crate::connection::ServiceError;
use crate::money::{self, AmountError};

pub use error::DraftError;
pub use request::{Amount, BillPart, DepositRequest, Funds, RefundRequest, Request};

/// The most days ahead that a collection can be ordered for.
pub(crate) const MOST_DAYS_AHEAD: i32 = 90;

pub(super) async fn build(
    client: &mut Client,
    me: &Me,
    request: &Request,
    order: OrderId,
) -> Result<(Draft, Vec<BillSummary>), DraftError> {
    check_reference(&request.reference).map_err(DraftError::Reference)?;
    if let Some(day) = request.execute {
        check_day(day, today(client, me))?;
    }
    let mut bills = Vec::new();
    let mut summaries = Vec::new();
    let mut currencies = Vec::new();
    for part in &request.bills {
        let detail = fetch(client, me, &part.bill).await?;
        currencies.push(detail.summary.currency);
        let quote = quote(client, &detail, part, request.execute).await?;
        bills.push(order_bill(&detail, &quote));
        summaries.push(detail.summary);
    }
    let deposit = match &request.deposit {
        Some(wanted) => {
            let currency = account(client, &wanted.account).await?.currency;
            currencies.push(currency);
            Some(DepositPart {
                account: wanted.account.clone(),
                amount: amount(&wanted.amount, currency)?,
            })
        }
        None => None,
    };
    if let (Some(_), Funds::Deposit(from)) = (&request.refund, &request.funds) {
        currencies.push(account(client, from).await?.currency);
    }
    let currency = one_currency(&currencies)?;
    let refund = refund(client, request, currency).await?;
    let source = source(client, request, order, currency).await?;
    let created = time::whole_seconds(client.now());
    // A sum that overflows is refused with the draft, where all sums are checked.
    let parts = bills.iter().flat_map(|bill| [bill.principal, bill.penalty]);
    let parts = parts
        .chain(deposit.iter().map(|part| part.amount))
        .chain(refund.iter().map(|part| part.amount));
    let document = Order {
        order,
        audience: client.config().audience.clone(),
        payee: me.payee.clone(),
        customer: me.customer.clone(),
        user: me.user.clone(),
        total: parts.fold(0_i64, i64::saturating_add),
        bills,
        deposit,
        refund,
        currency,
        source,
        execute: request.execute,
        reference: request.reference.clone(),
        created,
        expires: expiry(created),
    };
    let draft = Draft::new(&document).map_err(DraftError::Order)?;
    Ok((draft, summaries))
}

/// A collection is ordered for a day that is 1 to [`MOST_DAYS_AHEAD`] days ahead (`PROTOCOL.md`
/// section 9): the service refuses another one, after it was signed.
fn check_day(day: Date, today: Date) -> Result<(), DraftError> {
    let first = today.saturating_add(1.day());
    let last = today.saturating_add(MOST_DAYS_AHEAD.days());
    if (first..=last).contains(&day) {
        return Ok(());
    }
    Err(DraftError::Day { day, first, last })
}

/// The latest time until which what is made at `created` may be taken.
pub(crate) fn expiry(created: Timestamp) -> Timestamp {
    created
        .saturating_add(SignedDuration::from_secs(MAX_LIFETIME_S))
        .unwrap_or(created)
}

/// A bill whose document is the one that will be named.
async fn fetch(client: &mut Client, me: &Me, bill: &BillId) -> Result<BillDetail, DraftError> {
    let detail = client.bill(bill).await?;
    let detail = detail.ok_or_else(|| DraftError::NoBill { bill: bill.clone() })?;
    let bytes = client.document(bill).await?;
    check_document(&detail, me, &bytes)?;
    Ok(detail)
}

/// What the part of a bill takes on the day that counts.
async fn quote(
    client: &mut Client,
    detail: &BillDetail,
    part: &BillPart,
    execute: Option<Date>,
) -> Result<Quote, DraftError> {
    let bill = &detail.summary;
    let all = detail.quote.ok_or_else(|| DraftError::NothingOpen {
        bill: bill.bill.clone(),
        order: detail.order,
    })?;
    let principal = match &part.amount {
        Amount::AllOpen if execute.is_none() => return Ok(all),
        Amount::AllOpen => all.principal,
        Amount::Written(text) => amount(text, bill.currency)?,
        Amount::Minor(minor) => *minor,
    };
    if principal > all.principal {
        return Err(DraftError::TooMuch {
            bill: bill.bill.clone(),
            open: money::plain(all.principal, bill.currency),
        });
    }
    let quote = client.quote(&bill.bill, Some(principal), execute).await?;
    let quote = quote.ok_or_else(|| DraftError::NoBill {
        bill: bill.bill.clone(),
    })?;
    if quote.principal == principal {
        return Ok(quote);
    }
    let other = "the quote is for another principal";
    Err(ServiceError::Answer(other.to_owned()).into())
}

fn order_bill(detail: &BillDetail, quote: &Quote) -> OrderBill {
    let bill = &detail.summary;
    OrderBill {
        bill: bill.bill.clone(),
        account: bill.account.clone(),
        period: bill.period,
        document: detail.document,
        principal: quote.principal,
        penalty: quote.penalty,
        quote_until: quote.until,
    }
}

/// A contract account of the customer.
pub(crate) async fn account(
    client: &mut Client,
    wanted: &AccountId,
) -> Result<Account, DraftError> {
    let mut accounts = client.accounts().await?.into_iter();
    let found = accounts.find(|account| account.account == *wanted);
    found.ok_or_else(|| DraftError::NoAccount {
        account: wanted.clone(),
    })
}

/// An amount that cannot be zero.
pub(crate) fn amount(text: &str, currency: Currency) -> Result<i64, DraftError> {
    let read = money::parse_positive(text, currency);
    read.map_err(|reason| wrong_amount(text, reason))
}

/// An amount that may be zero.
pub(crate) fn amount_or_zero(text: &str, currency: Currency) -> Result<i64, DraftError> {
    money::parse(text, currency).map_err(|reason| wrong_amount(text, reason))
}

fn wrong_amount(given: &str, reason: AmountError) -> DraftError {
    let given = given.to_owned();
    DraftError::Amount { given, reason }
}

async fn refund(
    client: &mut Client,
    request: &Request,
    currency: Currency,
) -> Result<Option<RefundPart>, DraftError> {
    let Some(wanted) = &request.refund else {
        return Ok(None);
    };
    let mandates = client.mandates().await?;
    let mandate = choose_mandate(&mandates, wanted.mandate.as_ref(), currency)?;
    Ok(Some(RefundPart {
        mandate: mandate.mandate.clone(),
        account: mandate.debtor_account.clone(),
        amount: amount(&wanted.amount, currency)?,
    }))
}

async fn source(
    client: &mut Client,
    request: &Request,
    order: OrderId,
    currency: Currency,
) -> Result<Source, DraftError> {
    Ok(match &request.funds {
        Funds::Mandate(wanted) => {
            let mandates = client.mandates().await?;
            let mandate = choose_mandate(&mandates, wanted.as_ref(), currency)?;
            Source::Mandate {
                mandate: mandate.mandate.clone(),
                debtor_account: mandate.debtor_account.clone(),
            }
        }
        Funds::Transfer => Source::Transfer {
            creditor_reference: CreditorReference::for_order(&order).as_str().to_owned(),
        },
        Funds::Deposit(account) => Source::Deposit {
            account: account.clone(),
        },
    })
}

/// The digest that will be signed is that of these bytes, and they are this bill's.
fn check_document(detail: &BillDetail, me: &Me, bytes: &[u8]) -> Result<(), DraftError> {
    let bill = &detail.summary;
    let failed = |reason: String| DraftError::Document {
        bill: bill.bill.clone(),
        reason,
    };
    if Digest::of(bytes) != detail.document {
        return Err(failed("its digest is another one".into()));
    }
    let document = BillDocument::parse(bytes).map_err(|error| failed(error.to_string()))?;
    let checks = [
        ("bill", document.bill == bill.bill),
        ("account", document.account == bill.account),
        ("customer", document.customer == me.customer.id),
        ("period", document.period == bill.period),
        ("currency", document.currency() == bill.currency),
        ("total", document.total.minor() == bill.total),
    ];
    match checks.iter().find(|(_, fits)| !fits) {
        Some((name, _)) => Err(failed(format!("its {name} is another one"))),
        None => Ok(()),
    }
}

fn one_currency(currencies: &[Currency]) -> Result<Currency, DraftError> {
    let first = currencies.first().copied().unwrap_or(Currency::CNY);
    match currencies.iter().find(|currency| **currency != first) {
        Some(other) => Err(DraftError::Currencies(first, *other)),
        None => Ok(first),
    }
}

/// The mandate that is named, or the only one in `currency`.
///
/// # Errors
/// [`DraftError::NoMandate`], [`DraftError::UnknownMandate`], [`DraftError::SeveralMandates`].
pub fn choose_mandate<'m>(
    mandates: &'m [Mandate],
    wanted: Option<&MandateId>,
    currency: Currency,
) -> Result<&'m Mandate, DraftError> {
    let mut fitting = mandates
        .iter()
        .filter(|mandate| mandate.currency == currency);
    if let Some(wanted) = wanted {
        return fitting
            .find(|mandate| mandate.mandate == *wanted)
            .ok_or_else(|| DraftError::UnknownMandate(wanted.clone()));
    }
    let fitting: Vec<&Mandate> = fitting.collect();
    match fitting.as_slice() {
        [] => Err(DraftError::NoMandate(currency)),
        [only] => Ok(only),
        several => Err(DraftError::SeveralMandates(
            several
                .iter()
                .map(|mandate| mandate.mandate.clone())
                .collect(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mandate(id: &str, currency: Currency) -> Mandate {
        Mandate {
            mandate: id.parse().unwrap(),
            debtor_name: "Example Steel".into(),
            debtor_account: "GB33BUKB20201555555555".into(),
            currency,
            signed: "2026-01-01".parse().unwrap(),
        }
    }

    #[test]
    fn a_day_is_1_to_90_days_ahead() {
        let today: Date = "2026-11-23".parse().unwrap();
        for (day, fits) in [
            ("2026-11-22", false),
            ("2026-11-23", false),
            ("2026-11-24", true),
            ("2027-02-21", true),
            ("2027-02-22", false),
        ] {
            let checked = check_day(day.parse().unwrap(), today);
            assert_eq!(checked.is_ok(), fits, "{day}: {checked:?}");
        }
    }

    #[test]
    fn the_mandate_is_the_named_or_the_only_one_in_the_currency() {
        let (one, two) = (mandate("M-1", Currency::CNY), mandate("M-2", Currency::CNY));
        let euro = mandate("M-3", Currency::EUR);
        let id = |text: &str| text.parse::<MandateId>().unwrap();
        let all = [one.clone(), two.clone(), euro.clone()];
        assert_eq!(choose_mandate(&all, None, Currency::EUR).unwrap(), &euro);
        assert_eq!(
            choose_mandate(&all, Some(&id("M-2")), Currency::CNY).unwrap(),
            &two
        );
        assert!(matches!(
            choose_mandate(&all, None, Currency::CNY),
            Err(DraftError::SeveralMandates(ids)) if ids == [id("M-1"), id("M-2")]
        ));
        assert!(matches!(
            choose_mandate(&all, Some(&id("M-3")), Currency::CNY),
            Err(DraftError::UnknownMandate(_))
        ));
        assert!(matches!(
            choose_mandate(&all, None, Currency::JPY),
            Err(DraftError::NoMandate(_))
        ));
    }
}
