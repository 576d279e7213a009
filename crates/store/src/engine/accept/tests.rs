//! Decisions without a database: calls of one batch, one after the other.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use uuid::Uuid;
use wattkey_domain::{
    Access, AccountId, BankEvent, BillId, Currency, CustomerId, Decision, OrderId, PenaltyRules,
    Quoting, Right, UserId, ledger,
};

use wattkey_domain::ledger::PostingError;

use super::*;
use crate::engine::working::{Bill, Deposit, MandateTerms, UserTerms};
use crate::outcome::{
    AcceptBill, AcceptDeposit, BankEventOutcome, BankReport, BankSubject, DecideOrder,
    DecideOutcome,
};

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

fn account() -> AccountId {
    "C-1".parse().unwrap()
}

fn quoting() -> Arc<Quoting> {
    Arc::new(Quoting {
        rules: PenaltyRules::default(),
        time_zone: TimeZone::UTC,
    })
}

fn draft(id: &str) -> BankMessageDraft {
    BankMessageDraft {
        id: id.to_owned(),
        body: b"<x/>".to_vec(),
        not_before: None,
    }
}

fn working(bills: &[(&str, i64)]) -> Working {
    let mut working = Working::new(Uuid::from_u128(7), 1);
    working.users.insert(USER, UserTerms::default());
    let all = Right::ALL.into_iter().collect();
    for user in 2..10 {
        let access = (CUSTOMER, Access::new(all, []));
        working
            .access
            .insert(UserId::from_uuid(Uuid::from_u128(user)), access);
    }
    let terms = MandateTerms {
        customer: CUSTOMER,
        currency: Currency::CNY,
        valid_from: "2026-01-01".parse().unwrap(),
        ended: None,
    };
    working.mandates.insert("M-1".parse().unwrap(), terms);
    for (id, open) in bills {
        let bill = Bill {
            customer: CUSTOMER,
            account: account(),
            currency: Currency::CNY,
            due: "2026-08-31".parse().unwrap(),
            digest: [1; 32],
            open: *open,
            claims: Vec::new(),
            disputes: Vec::new(),
            answered: Vec::new(),
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
        deposit: None,
        refund: None,
        currency: Currency::CNY,
        source: FundsSource::Mandate("M-1".parse().unwrap()),
        execute: None,
        reference: String::new(),
        needs_approval: false,
        quoting: quoting(),
        now: now(),
        message: Some(draft(&format!("WK{number}"))),
    }
}

fn bank(number: u128, event: BankEvent) -> BankReport {
    BankReport {
        reference: format!("{number} {event}"),
        other_references: Vec::new(),
        subject: BankSubject::Order {
            order: order_id(number),
            event,
            amount: None,
            note: None,
        },
        now: now(),
    }
}

fn is_accepted(pending: &Result<Pending, StoreError>) -> bool {
    matches!(pending, Ok(Pending::TakenIn(_)))
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
    assert!(working.bills[&bill_id("B-2")].claims.is_empty());
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
    let postings = |bills: &[OrderBill]| {
        let money = OrderMoney {
            order: order_id(1),
            currency: Currency::CNY,
            bills: bills.to_vec(),
            deposit: None,
            refund: None,
            funds: Funds::Mandate,
        };
        money.entering(None, OrderState::Accepted, now()).unwrap()
    };
    assert!(working.post(&postings(&bills)).is_err());
    assert_eq!(working.bills[&bill_id("B-1")].open, 100);
    // More than is open.
    let twice = [bills[0].clone(), bills[0].clone()];
    assert!(working.post(&postings(&twice)).is_err());
    // A deposit that would be beyond any amount, by the second of two postings.
    let beyond = DepositPart {
        account: account(),
        amount: Money::new(wattkey_domain::MAX_MINOR, Currency::CNY).unwrap(),
    };
    let opening = ledger::opening_balance(&beyond, now()).unwrap();
    working.deposits.insert(account(), Deposit::default());
    let beyond = working.post(&[opening.clone(), opening]).unwrap();
    assert!(matches!(beyond, Err(PostingError::Money(_))), "{beyond:?}");
    assert_eq!(working.deposits[&account()].balance, 0);
    assert_eq!((working.changes(), working.take_entries()), (0, None));
}

fn with_deposit(working: &mut Working, minor: i64) {
    working.accounts.insert(account(), CUSTOMER);
    let deposit = Deposit {
        currency: Some(Currency::CNY),
        balance: minor,
        ..Deposit::default()
    };
    working.deposits.insert(account(), deposit);
}

fn from_deposit(number: u128, bills: &[(&str, i64)]) -> AcceptOrder {
    AcceptOrder {
        source: FundsSource::Deposit(account()),
        message: None,
        ..order(number, bills)
    }
}

fn decision(number: u128, user: u128, decision: Decision) -> DecideOrder {
    DecideOrder {
        order: order_id(number),
        digest: [9; 32],
        user: UserId::from_uuid(Uuid::from_u128(user)),
        customer: CUSTOMER,
        bindings: 0,
        decision,
        jws: "d.e.f".to_owned(),
        now: now(),
        quoting: quoting(),
        message: None,
    }
}

/// Two orders want what one deposit has: the first of the batch gets it.
#[test]
fn a_deposit_is_spent_once_in_a_batch() {
    let mut working = working(&[("B-1", 100), ("B-2", 100)]);
    with_deposit(&mut working, 150);
    let first = from_deposit(1, &[("B-1", 100)]).decide(&mut working);
    assert!(is_accepted(&first), "{first:?}");
    let before = working.changes();
    let second = from_deposit(2, &[("B-2", 100)]).decide(&mut working);
    let Ok(Pending::Other(AcceptOutcome::DepositTooSmall { balance })) = second else {
        panic!("{second:?}");
    };
    assert_eq!((balance.minor(), working.changes()), (50, before));
    assert_eq!(working.deposits[&account()].balance, 50);
    assert!(is_accepted(&order(2, &[("B-2", 100)]).decide(&mut working)));
}

/// What one has approved in a batch, the next one in it finds spent.
#[test]
fn what_was_approved_and_is_no_longer_covered_is_rejected() {
    let mut working = working(&[("B-1", 100), ("B-2", 100)]);
    with_deposit(&mut working, 150);
    for (number, bill) in [(1, "B-1"), (2, "B-2")] {
        let order = AcceptOrder {
            needs_approval: true,
            ..from_deposit(number, &[(bill, 100)])
        };
        assert!(is_accepted(&order.decide(&mut working)));
    }
    let states: Vec<_> = [1, 2]
        .map(|number| {
            let decided = decision(number, 3, Decision::Approve).decide(&mut working);
            match DecideOrder::finish(decided.unwrap(), None) {
                DecideOutcome::Moved(posted) | DecideOutcome::Rejected(posted) => posted.state,
                other => panic!("{other:?}"),
            }
        })
        .into();
    assert_eq!(states, [OrderState::Settled, OrderState::Rejected]);
    assert_eq!(working.deposits[&account()].balance, 50);
    assert_eq!(working.bills[&bill_id("B-2")].open, 100);
    let again = decision(2, 3, Decision::Approve).decide(&mut working);
    let again = DecideOrder::finish(again.unwrap(), None);
    assert!(matches!(again, DecideOutcome::Exists(posted) if posted.state == OrderState::Rejected));
}

#[test]
fn a_days_limit_counts_what_comes_before_in_the_batch() {
    let mut working = working(&[("B-1", 60), ("B-2", 40), ("B-3", 1)]);
    let terms = UserTerms {
        day_limit: Some(100),
        alone_limit: None,
    };
    working.users.insert(USER, terms);
    let day = quoting().day(now()).unwrap().start.as_second();
    working.spent.insert((USER, day), 0);
    assert!(is_accepted(&order(1, &[("B-1", 60)]).decide(&mut working)));
    assert!(is_accepted(&order(2, &[("B-2", 40)]).decide(&mut working)));
    let over = order(3, &[("B-3", 1)]).decide(&mut working);
    let Ok(Pending::Other(AcceptOutcome::LimitExceeded { limit, used })) = over else {
        panic!("{over:?}");
    };
    assert_eq!((limit.minor(), used.minor()), (100, 100));
}

#[test]
fn what_does_not_go_together_is_refused() {
    let mut working = working(&[("B-1", 100)]);
    with_deposit(&mut working, 1_000);
    let into_deposit = |amount| AcceptDeposit {
        account: account(),
        amount: Money::new(amount, Currency::CNY).unwrap(),
    };
    let orders = [
        // A deposit filled from a deposit.
        AcceptOrder {
            deposit: Some(into_deposit(1)),
            ..from_deposit(1, &[("B-1", 100)])
        },
        // No message where the bank must collect, and one where it must not.
        AcceptOrder {
            message: None,
            ..order(1, &[("B-1", 100)])
        },
        AcceptOrder {
            message: Some(draft("WK1")),
            ..from_deposit(1, &[("B-1", 100)])
        },
        // Scheduled for today, and for too late.
        AcceptOrder {
            execute: Some("2026-08-31".parse().unwrap()),
            ..order(1, &[("B-1", 100)])
        },
        AcceptOrder {
            execute: Some("2026-11-30".parse().unwrap()),
            ..order(1, &[])
        },
    ];
    for mut order in orders {
        if order.bills.is_empty() {
            // A deposit owes no penalty, whenever it is filled.
            order.deposit = Some(into_deposit(1));
        }
        let refused = order.decide(&mut working);
        assert!(
            matches!(refused, Err(StoreError::Refused(_))),
            "{refused:?}"
        );
        assert_eq!(working.changes(), 0);
    }
    let nothing = AcceptOrder {
        deposit: Some(into_deposit(0)),
        ..order(1, &[("B-1", 100)])
    };
    let nothing = nothing.decide(&mut working);
    assert!(
        matches!(
            nothing,
            Ok(Pending::Other(AcceptOutcome::Unpostable(
                PostingError::Empty
            )))
        ),
        "{nothing:?}"
    );
}
