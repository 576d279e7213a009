//! Building an order from what the service says of the bills.

use jiff::{SignedDuration, Timestamp};
use wattkey_domain::{BillDocument, BillId, Currency, MandateId, OrderId};
use wattkey_pki::Digest;
use wattkey_protocol::api::{BillDetail, Mandate, Me};
use wattkey_protocol::order::{
    DocumentError, Draft, MAX_LIFETIME_S, Order, OrderBill, Source, SourceKind, check_reference,
};
use wattkey_protocol::time;

use super::Client;
use crate::connection::ServiceError;

/// What the user wants to pay.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The bills.
    pub bills: Vec<BillId>,
    /// The debit mandate; may be left out when the customer has one in the bills' currency.
    pub mandate: Option<MandateId>,
    /// The customer's own reference; may be empty.
    pub reference: String,
}

/// Why no order was built. Nothing was signed.
#[derive(Debug, thiserror::Error)]
pub enum DraftError {
    /// The service did not answer, or with a problem.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// The customer has no such bill.
    #[error("there is no bill {bill}")]
    NoBill {
        /// The bill.
        bill: BillId,
    },
    /// Nothing is open of it.
    #[error("nothing is open of bill {bill}")]
    NothingOpen {
        /// The bill.
        bill: BillId,
        /// The order that holds or paid it.
        order: Option<OrderId>,
    },
    /// The document is not the one that the service names, or does not fit the bill.
    #[error("the document of bill {bill} does not fit: {reason}")]
    Document {
        /// The bill.
        bill: BillId,
        /// What does not fit.
        reason: String,
    },
    /// The bills are in several currencies.
    #[error("the bills are in {0} and {1}")]
    Currencies(Currency, Currency),
    /// There is no mandate in the bills' currency.
    #[error("there is no debit mandate in {0}")]
    NoMandate(Currency),
    /// There is no such mandate in the bills' currency.
    #[error("there is no debit mandate {0}")]
    UnknownMandate(MandateId),
    /// There are several mandates and none was named.
    #[error("there are several debit mandates")]
    SeveralMandates(Vec<MandateId>),
    /// The reference has characters that banks do not carry, or is too long.
    #[error("the reference cannot be used")]
    Reference(#[source] DocumentError),
    /// The order breaks the protocol, for instance too many bills.
    #[error("no order can be made of this")]
    Order(#[source] DocumentError),
}

pub(super) async fn build(
    client: &mut Client,
    me: &Me,
    request: &Request,
    order: OrderId,
) -> Result<Draft, DraftError> {
    check_reference(&request.reference).map_err(DraftError::Reference)?;
    let mut details = Vec::new();
    for bill in &request.bills {
        let detail = client.bill(bill).await?;
        let detail = detail.ok_or_else(|| DraftError::NoBill { bill: bill.clone() })?;
        let bytes = client.document(bill).await?;
        check_document(&detail, me, &bytes)?;
        details.push(detail);
    }
    let currency = one_currency(&details)?;
    let mandates = client.mandates().await?;
    let mandate = choose_mandate(&mandates, request.mandate.as_ref(), currency)?;
    let now = client.now();
    let document = document(client, me, request, &details, mandate, order, now)?;
    Draft::new(&document).map_err(DraftError::Order)
}

fn document(
    client: &Client,
    me: &Me,
    request: &Request,
    details: &[BillDetail],
    mandate: &Mandate,
    order: OrderId,
    now: Timestamp,
) -> Result<Order, DraftError> {
    let bills = details
        .iter()
        .map(order_bill)
        .collect::<Result<Vec<_>, _>>()?;
    let created = time::whole_seconds(now);
    // A sum that overflows is refused with the draft, where all sums are checked.
    let total = bills.iter().fold(0_i64, |sum, bill| {
        sum.saturating_add(bill.principal)
            .saturating_add(bill.penalty)
    });
    Ok(Order {
        order,
        audience: client.config().audience.clone(),
        payee: me.payee.clone(),
        customer: me.customer.clone(),
        user: me.user.clone(),
        bills,
        total,
        currency: mandate.currency,
        source: Source {
            kind: SourceKind::Mandate,
            mandate: mandate.mandate.clone(),
            debtor_account: mandate.debtor_account.clone(),
        },
        reference: request.reference.clone(),
        created,
        expires: created
            .saturating_add(SignedDuration::from_secs(MAX_LIFETIME_S))
            .unwrap_or(created),
    })
}

fn order_bill(detail: &BillDetail) -> Result<OrderBill, DraftError> {
    let bill = &detail.summary;
    let quote = detail.quote.ok_or_else(|| DraftError::NothingOpen {
        bill: bill.bill.clone(),
        order: detail.order,
    })?;
    Ok(OrderBill {
        bill: bill.bill.clone(),
        account: bill.account.clone(),
        period: bill.period,
        document: detail.document,
        principal: quote.principal,
        penalty: quote.penalty,
        quote_until: quote.until,
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

fn one_currency(details: &[BillDetail]) -> Result<Currency, DraftError> {
    let mut currencies = details.iter().map(|detail| detail.summary.currency);
    let first = currencies.next().unwrap_or(Currency::CNY);
    match currencies.find(|currency| *currency != first) {
        Some(other) => Err(DraftError::Currencies(first, other)),
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
