//! Disputes: what they stop, when they end, and what waits for them.

use std::sync::Arc;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;
use wattkey_domain::{Currency, CustomerId, DisputeId, DisputeReason, InstructionId};
use wattkey_store::{
    AcceptOutcome, DisputeQuery, DisputeState, DisputeTaken, ImportError, OpenDispute, Record,
    StandingInstruction, StandingTerms, WithdrawDispute,
};

use crate::place::Place;
use crate::world::{
    CUSTOMER, LI_NA, OTHER_CUSTOMER, WANG_WEI, World, bill_id, cny, document, noon,
};

pub(crate) fn id(number: u128) -> DisputeId {
    DisputeId::from_uuid(Uuid::from_u128(number))
}

fn jws(payload: &serde_json::Value) -> (String, [u8; 32]) {
    let payload = payload.to_string();
    let encoded = Base64UrlUnpadded::encode_string(payload.as_bytes());
    (
        format!("e30.{encoded}.c2ln"),
        Sha256::digest(&payload).into(),
    )
}

/// A dispute of one cent of nothing in particular.
pub(crate) fn opened(world: &World, dispute: DisputeId) -> OpenDispute {
    OpenDispute {
        dispute,
        ..self::dispute(world, 0, ("B-0", 1), 1, "2026-09-01")
    }
}

/// A withdrawal as Li Na signs it.
pub(crate) fn withdrawn(world: &World, dispute: DisputeId) -> WithdrawDispute {
    let number = dispute.as_uuid().as_u128();
    withdrawal(world, number, "2026-09-01")
}

/// Signs what it says now.
pub(crate) fn signed(mut new: OpenDispute) -> OpenDispute {
    (new.jws, new.digest) = jws(&serde_json::json!({"dispute": new.dispute,
            "customer": {"id": new.customer}, "user": {"id": new.user},
            "terms": {"bill": new.bill,
                "document": Base64UrlUnpadded::encode_string(&new.document),
                "line": new.line, "amount": new.amount.minor(), "currency": "CNY",
                "reason": new.reason, "text": new.words}}));
    new
}

/// A dispute of a bill of so much, as Li Na signs it.
pub(crate) fn dispute(
    world: &World,
    number: u128,
    (bill, total): (&str, i64),
    amount: i64,
    day: &str,
) -> OpenDispute {
    let digest: [u8; 32] = Sha256::digest(document(bill, total)).into();
    let unsigned = OpenDispute {
        dispute: id(number),
        digest: [0; 32],
        jws: String::new(),
        customer: CUSTOMER,
        user: LI_NA,
        bindings: 0,
        bill: bill_id(bill),
        document: digest,
        line: Some(1),
        amount: cny(amount),
        reason: DisputeReason::Meter,
        words: "The meter stood.".to_owned(),
        quoting: Arc::clone(&world.quoting),
        now: noon(day),
    };
    signed(unsigned)
}

fn withdrawal(world: &World, number: u128, day: &str) -> WithdrawDispute {
    let (jws, digest) = jws(&serde_json::json!({"dispute": id(number),
        "customer": {"id": CUSTOMER}, "user": {"id": LI_NA}, "terms": null}));
    WithdrawDispute {
        dispute: id(number),
        digest,
        jws,
        customer: CUSTOMER,
        user: LI_NA,
        bindings: 0,
        quoting: Arc::clone(&world.quoting),
        now: noon(day),
    }
}

fn answer(number: u128, outcome: &str, answered: &str) -> Record {
    let line = serde_json::json!({"type": "dispute-answer", "dispute": id(number),
        "outcome": outcome, "text": "It was read again.", "answered": answered});
    Record::parse(line.to_string().as_bytes()).unwrap()
}

async fn open(world: &World, dispute: OpenDispute) -> DisputeTaken {
    world.store.open_dispute(dispute).await.unwrap()
}

async fn withdraw(world: &World, number: u128, day: &str) -> DisputeTaken {
    let withdrawn = withdrawal(world, number, day);
    world.store.withdraw_dispute(withdrawn).await.unwrap()
}

/// The penalty of all that is open of a bill.
async fn penalty(world: &World, bill: &str, day: &str) -> i64 {
    let today = day.parse().unwrap();
    let row = world.store.bill(CUSTOMER, bill_id(bill), today).await;
    let row = row.unwrap().unwrap();
    let quote = world.quoting.quote(row.open, &row.debt(today), noon(day));
    quote.unwrap().penalty.minor()
}

/// Otherwise the penalty of what was found to be owed would stand still for as long as somebody asks.
#[tokio::test]
async fn what_was_answered_is_not_disputed_again_for_the_same_reason() {
    let world = World::new(&[("B-1", 100_000)]).await;
    let bill = ("B-1", 100_000);
    let first = dispute(&world, 1, bill, 40_000, "2026-09-11");
    assert_eq!(open(&world, first).await, DisputeTaken::Kept);
    assert_eq!(withdraw(&world, 1, "2026-09-11").await, DisputeTaken::Kept);
    // Nobody has answered yet: it may be put in other words.
    let second = dispute(&world, 2, bill, 30_000, "2026-09-12");
    assert_eq!(open(&world, second).await, DisputeTaken::Kept);
    let records = vec![answer(2, "rejected", "2026-09-15")];
    let taken = world.store.import(records, noon("2026-09-15")).await;
    assert_eq!(taken.unwrap().added, 1);
    let again = dispute(&world, 3, bill, 20_000, "2026-09-16");
    assert_eq!(
        open(&world, again.clone()).await,
        DisputeTaken::AnsweredBefore
    );
    let other = OpenDispute {
        reason: DisputeReason::Price,
        ..again.clone()
    };
    assert_eq!(open(&world, signed(other)).await, DisputeTaken::Kept);
    assert_eq!(withdraw(&world, 3, "2026-09-16").await, DisputeTaken::Kept);
    let whole = OpenDispute {
        dispute: id(4),
        line: None,
        ..again
    };
    assert_eq!(open(&world, signed(whole)).await, DisputeTaken::Kept);
    world.assert_sound().await;
}

#[tokio::test]
async fn what_is_disputed_owes_nothing_until_it_is_answered() {
    let world = World::new(&[("B-1", 100_000)]).await;
    let bill = ("B-1", 100_000);
    let first = dispute(&world, 1, bill, 40_000, "2026-09-11");
    assert_eq!(open(&world, first.clone()).await, DisputeTaken::Kept);
    assert_eq!(open(&world, first.clone()).await, DisputeTaken::Exists);
    let other = dispute(&world, 1, bill, 40_001, "2026-09-11");
    let digest = first.digest;
    assert_eq!(
        open(&world, other).await,
        DisputeTaken::ExistsWithDifferentPayload { digest }
    );
    // 100 a day for ten days at 0.2 %, then of the 600.00 that nobody disputes.
    assert_eq!(penalty(&world, "B-1", "2026-09-10").await, 2_000);
    assert_eq!(penalty(&world, "B-1", "2026-09-30").await, 4_400);

    // What is not disputed is paid first.
    let paid = world.part(1, "B-1", 60_000, "2026-09-30").await;
    assert_eq!(paid.bills[0].penalty, cny(3_600));
    let outcome = world.accept(paid).await;
    assert!(matches!(outcome, AcceptOutcome::Accepted(_)), "{outcome:?}");
    assert_eq!(penalty(&world, "B-1", "2026-09-30").await, 800);

    let records = vec![answer(1, "rejected", "2026-10-05")];
    let report = world
        .store
        .import(records.clone(), noon("2026-10-06"))
        .await;
    assert_eq!(report.unwrap().added, 1);
    let report = world.store.import(records, noon("2026-10-06")).await;
    assert_eq!(report.unwrap().unchanged, 1);
    // Forty days, of which those from 11 September to 5 October are free.
    assert_eq!(penalty(&world, "B-1", "2026-10-10").await, 15 * 80);
    assert_eq!(
        withdraw(&world, 1, "2026-10-06").await,
        DisputeTaken::Answered
    );
    let kept = world.store.dispute(CUSTOMER, id(1)).await.unwrap().unwrap();
    assert_eq!(kept.state, DisputeState::Answered);
    assert_eq!(kept.until, Some("2026-10-05".parse().unwrap()));
    assert_eq!(kept.answer.unwrap().words, "It was read again.");
    let changed = vec![answer(1, "upheld", "2026-10-05")];
    let changed = world.store.import(changed, noon("2026-10-06")).await;
    assert!(matches!(changed, Err(ImportError::Conflict { .. })));
    for (record, words) in [
        (answer(9, "upheld", "2026-10-05"), "is not there"),
        (answer(1, "upheld", "2026-12-05"), "has not come"),
    ] {
        let error = world.store.import(vec![record], noon("2026-10-06")).await;
        let error = error.unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
    world.assert_sound().await;
}

#[tokio::test]
async fn a_quote_of_before_the_dispute_is_not_taken_after_it() {
    let world = World::new(&[("B-1", 100_000)]).await;
    let stale = world.order(1, &["B-1"], noon("2026-09-20")).await;
    let new = dispute(&world, 1, ("B-1", 100_000), 100_000, "2026-09-11");
    assert_eq!(open(&world, new).await, DisputeTaken::Kept);
    let outcome = world.store.accept_order(stale).await.unwrap();
    let AcceptOutcome::QuoteMismatch { penalty, .. } = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(penalty, cny(2_000));
    let outcome = world.pay(2, &["B-1"], "2026-09-20").await;
    assert!(matches!(outcome, AcceptOutcome::Accepted(_)), "{outcome:?}");
    world.assert_sound().await;
}

#[tokio::test]
async fn a_dispute_is_withdrawn_and_another_one_opened() {
    let world = World::new(&[("B-1", 100_000), ("B-2", 5_000)]).await;
    let bill = ("B-1", 100_000);
    let first = dispute(&world, 1, bill, 100_000, "2026-09-11");
    assert_eq!(open(&world, first).await, DisputeTaken::Kept);
    let second = dispute(&world, 2, bill, 50_000, "2026-09-14");
    assert_eq!(open(&world, second.clone()).await, DisputeTaken::Open);
    assert_eq!(
        withdraw(&world, 9, "2026-09-13").await,
        DisputeTaken::Unknown
    );
    assert_eq!(withdraw(&world, 1, "2026-09-13").await, DisputeTaken::Kept);
    assert_eq!(
        withdraw(&world, 1, "2026-09-13").await,
        DisputeTaken::Exists
    );
    assert_eq!(open(&world, second).await, DisputeTaken::Kept);
    // Ten days of all, three of nothing, six of the half.
    assert_eq!(penalty(&world, "B-1", "2026-09-19").await, 2_000 + 600);
    for (changed, expected) in [
        (
            OpenDispute {
                customer: OTHER_CUSTOMER,
                ..dispute(&world, 3, ("B-2", 5_000), 100, "2026-09-14")
            },
            DisputeTaken::UnknownBill,
        ),
        (
            dispute(&world, 3, ("B-2", 5_001), 100, "2026-09-14"),
            DisputeTaken::DocumentMismatch,
        ),
        (
            dispute(&world, 3, ("B-2", 5_000), 5_001, "2026-09-14"),
            DisputeTaken::Amount { open: 5_000 },
        ),
        (
            OpenDispute {
                bindings: 1,
                ..dispute(&world, 3, ("B-2", 5_000), 100, "2026-09-14")
            },
            DisputeTaken::BindingsMoved,
        ),
        (
            OpenDispute {
                user: wattkey_domain::UserId::from_uuid(Uuid::from_u128(0xff)),
                ..dispute(&world, 3, ("B-2", 5_000), 100, "2026-09-14")
            },
            // To who may see nothing there is none.
            DisputeTaken::UnknownBill,
        ),
    ] {
        assert_eq!(open(&world, changed).await, expected);
    }
    let list = |customer: CustomerId, state| DisputeQuery {
        customer: Some(customer),
        state,
        limit: 1,
        ..DisputeQuery::default()
    };
    let page = world.store.disputes(list(CUSTOMER, None)).await.unwrap();
    assert_eq!(page.items[0].dispute, id(2));
    let next = DisputeQuery {
        after: Some(page.next.unwrap().parse().unwrap()),
        ..list(CUSTOMER, None)
    };
    let page = world.store.disputes(next).await.unwrap();
    let state = page.items[0].state;
    assert_eq!((page.next, state), (None, DisputeState::Withdrawn));
    for (state, count) in [
        (DisputeState::Open, 1),
        (DisputeState::Withdrawn, 1),
        (DisputeState::Answered, 0),
    ] {
        let query = list(CUSTOMER, Some(state));
        let page = world.store.disputes(query).await.unwrap();
        assert_eq!(page.items.len(), count, "{state:?}");
    }
    let others = world.store.disputes(list(OTHER_CUSTOMER, None)).await;
    assert!(others.unwrap().items.is_empty());

    // An answer that crossed the withdrawal is kept and changes nothing.
    let late = vec![answer(1, "partly", "2026-09-18")];
    world.store.import(late, noon("2026-09-19")).await.unwrap();
    assert_eq!(penalty(&world, "B-1", "2026-09-19").await, 2_600);
    world.assert_sound().await;
}

/// All of it is disputed, and an order for the 30th comes on the 20th: ten days before the
/// dispute, ten of it, ten ahead. A dispute that is withdrawn at once saves none of these.
#[tokio::test]
async fn an_open_dispute_frees_no_day_before_it_has_come() {
    let world = World::new(&[("B-1", 100_000)]).await;
    let new = dispute(&world, 1, ("B-1", 100_000), 100_000, "2026-09-11");
    assert_eq!(open(&world, new).await, DisputeTaken::Kept);
    let ahead = "2026-09-30".parse().unwrap();
    let now = noon("2026-09-20");
    let scheduled = async |penalty: i64| {
        let mut order = world.order(1, &["B-1"], now).await;
        order.execute = Some(ahead);
        order.bills[0].penalty = cny(penalty);
        order.bills[0].quote_until = world.quoting.day_end(ahead).unwrap();
        world.accept(order).await
    };
    let outcome = scheduled(2_000).await;
    let AcceptOutcome::QuoteMismatch { penalty, .. } = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(penalty, cny(4_000));
    let outcome = scheduled(4_000).await;
    assert!(matches!(outcome, AcceptOutcome::Accepted(_)), "{outcome:?}");
    assert_eq!(withdraw(&world, 1, "2026-09-20").await, DisputeTaken::Kept);
    world.assert_sound().await;
}

/// Fifty of a bill, one after the other; then none is open, and there were too many.
#[tokio::test]
async fn a_bill_is_disputed_so_often_and_no_more() {
    let world = World::new(&[("B-1", 100_000)]).await;
    let new = |number| dispute(&world, number, ("B-1", 100_000), 1, "2026-09-11");
    for number in 1..=50 {
        assert_eq!(open(&world, new(number)).await, DisputeTaken::Kept);
        assert_eq!(open(&world, new(51)).await, DisputeTaken::Open, "{number}");
        let gone = withdraw(&world, number, "2026-09-11").await;
        assert_eq!(gone, DisputeTaken::Kept);
    }
    assert_eq!(open(&world, new(51)).await, DisputeTaken::TooMany);
    world.assert_sound().await;
}

/// They are sent at once, so that they meet in one batch or follow each other.
#[tokio::test]
async fn of_two_disputes_of_a_bill_one_is_open() {
    let world = World::new(&[("B-1", 100_000)]).await;
    let [one, other] =
        [1, 2].map(|number| dispute(&world, number, ("B-1", 100_000), 7, "2026-09-11"));
    let (one, other) = tokio::join!(open(&world, one), open(&world, other));
    let mut taken = [one, other];
    taken.sort_by_key(|taken| *taken == DisputeTaken::Open);
    assert_eq!(taken, [DisputeTaken::Kept, DisputeTaken::Open]);
    // Withdrawn and opened again in one batch.
    let open_one = world.store.disputes(DisputeQuery {
        state: Some(DisputeState::Open),
        limit: 2,
        ..DisputeQuery::default()
    });
    let open_one = open_one.await.unwrap().items[0].dispute;
    let number = open_one.as_uuid().as_u128();
    let again = dispute(&world, 3, ("B-1", 100_000), 9, "2026-09-12");
    let (gone, again) = tokio::join!(withdraw(&world, number, "2026-09-12"), open(&world, again));
    assert_eq!((gone, again), (DisputeTaken::Kept, DisputeTaken::Kept));
    world.assert_sound().await;
}

#[tokio::test]
async fn deposits_leave_a_disputed_bill_alone() {
    let world = World::new(&[("B-1", 1_000), ("B-2", 700)]).await;
    world.fill(1, "C-1", 5_000, "2026-08-10").await;
    let terms = StandingTerms {
        deposit: "C-1".parse().unwrap(),
        accounts: vec!["C-1".parse().unwrap()],
        most: None,
        keep: cny(0),
        currency: Currency::CNY,
        from: "2026-08-01".parse().unwrap(),
        until: None,
    };
    let instruction = InstructionId::from_uuid(Uuid::from_u128(1));
    let (jws, digest) = jws(&serde_json::json!({"instruction": instruction,
        "customer": {"id": CUSTOMER}, "user": {"id": WANG_WEI},
        "terms": {"deposit": "C-1", "accounts": ["C-1"], "most": null, "keep": 0,
            "currency": "CNY", "from": "2026-08-01", "until": null}}));
    let kept = world.store.keep_instruction(StandingInstruction {
        instruction,
        digest,
        jws,
        customer: CUSTOMER,
        user: WANG_WEI,
        bindings: 0,
        terms,
        now: noon("2026-08-10"),
    });
    kept.await.unwrap();
    let new = dispute(&world, 1, ("B-1", 1_000), 1, "2026-08-20");
    assert_eq!(open(&world, new).await, DisputeTaken::Kept);
    let apply = async |day: &str| {
        let quoting = Arc::clone(&world.quoting);
        let applied = world.store.apply_deposits(noon(day), quoting, 100).await;
        let applied = applied.unwrap().into_iter();
        applied
            .map(|one| (one.bill.to_string(), one.penalty.minor()))
            .collect::<Vec<_>>()
    };
    assert_eq!(apply("2026-08-31").await, [("B-2".to_owned(), 0)]);
    assert_eq!(withdraw(&world, 1, "2026-09-05").await, DisputeTaken::Kept);
    // Ten days of 9.99, five of the cent that was disputed: 19.99 hundredths.
    assert_eq!(apply("2026-09-10").await, [("B-1".to_owned(), 20)]);
    world.assert_sound().await;
}

#[tokio::test]
async fn each_change_of_a_dispute_is_found() {
    let world = World::new(&[("B-1", 100_000), ("B-2", 700)]).await;
    for (number, bill, amount) in [(1, ("B-1", 100_000), 40_000), (2, ("B-2", 700), 700)] {
        let new = dispute(&world, number, bill, amount, "2026-09-11");
        assert_eq!(open(&world, new).await, DisputeTaken::Kept);
    }
    assert_eq!(withdraw(&world, 1, "2026-09-13").await, DisputeTaken::Kept);
    let records = vec![answer(2, "upheld", "2026-09-15")];
    world
        .store
        .import(records, noon("2026-09-16"))
        .await
        .unwrap();
    world.assert_sound().await;
    let World { place, store, .. } = world;
    drop(store);
    let place = Arc::try_unwrap(place).unwrap_or_else(|_| panic!("nobody else has it"));
    for (statements, words) in [
        (
            "UPDATE disputes SET amount = 41000 WHERE bill = 'B-1'",
            "it is not what was signed",
        ),
        (
            "UPDATE disputes SET until = '2026-09-14' WHERE bill = 'B-1'",
            "it did not end as",
        ),
        ("DELETE FROM dispute_answers", "it did not end as"),
        ("DELETE FROM dispute_withdrawals", "it did not end as"),
        (
            "UPDATE dispute_withdrawals SET jws = 'e30.e30.c2ln'",
            "its withdrawal is not what",
        ),
        (
            "UPDATE disputes SET sequence = sequence + 900",
            "there is no such link",
        ),
        (
            "UPDATE disputes SET amount = 200000 WHERE bill = 'B-1'",
            "it is not of a bill",
        ),
    ] {
        let changed: Place = place.copy();
        changed.tamper(statements);
        let report = changed.open().verify().await.unwrap();
        let found = report
            .findings
            .iter()
            .any(|one| one.problem.contains(words));
        assert!(found, "{statements}: {:#?}", report.findings);
    }
    // Without that there is nothing to be done to one.
    for statements in [
        "UPDATE disputes SET amount = 1",
        "DELETE FROM disputes",
        "UPDATE dispute_withdrawals SET day = '2026-09-20'",
        "DELETE FROM dispute_answers",
    ] {
        assert!(place.try_sql(statements).is_err(), "{statements}");
    }
}
