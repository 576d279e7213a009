//! Decisions without a database: calls of one batch, one after the other.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use uuid::Uuid;
use wattkey_domain::{BankEvent, BillId, CustomerId, OrderId, PenaltyRules, Quoting, UserId};

use super::*;
use crate::engine::working::{Bill, MandateTerms};
use crate::outcome::{BankEventOutcome, BankReport};

const CUSTOMER: CustomerId = CustomerId::from_uuid(Uuid::from_u128(1));
const USER: UserId = UserId::from_uuid(Uuid::from_u128(2));

fn now() -> Timestamp {
    "2026-08-31T04:00:00Z".parse().unwrap()
}

fn bill_id(text: &str) -> BillId {
    text.parse().unwrap()
}

fn order_id(number: u128) -> OrderId {
    OrderId::from_uuid(Uuid::from_u128(number))
}

fn working(bills: &[(&str, i64)]) -> Working {
    let mut working = Working::new(Uuid::from_u128(7), 1);
    working.users.insert(USER);
    let terms = MandateTerms {
        customer: CUSTOMER,
        currency: Currency::CNY,
        valid_from: "2026-01-01".parse().unwrap(),
    };
    working.mandates.insert("M-1".parse().unwrap(), terms);
    for (id, open) in bills {
        let bill = Bill {
            customer: CUSTOMER,
            currency: Currency::CNY,
            due: "2026-08-31".parse().unwrap(),
            digest: [1; 32],
            open: *open,
            claim: None,
            kept_open: *open,
        };
        working.bills.insert(bill_id(id), bill);
    }
    working
}

fn order(number: u128, bills: &[(&str, i64)]) -> AcceptOrder {
    let money = |minor| Money::new(minor, Currency::CNY).unwrap();
    let bills = bills.iter().map(|(bill, open)| AcceptBill {
        bill: bill_id(bill),
        document: [1; 32],
        principal: money(*open),
        penalty: money(0),
        quote_until: "2026-09-01T00:00:00Z".parse().unwrap(),
    });
    AcceptOrder {
        order: order_id(number),
        digest: [9; 32],
        jws: "a.b.c".to_owned(),
        customer: CUSTOMER,
        user: USER,
        bindings: 0,
        bills: bills.collect(),
        currency: Currency::CNY,
        mandate: "M-1".parse().unwrap(),
        reference: String::new(),
        quoting: Arc::new(Quoting {
            rules: PenaltyRules::default(),
            time_zone: TimeZone::UTC,
        }),
        now: now(),
        message_id: format!("WK{number}"),
        message: b"<x/>".to_vec(),
    }
}

fn bank(number: u128, event: BankEvent) -> BankReport {
    BankReport {
        reference: format!("{number} {event}"),
        other_references: Vec::new(),
        order: order_id(number),
        event,
        amount: None,
        note: None,
        now: now(),
    }
}

fn is_accepted(pending: &Result<Pending, StoreError>) -> bool {
    matches!(pending, Ok(Pending::Accepted(_)))
}

#[test]
fn a_call_sees_those_before_it() {
    let mut working = working(&[("B-1", 100), ("B-2", 200)]);
    assert!(is_accepted(&order(1, &[("B-1", 100)]).decide(&mut working)));
    let before = working.changes();
    let pending = order(2, &[("B-2", 200), ("B-1", 100)]).decide(&mut working);
    let Ok(Pending::Other(AcceptOutcome::BillClaimed { order: holder, .. })) = pending else {
        panic!("{pending:?}");
    };
    assert_eq!(holder, order_id(1));
    // The refused one has changed nothing, not even of the bill that it could have had.
    assert_eq!(working.changes(), before);
    assert_eq!(working.bills[&bill_id("B-2")].claim, None);
    assert!(!working.orders.contains_key(&order_id(2)));

    let again = order(1, &[("B-1", 100)]).decide(&mut working);
    assert!(matches!(again, Ok(Pending::Exists(_))), "{again:?}");
    assert!(is_accepted(&order(3, &[("B-2", 200)]).decide(&mut working)));
}

#[test]
fn accepted_rejected_and_accepted_again_in_one_batch() {
    let mut working = working(&[("B-1", 100)]);
    assert!(is_accepted(&order(1, &[("B-1", 100)]).decide(&mut working)));
    assert_eq!(working.bills[&bill_id("B-1")].open, 0);
    let moved = bank(1, BankEvent::Rejected).decide(&mut working).unwrap();
    let moved = BankReport::finish(moved, None);
    assert!(matches!(moved, BankEventOutcome::Moved { .. }), "{moved:?}");
    assert_eq!(working.bills[&bill_id("B-1")].open, 100);
    assert!(is_accepted(&order(2, &[("B-1", 100)]).decide(&mut working)));
    // Three postings of one transfer each; one link over all of them.
    assert_eq!(working.take_entries().map(|entries| entries.len()), Some(3));
}

#[test]
fn what_the_database_would_refuse_is_refused_before() {
    let mut working = working(&[("B-1", 100)]);
    for change in [
        (|order| order.user = UserId::from_uuid(Uuid::from_u128(3))) as fn(&mut AcceptOrder),
        |order| order.reference = "a\0b".to_owned(),
    ] {
        let mut order = order(1, &[("B-1", 100)]);
        change(&mut order);
        let refused = order.decide(&mut working);
        assert!(
            matches!(refused, Err(StoreError::Refused(_))),
            "{refused:?}"
        );
        assert_eq!(working.changes(), 0);
    }
    assert!(is_accepted(&order(1, &[("B-1", 100)]).decide(&mut working)));
}

#[test]
fn postings_are_all_or_none() {
    let mut working = working(&[("B-1", 100)]);
    let bills = [("B-1", 100), ("B-x", 5)].map(|(bill, minor)| OrderBill {
        bill: bill_id(bill),
        principal: Money::new(minor, Currency::CNY).unwrap(),
        penalty: Money::new(0, Currency::CNY).unwrap(),
    });
    let postings = ledger::accepted(order_id(1), &bills, now()).unwrap();
    assert!(working.post(&postings).is_err());
    assert_eq!(working.bills[&bill_id("B-1")].open, 100);
    // More than is open.
    let twice = [bills[0].clone(), bills[0].clone()];
    let postings = ledger::accepted(order_id(1), &twice, now()).unwrap();
    assert!(working.post(&postings).is_err());
    assert_eq!((working.changes(), working.take_entries()), (0, None));
}
