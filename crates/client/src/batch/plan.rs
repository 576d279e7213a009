//! What a preview promises: the orders, bill by bill.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use wattkey_domain::{AccountId, BillId, Currency, CustomerId, OrderId, UserId};
use wattkey_pki::Digest;
use wattkey_protocol::order::{MAX_BILLS, Order, Source};

use crate::order_file::WantedSource;
use crate::payment::{Amount, BillPart, Request};

/// What an approval signs, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preview {
    /// When it was made.
    #[serde(with = "wattkey_protocol::time")]
    pub made: Timestamp,
    /// Whose bills.
    pub customer: CustomerId,
    /// Who made it, and signs.
    pub user: UserId,
    /// Of all amounts.
    pub currency: Currency,
    /// The orders, each with a signature of its own.
    pub orders: Vec<PlannedOrder>,
}

/// An order that is to be signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedOrder {
    /// Its id, chosen with the preview.
    pub order: OrderId,
    /// Where the money comes from; a mandate is named.
    pub source: WantedSource,
    /// The day of collection.
    pub execute: Option<Date>,
    /// The customer's own reference.
    pub reference: String,
    /// Of all amounts.
    pub currency: Currency,
    /// What is paid: of each line of the file all, or nothing.
    pub bills: Vec<PlannedBill>,
}

/// A bill, or a part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedBill {
    /// Line of the file.
    pub line: u32,
    /// The bill.
    pub bill: BillId,
    /// Its contract account.
    pub account: AccountId,
    /// Digest of its document.
    pub document: Digest,
    /// What is paid of it.
    pub principal: i64,
    /// The penalty of that.
    pub penalty: i64,
}

/// What bills of one order have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place {
    /// Where the money comes from.
    pub source: WantedSource,
    /// The day of collection.
    pub execute: Option<Date>,
    /// The customer's own reference.
    pub reference: String,
}

impl Preview {
    /// What tells this preview from any other.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&serde_json::to_vec(self).expect("a preview has only text and numbers"))
    }

    /// The sum of all orders.
    #[must_use]
    pub fn total(&self) -> i64 {
        let totals = self.orders.iter().map(PlannedOrder::total);
        totals.fold(0, i64::saturating_add)
    }

    /// The bills of all orders, each with its order.
    pub fn bills(&self) -> impl Iterator<Item = (&PlannedOrder, &PlannedBill)> {
        let orders = self.orders.iter();
        orders.flat_map(|order| order.bills.iter().map(move |bill| (order, bill)))
    }
}

impl PlannedOrder {
    /// Its sum.
    #[must_use]
    pub fn total(&self) -> i64 {
        let sums = self.bills.iter().map(PlannedBill::total);
        sums.fold(0, i64::saturating_add)
    }

    /// As it is asked for, amount by amount.
    #[must_use]
    pub fn request(&self) -> Request {
        let bill = |bill: &PlannedBill| BillPart {
            bill: bill.bill.clone(),
            amount: Amount::Minor(bill.principal),
        };
        Request {
            bills: self.bills.iter().map(bill).collect(),
            funds: self.source.funds(),
            execute: self.execute,
            reference: self.reference.clone(),
            ..Request::default()
        }
    }

    /// Whether an order that was built just now is the one that was previewed. What a preview does
    /// not say (its times, the account that is debited) is the order's own, and shown before it is
    /// signed.
    #[must_use]
    pub fn is(&self, order: &Order) -> bool {
        let source = match &order.source {
            Source::Mandate { mandate, .. } => WantedSource::Mandate(Some(mandate.clone())),
            Source::Transfer { .. } => WantedSource::Transfer,
            Source::Deposit { account } => WantedSource::Deposit(account.clone()),
        };
        let bills = order.bills.iter().zip(&self.bills).all(|(one, planned)| {
            (&one.bill, &one.account, one.document)
                == (&planned.bill, &planned.account, planned.document)
                && (one.principal, one.penalty) == (planned.principal, planned.penalty)
        });
        bills
            && order.bills.len() == self.bills.len()
            && order.order == self.order
            && source == self.source
            && order.execute == self.execute
            && order.reference == self.reference
            && order.currency == self.currency
            && order.total == self.total()
            && order.deposit.is_none()
            && order.refund.is_none()
    }
}

impl PlannedBill {
    /// What is paid of it and its penalty.
    #[must_use]
    pub fn total(&self) -> i64 {
        self.principal.saturating_add(self.penalty)
    }
}

/// Puts bills of one place into few orders, in the order of the file. What one line pays stays in one
/// order: it is ordered whole or not at all, so that what became of the line is what became of the
/// order.
pub(super) fn orders(
    bills: Vec<(Place, PlannedBill)>,
    currency: Currency,
    mut id: impl FnMut() -> OrderId,
) -> Vec<PlannedOrder> {
    let mut places: Vec<(Place, Vec<PlannedBill>)> = Vec::new();
    for (place, bill) in bills {
        match places.iter_mut().find(|(known, _)| *known == place) {
            Some((_, bills)) => bills.push(bill),
            None => places.push((place, vec![bill])),
        }
    }
    let mut orders = Vec::new();
    for (place, bills) in places {
        for bills in packed(&bills) {
            orders.push(PlannedOrder {
                order: id(),
                source: place.source.clone(),
                execute: place.execute,
                reference: place.reference.clone(),
                currency,
                bills,
            });
        }
    }
    orders
}

/// Bills of a place, at most [`MAX_BILLS`] together, each line's in one piece: no line has more.
fn packed(bills: &[PlannedBill]) -> Vec<Vec<PlannedBill>> {
    let mut packed: Vec<Vec<PlannedBill>> = Vec::new();
    for line in bills.chunk_by(|one, other| one.line == other.line) {
        match packed.last_mut() {
            Some(last) if last.len() + line.len() <= MAX_BILLS => last.extend_from_slice(line),
            _ => packed.push(line.to_vec()),
        }
    }
    packed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(reference: &str) -> Place {
        Place {
            source: WantedSource::Mandate(Some("M-1".parse().unwrap())),
            execute: None,
            reference: reference.to_owned(),
        }
    }

    fn bill(line: u32) -> PlannedBill {
        PlannedBill {
            line,
            bill: format!("B-{line}").parse().unwrap(),
            account: "C-1".parse().unwrap(),
            document: Digest::of(b"bill"),
            principal: 100,
            penalty: 1,
        }
    }

    #[test]
    fn one_signature_pays_what_has_one_source_day_and_reference() {
        let lines = (1..=MAX_BILLS + 2).map(|n| {
            let reference = if n == 2 { "PO 2" } else { "PO 1" };
            (place(reference), bill(u32::try_from(n).unwrap()))
        });
        let mut next = 0;
        let orders = orders(lines.collect(), Currency::CNY, || {
            next += 1;
            format!("7d3f0000-0000-4000-8000-0000000000{next:02x}")
                .parse()
                .unwrap()
        });
        let counts: Vec<_> = orders.iter().map(|order| order.bills.len()).collect();
        assert_eq!(counts, [MAX_BILLS, 1, 1]);
        assert_eq!(orders[2].reference, "PO 2");
        assert_eq!(orders[0].total(), 10_100);
    }

    #[test]
    fn what_a_line_pays_is_in_one_order() {
        // Line 2 pays three bills of an account, for which the first order has no room.
        let lines = std::iter::repeat_n(1, MAX_BILLS - 2).chain([2, 2, 2, 3]);
        let bills = lines.map(|line| (place("PO 1"), bill(line)));
        let id = || "7d3f0000-0000-4000-8000-000000000001".parse().unwrap();
        let orders = orders(bills.collect(), Currency::CNY, id);
        let lines = orders.iter().map(|order| {
            let mut lines: Vec<_> = order.bills.iter().map(|bill| bill.line).collect();
            lines.dedup();
            (lines, order.bills.len())
        });
        let lines: Vec<_> = lines.collect();
        assert_eq!(lines, [(vec![1], MAX_BILLS - 2), (vec![2, 3], 4)]);
    }

    #[test]
    fn a_preview_has_a_digest_of_all_that_it_says() {
        let order = orders(vec![(place("PO 1"), bill(1))], Currency::CNY, || {
            "7d3f0000-0000-4000-8000-000000000001".parse().unwrap()
        });
        let preview = Preview {
            made: Timestamp::UNIX_EPOCH,
            customer: "0b7a3c1e-6a0e-4a52-8f7e-1d2c3b4a5968".parse().unwrap(),
            user: "2f1e0d3c-4b5a-4697-8871-a2b3c4d5e6f7".parse().unwrap(),
            currency: Currency::CNY,
            orders: order,
        };
        let mut other = preview.clone();
        other.orders[0].bills[0].penalty = 2;
        assert_ne!(preview.digest(), other.digest());
        assert_eq!(preview.total(), 101);
    }
}
