//! Decisions, deposits, credits and standing instructions that are changed behind the books' back.

use sha2::{Digest as _, Sha256};
use wattkey_domain::Decision;
use wattkey_store::Store;

use crate::model::lived;
use crate::model::plan::{Action, OrderPlan, Part, Source};
use crate::place::Place;
use crate::world::{World, document, hex};

fn order(user: usize, bill: usize, source: Source) -> OrderPlan {
    OrderPlan {
        user,
        bills: vec![bill],
        part: Part::All,
        source,
        over: None,
        execute: None,
        needs_approval: false,
    }
}

fn to_approve(bill: usize) -> Action {
    let needs_approval = true;
    Action::Order(OrderPlan {
        needs_approval,
        ..order(0, bill, Source::Mandate)
    })
}

/// A credit that overpays its order, one for nobody, a fee; an order that was approved, one that
/// was refused; a bill that a deposit paid by a standing instruction.
async fn books() -> Place {
    let decide = |order, decision| Action::Decide {
        order,
        user: 1,
        decision,
    };
    let credit = |order, reference| Action::Credit {
        order,
        minor: 20_000,
        reference,
    };
    let world = lived(vec![
        Action::Order(order(0, 0, Source::Transfer)),
        credit(Some(0), 1),
        credit(None, 2),
        Action::Fee {
            minor: 7,
            reference: 1,
        },
        to_approve(1),
        decide(1, Decision::Approve),
        to_approve(2),
        decide(2, Decision::Refuse),
        Action::Bill(4),
        Action::OpeningBalance {
            account: 1,
            minor: 900_000,
        },
        Action::Instruct {
            account: 1,
            most: Some(300_000),
            keep: 10,
        },
        Action::Sleep { hours: 72 },
        Action::ApplyDeposits,
        Action::EndInstruction { account: 1 },
    ])
    .await;
    let World { place, store, .. } = world;
    drop::<Store>(store);
    std::sync::Arc::try_unwrap(place).unwrap_or_else(|_| panic!("nobody else has it"))
}

#[tokio::test]
async fn each_change_of_decisions_and_deposits_is_found() {
    let place = books().await;
    for (statements, words) in [
        (
            "UPDATE order_decisions SET decision = 'cancel' WHERE decision = 'approve'",
            "it was not moved by the decisions that are kept",
        ),
        (
            "DELETE FROM order_decisions",
            "it was not moved by the decisions that are kept",
        ),
        (
            "UPDATE order_decisions SET at = at + 1",
            "it was not moved by the decisions that are kept",
        ),
        (
            "UPDATE order_decisions SET user_id = (SELECT user_id FROM orders WHERE orders.id = order_id)",
            "who signed it decided on it alone",
        ),
        (
            "UPDATE order_decisions SET jws = 'e30.e30.c2ln'",
            "its decision to approve is not what was signed",
        ),
        (
            "UPDATE deposits SET balance = balance + 1",
            "the deposit keeps",
        ),
        (
            "DELETE FROM deposits; INSERT INTO deposits (account, currency, balance)
             SELECT 'C-99', 'CNY', 100",
            "it has a balance, and nothing was posted",
        ),
        (
            "UPDATE credits SET amount = amount + 1",
            "it is not what the bank said",
        ),
        (
            "UPDATE credit_bills SET principal = principal - 1",
            "its parts do not sum to it",
        ),
        (
            "DELETE FROM credit_bills; DELETE FROM credits",
            "there is no such credit",
        ),
        ("DELETE FROM unmatched_receipts", "it is no receipt"),
        (
            "UPDATE unmatched_receipts SET amount = amount + 1",
            "its receipt is not what the bank said",
        ),
        (
            "UPDATE bank_events SET amount = amount + 1 WHERE outcome = 'fee-posted'",
            "its posting is not what the bank said",
        ),
        (
            "UPDATE standing_instructions SET keep = keep + 1",
            "it is not what was signed",
        ),
        ("DELETE FROM standing_accounts", "it is not what was signed"),
        (
            "DELETE FROM standing_accounts",
            "no standing instruction was in force for that",
        ),
        (
            "UPDATE standing_ends SET jws = 'e30.e30.c2ln'",
            "its end is not what was signed",
        ),
        (
            "UPDATE standing_ends SET at = 1",
            "no standing instruction was in force for that",
        ),
        (
            "UPDATE applications SET day = '2026-01-01'",
            "no standing instruction was in force for that",
        ),
        (
            "UPDATE applications SET at = at - 1",
            "what a deposit paid of it is not in its batch",
        ),
        (
            "DELETE FROM applications",
            "its postings are not those of its document and payments",
        ),
        (
            "INSERT INTO transfers SELECT process, 999, position, 'overpaid', subject, 'bank', credit, amount, currency, at FROM transfers WHERE event = 'opening-balance'",
            "something else than its opening balance was posted under it",
        ),
        (
            "INSERT INTO transfers SELECT process, 999, position, event, subject, debit, credit, amount, currency, at FROM transfers WHERE event = 'opening-balance'",
            "its opening balance was posted more than once",
        ),
        (
            "INSERT INTO transfers SELECT process, 999, position, 'booked', subject, debit, credit, amount, currency, at FROM transfers WHERE event = 'bank-fee'",
            "that the bank did not say, and no resolution says so",
        ),
        (
            "INSERT INTO transfers SELECT process, 999, position, 'bank-fee', (SELECT 'bank:' || min(reference) FROM credits), debit, credit, amount, currency, at FROM transfers WHERE event = 'bank-fee'",
            "it is no receipt and no fee, and was posted as one",
        ),
    ] {
        let copy = place.copy();
        copy.tamper(statements);
        let report = copy.open().verify().await.unwrap();
        let findings: Vec<_> = report.findings.iter().map(ToString::to_string).collect();
        assert!(
            findings.iter().any(|finding| finding.contains(words)),
            "{statements}: {findings:#?}"
        );
    }
}

/// The journal has the digest of each bill's document.
#[tokio::test]
async fn another_document_with_its_digest_is_found() {
    let world = World::new(&[("B-1", 100)]).await;
    let other = String::from_utf8(document("B-1", 100)).unwrap();
    let other = other.replace("Energy", "Enerby");
    let digest: [u8; 32] = Sha256::digest(&other).into();
    let (other, digest) = (hex(other.as_bytes()), hex(&digest));
    let (other, digest) = (Place::blob(&other), Place::blob(&digest));
    let statement = format!("UPDATE bills SET document = {other}, digest = {digest}");
    world.place.tamper(&statement);
    let report = world.store.verify().await.unwrap();
    let findings: Vec<_> = report.findings.iter().map(ToString::to_string).collect();
    assert_eq!(findings.len(), 1, "{findings:#?}");
    assert!(
        findings[0].contains("a bill's document is not"),
        "{findings:#?}"
    );
}
