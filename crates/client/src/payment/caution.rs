//! What somebody should know before he signs, although nothing stands in the way of it.

use std::collections::HashMap;

use wattkey_domain::{AccountId, BillId, BillingMonth, Currency, OrderId};
use wattkey_protocol::api::{BillState, BillSummary};

/// Something about the bills of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caution {
    /// The customer ordered to transfer it himself, and the money has not come: both would be paid.
    AwaitsTransfer {
        /// The bill.
        bill: BillId,
        /// That order.
        order: OrderId,
    },
    /// Some of the bill is in dispute.
    Disputed {
        /// The bill.
        bill: BillId,
        /// How much, in minor units.
        minor: i64,
        /// Of the amount.
        currency: Currency,
    },
    /// Several bills are of one contract account and month.
    BilledTwice {
        /// The contract account.
        account: AccountId,
        /// The month.
        period: BillingMonth,
    },
}

/// Contract accounts and months of which several of the bills are, those that were taken back left out.
#[must_use]
pub fn billed_twice(bills: &[BillSummary]) -> Vec<(AccountId, BillingMonth)> {
    let mut counts: HashMap<(&AccountId, BillingMonth), usize> = HashMap::new();
    for bill in bills
        .iter()
        .filter(|bill| bill.state != BillState::Cancelled)
    {
        *counts.entry((&bill.account, bill.period)).or_default() += 1;
    }
    let several = counts.into_iter().filter(|(_, count)| *count > 1);
    let several = several.map(|((account, period), _)| (account.clone(), period));
    let mut several: Vec<_> = several.collect();
    several.sort_unstable();
    several
}

/// All that is to be said of the bills of an order.
#[must_use]
pub fn cautions(bills: &[BillSummary]) -> Vec<Caution> {
    let of_bill = bills.iter().flat_map(|bill| {
        let transfer = bill.transfer.map(|order| Caution::AwaitsTransfer {
            bill: bill.bill.clone(),
            order,
        });
        let disputed = (bill.disputed > 0).then(|| Caution::Disputed {
            bill: bill.bill.clone(),
            minor: bill.disputed,
            currency: bill.currency,
        });
        transfer.into_iter().chain(disputed)
    });
    let twice = billed_twice(bills).into_iter();
    let twice = twice.map(|(account, period)| Caution::BilledTwice { account, period });
    of_bill.chain(twice).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn bill(id: &str, period: &str, state: &str) -> BillSummary {
        let bill = json!({"bill": id, "account": "C-1", "period": period, "issued": "2026-09-01",
            "due": "2026-09-20", "currency": "CNY", "total": 100, "open": 100, "in_collection": 0,
            "state": state});
        serde_json::from_value(bill).unwrap()
    }

    #[test]
    fn a_month_that_was_billed_twice_is_told_unless_one_was_taken_back() {
        let one = bill("B-1", "2026-08", "open");
        let other = bill("B-2", "2026-09", "paid");
        assert_eq!(cautions(&[one.clone(), other.clone()]), []);
        let taken_back = bill("B-3", "2026-08", "cancelled");
        assert_eq!(cautions(&[one.clone(), other.clone(), taken_back]), []);
        let again = bill("B-4", "2026-08", "overdue");
        let twice = Caution::BilledTwice {
            account: "C-1".parse().unwrap(),
            period: "2026-08".parse().unwrap(),
        };
        assert_eq!(cautions(&[one, other, again]), [twice]);
    }

    #[test]
    fn what_waits_for_a_transfer_or_is_disputed_is_told() {
        let mut bill = bill("B-1", "2026-08", "open");
        let order = "7d3f0000-0000-4000-8000-000000000001".parse().unwrap();
        bill.transfer = Some(order);
        bill.disputed = 40;
        let id = bill.bill.clone();
        let wanted = [
            Caution::AwaitsTransfer {
                bill: id.clone(),
                order,
            },
            Caution::Disputed {
                bill: id,
                minor: 40,
                currency: Currency::CNY,
            },
        ];
        assert_eq!(cautions(&[bill]), wanted);
    }
}
