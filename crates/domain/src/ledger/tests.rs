use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::{Currency, MAX_MINOR, MoneyError};

const ORDER: OrderId = OrderId::from_uuid(uuid::Uuid::from_u128(0x50c9_9710));
const ORDER_TEXT: &str = "00000000-0000-0000-0000-000050c99710";

fn cny(minor: i64) -> Money {
    Money::new(minor, Currency::CNY).unwrap()
}

fn paid(bill: &str, principal: i64, penalty: i64) -> OrderBill {
    OrderBill {
        bill: bill.parse().unwrap(),
        principal: cny(principal),
        penalty: cny(penalty),
    }
}

/// Postings as lines: event, debit, credit, amount; the order's id as `ORDER`.
fn table(postings: &[Posting]) -> String {
    let lines = postings.iter().flat_map(|posting| {
        posting.transfers.iter().map(move |transfer| {
            let Transfer {
                debit,
                credit,
                amount,
            } = transfer;
            format!(
                "{} | {debit} | {credit} | {}",
                posting.event,
                amount.minor()
            )
        })
    });
    lines
        .collect::<Vec<_>>()
        .join("\n")
        .replace(ORDER_TEXT, "ORDER")
}

fn lines(text: &str) -> String {
    text.trim()
        .lines()
        .map(str::trim)
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn a_bill_is_split() {
    let parts = Bill {
        bill: "B-1".parse().unwrap(),
        revenue: cny(1_000),
        tax: cny(130),
        levies: cny(20),
    };
    let posting = bill(&parts, Timestamp::UNIX_EPOCH).unwrap();
    assert_eq!(posting.subject.to_string(), "B-1");
    assert_eq!(
        table(&[posting]),
        lines(
            "bill | receivable:B-1 | revenue | 1000
             bill | receivable:B-1 | tax-payable | 130
             bill | receivable:B-1 | levies-payable | 20"
        )
    );
}

#[test]
fn the_life_of_an_order() {
    let bills = [paid("B-1", 1_000, 30), paid("B-2", 500, 0)];
    let now = Timestamp::UNIX_EPOCH;
    assert_eq!(
        table(&accepted(ORDER, &bills, now).unwrap()),
        lines(
            "penalty-fixed | receivable:B-1 | penalty | 30
             order-accepted | in-transit:ORDER | receivable:B-1 | 1030
             order-accepted | in-transit:ORDER | receivable:B-2 | 500"
        )
    );
    assert_eq!(
        table(&booked(ORDER, &bills, now).unwrap()),
        "booked | bank | in-transit:ORDER | 1530"
    );
    assert_eq!(
        table(&rejected(ORDER, &bills, now).unwrap()),
        lines(
            "rejected | receivable:B-1 | in-transit:ORDER | 1030
             rejected | receivable:B-2 | in-transit:ORDER | 500
             penalty-taken-back | penalty | receivable:B-1 | 30"
        )
    );
    assert_eq!(
        table(&returned(ORDER, &bills, now).unwrap()),
        lines(
            "returned | receivable:B-1 | bank | 1030
             returned | receivable:B-2 | bank | 500
             penalty-taken-back | penalty | receivable:B-1 | 30"
        )
    );
}

#[test]
fn paid_over_the_counter() {
    let bill = "B-1".parse().unwrap();
    let posting = paid_elsewhere(&bill, cny(700), Timestamp::UNIX_EPOCH).unwrap();
    assert_eq!(
        table(&[posting]),
        "paid-elsewhere | other-channels | receivable:B-1 | 700"
    );
}

#[test]
fn what_cannot_be_posted() {
    let now = Timestamp::UNIX_EPOCH;
    assert_eq!(accepted(ORDER, &[], now), Err(PostingError::Empty));
    assert_eq!(
        accepted(ORDER, &[paid("B-1", 0, 0)], now),
        Err(PostingError::Empty)
    );
    assert_eq!(
        booked(ORDER, &[paid("B-1", 0, 0)], now),
        Err(PostingError::Empty)
    );
    let over = [paid("B-1", MAX_MINOR, 0), paid("B-2", 1, 0)];
    assert_eq!(
        accepted(ORDER, &over, now),
        Err(PostingError::Money(MoneyError::Overflow))
    );
    let over = [paid("B-1", MAX_MINOR, 1)];
    assert_eq!(
        accepted(ORDER, &over, now),
        Err(PostingError::Money(MoneyError::Overflow))
    );
    let mut mixed = [paid("B-1", 1, 0), paid("B-2", 1, 0)];
    mixed[1].principal = Money::new(1, Currency::EUR).unwrap();
    assert!(matches!(
        accepted(ORDER, &mixed, now),
        Err(PostingError::Money(MoneyError::Currencies { .. }))
    ));
}

#[test]
fn account_texts_are_read_back() {
    let accounts = [
        LedgerAccount::Receivable("B-1".parse().unwrap()),
        LedgerAccount::Revenue,
        LedgerAccount::TaxPayable,
        LedgerAccount::LeviesPayable,
        LedgerAccount::Penalty,
        LedgerAccount::InTransit(ORDER),
        LedgerAccount::Bank,
        LedgerAccount::OtherChannels,
    ];
    for account in accounts {
        assert_eq!(account.to_string().parse(), Ok(account));
    }
    for text in [
        "",
        "cash",
        "receivable:",
        "receivable:a b",
        "in-transit:x",
        "Bank",
    ] {
        assert!(text.parse::<LedgerAccount>().is_err(), "{text}");
    }
    for event in Event::ALL {
        assert_eq!(event.as_str().parse(), Ok(event));
    }
}

fn balances(postings: &[Posting]) -> BTreeMap<String, i64> {
    let mut balances = BTreeMap::new();
    for transfer in postings.iter().flat_map(|posting| &posting.transfers) {
        *balances.entry(transfer.debit.to_string()).or_default() += transfer.amount.minor();
        *balances.entry(transfer.credit.to_string()).or_default() -= transfer.amount.minor();
    }
    balances.retain(|_, balance| *balance != 0);
    balances
}

proptest! {
    /// However an order ends, all accounts sum to zero; rejected or returned, it is as if it had
    /// never been.
    #[test]
    fn the_books_are_even(amounts in prop::collection::vec((1_i64..1_000_000_000, 0_i64..1_000_000), 1..20)) {
        let bills: Vec<_> = (0..).zip(&amounts)
            .map(|(n, (principal, penalty))| paid(&format!("B-{n}"), *principal, *penalty))
            .collect();
        let now = Timestamp::UNIX_EPOCH;
        let start = accepted(ORDER, &bills, now).unwrap();
        prop_assert_eq!(balances(&start).values().sum::<i64>(), 0);
        let rejected = [start.clone(), rejected(ORDER, &bills, now).unwrap()].concat();
        prop_assert!(balances(&rejected).is_empty());
        let settled = [start, booked(ORDER, &bills, now).unwrap()].concat();
        prop_assert_eq!(balances(&settled).values().sum::<i64>(), 0);
        let returned = [settled, returned(ORDER, &bills, now).unwrap()].concat();
        prop_assert!(balances(&returned).is_empty());
    }
}
