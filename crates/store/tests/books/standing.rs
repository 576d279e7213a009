//! Standing instructions: what deposits pay by themselves, and what they leave alone.

use std::sync::Arc;

use crate::world::{CUSTOMER, LI_NA, OTHER_CUSTOMER, WANG_WEI, World, cny, lines, noon};
use base64ct::{Base64UrlUnpadded, Encoding as _};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;
use wattkey_domain::{AccountId, BankEvent, Currency, InstructionId};
use wattkey_store::{
    AcceptOutcome, Applied, BindingStep, EndInstruction, InstructionOutcome, StandingInstruction,
    StandingTerms,
};

/// Bills are due on this day.
const DUE: &str = crate::world::DUE;

fn id(number: u128) -> InstructionId {
    InstructionId::from_uuid(Uuid::from_u128(number))
}

fn accounts(names: &[&str]) -> Vec<AccountId> {
    names.iter().map(|name| name.parse().unwrap()).collect()
}

fn terms() -> StandingTerms {
    StandingTerms {
        deposit: "C-1".parse().unwrap(),
        accounts: accounts(&["C-1"]),
        most: None,
        keep: cny(0),
        currency: Currency::CNY,
        from: "2026-08-01".parse().unwrap(),
        until: None,
    }
}

fn jws(payload: &serde_json::Value) -> (String, [u8; 32]) {
    let payload = payload.to_string();
    let encoded = Base64UrlUnpadded::encode_string(payload.as_bytes());
    (
        format!("e30.{encoded}.c2ln"),
        Sha256::digest(&payload).into(),
    )
}

fn instruction(number: u128, terms: StandingTerms) -> StandingInstruction {
    let (jws, digest) = jws(&serde_json::json!({"instruction": id(number),
        "customer": {"id": CUSTOMER}, "user": {"id": WANG_WEI},
        "terms": {"deposit": terms.deposit, "accounts": terms.accounts,
            "most": terms.most.map(|most| most.minor()), "keep": terms.keep.minor(),
            "currency": terms.currency, "from": terms.from.to_string(),
            "until": terms.until.map(|until| until.to_string())}}));
    StandingInstruction {
        instruction: id(number),
        digest,
        jws,
        customer: CUSTOMER,
        user: WANG_WEI,
        bindings: 0,
        terms,
        now: noon("2026-08-10"),
    }
}

fn end(number: u128) -> EndInstruction {
    let (jws, digest) = jws(&serde_json::json!({"instruction": id(number),
        "customer": {"id": CUSTOMER}, "user": {"id": LI_NA}, "terms": null}));
    EndInstruction {
        instruction: id(number),
        digest,
        jws,
        customer: CUSTOMER,
        user: LI_NA,
        bindings: 0,
        now: noon("2026-08-12"),
    }
}

async fn keep(world: &World, number: u128, terms: StandingTerms) {
    let kept = world
        .store
        .keep_instruction(instruction(number, terms))
        .await;
    assert_eq!(kept.unwrap(), InstructionOutcome::Kept);
}

async fn apply(world: &World, day: &str) -> Vec<String> {
    let applied = world
        .store
        .apply_deposits(noon(day), Arc::clone(&world.quoting), 100)
        .await
        .unwrap();
    let told = applied.iter().map(|one: &Applied| {
        assert_ne!(one.journal.link, [0; 32]);
        let (principal, penalty) = (one.principal.minor(), one.penalty.minor());
        format!("{} {principal}+{penalty}", one.bill)
    });
    told.collect()
}

#[tokio::test]
async fn a_bill_is_paid_on_its_due_day_and_whole() {
    let world = World::new(&[("B-1", 10_000), ("B-2", 700), ("B-3", 300)]).await;
    world.fill(1, "C-1", 10_600, "2026-08-10").await;
    keep(&world, 1, terms()).await;
    let before = world.transfers();
    assert_eq!(apply(&world, "2026-08-30").await, [""; 0]);
    // B-2 is not covered after B-1, and not paid in part; B-3 is.
    assert_eq!(apply(&world, DUE).await, ["B-1 10000+0", "B-3 300+0"]);
    assert_eq!(apply(&world, DUE).await, [""; 0]);
    assert_eq!(world.deposit("C-1").await, 300);
    // Filled up late, it pays with the penalty of the day: 700 and 14.
    world.fill(2, "C-1", 413, "2026-09-10").await;
    assert_eq!(apply(&world, "2026-09-10").await, [""; 0]);
    world.fill(3, "C-1", 1, "2026-09-10").await;
    assert_eq!(apply(&world, "2026-09-10").await, ["B-2 700+14"]);
    assert_eq!(world.deposit("C-1").await, 0);
    assert_eq!(
        world.transfers().strip_prefix(&before).unwrap().trim(),
        lines(
            "deposit-applied | deposit:C-1 | receivable:B-1 | 10000
             deposit-applied | deposit:C-1 | receivable:B-3 | 300
             overpaid | bank | deposit:C-1 | 413
             overpaid | bank | deposit:C-1 | 1
             penalty-fixed | receivable:B-2 | penalty | 14
             deposit-applied | deposit:C-1 | receivable:B-2 | 714"
        )
    );
    world.assert_sound().await;
}

#[tokio::test]
async fn what_the_terms_leave_alone() {
    let world = World::new(&[("B-1", 500), ("B-2", 501), ("B-3", 400)]).await;
    world.fill(1, "C-1", 2_000, "2026-08-10").await;
    // Another account's bills are not theirs to pay.
    let other = StandingTerms {
        accounts: accounts(&["C-2"]),
        ..terms()
    };
    keep(&world, 1, other).await;
    let later = StandingTerms {
        from: "2026-09-01".parse().unwrap(),
        ..terms()
    };
    keep(&world, 2, later).await;
    let over = StandingTerms {
        until: Some("2026-08-30".parse().unwrap()),
        ..terms()
    };
    keep(&world, 3, over).await;
    assert_eq!(apply(&world, DUE).await, [""; 0]);
    let bounded = StandingTerms {
        most: Some(cny(500)),
        keep: cny(1_100),
        until: Some(DUE.parse().unwrap()),
        ..terms()
    };
    keep(&world, 4, bounded).await;
    // B-2 takes more than the most; B-3 leaves exactly what is to be kept.
    assert_eq!(apply(&world, DUE).await, ["B-1 500+0", "B-3 400+0"]);
    assert_eq!(world.deposit("C-1").await, 1_100);
    // From the first of September on another one is in force.
    assert_eq!(apply(&world, "2026-09-01").await, ["B-2 501+1"]);
    world.assert_sound().await;
}

#[tokio::test]
async fn what_is_in_force_and_what_has_ended() {
    let world = World::new(&[("B-1", 500)]).await;
    world.fill(1, "C-1", 2_000, "2026-08-10").await;
    let store = &world.store;
    assert_eq!(
        store.end_instruction(end(1)).await.unwrap(),
        InstructionOutcome::Unknown
    );
    keep(&world, 1, terms()).await;
    let again = store.keep_instruction(instruction(1, terms())).await;
    assert_eq!(again.unwrap(), InstructionOutcome::Exists);
    let other = StandingTerms {
        keep: cny(1),
        ..terms()
    };
    let other = store.keep_instruction(instruction(1, other)).await.unwrap();
    assert!(
        matches!(other, InstructionOutcome::ExistsWithDifferentPayload { .. }),
        "{other:?}"
    );
    let mut stranger = end(1);
    stranger.customer = OTHER_CUSTOMER;
    assert_eq!(
        store.end_instruction(stranger).await.unwrap(),
        InstructionOutcome::Unknown
    );
    let kept = store.instructions(CUSTOMER).await.unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!((&kept[0].terms, &kept[0].ended), (&terms(), &None));
    assert_eq!(kept[0].user_name, "Wang Wei");
    for outcome in [InstructionOutcome::Kept, InstructionOutcome::Exists] {
        assert_eq!(store.end_instruction(end(1)).await.unwrap(), outcome);
    }
    assert_eq!(apply(&world, DUE).await, [""; 0]);
    let kept = store.instructions(CUSTOMER).await.unwrap();
    assert_eq!(kept[0].ended.as_ref().unwrap().user_name, "Li Na");
    world.assert_sound().await;
}

#[tokio::test]
async fn what_an_instruction_cannot_say() {
    let world = World::new(&[]).await;
    world.fill(1, "C-1", 100, "2026-08-10").await;
    let unknown = InstructionOutcome::UnknownAccount {
        account: "C-9".parse().unwrap(),
    };
    let cases = [
        (
            StandingTerms {
                accounts: accounts(&["C-1", "C-9"]),
                ..terms()
            },
            unknown.clone(),
        ),
        (
            StandingTerms {
                deposit: "C-9".parse().unwrap(),
                ..terms()
            },
            unknown,
        ),
        (
            StandingTerms {
                currency: Currency::EUR,
                ..terms()
            },
            InstructionOutcome::AccountCurrency {
                currency: Currency::CNY,
            },
        ),
    ];
    for (terms, wanted) in cases {
        let outcome = world.store.keep_instruction(instruction(1, terms)).await;
        assert_eq!(outcome.unwrap(), wanted);
    }
    for names in [&["C-2", "C-2"][..], &[]] {
        let twice = StandingTerms {
            accounts: accounts(names),
            ..terms()
        };
        let twice = world.store.keep_instruction(instruction(1, twice)).await;
        assert!(twice.is_err(), "{twice:?}");
    }
    let (sequence, jws) = (1, "a.b.c".to_owned());
    let step = BindingStep { sequence, jws };
    world.store.append_binding_step(step).await.unwrap();
    let overtaken = world.store.keep_instruction(instruction(1, terms())).await;
    assert_eq!(overtaken.unwrap(), InstructionOutcome::BindingsMoved);
    assert_eq!(world.store.instructions(CUSTOMER).await.unwrap(), []);
}

/// What an order holds is the order's, and a deposit that is below zero pays nothing.
#[tokio::test]
async fn what_is_held_and_what_is_below_zero() {
    let world = World::new(&[("B-1", 500), ("B-2", 300)]).await;
    keep(&world, 1, terms()).await;
    // No deposit yet.
    assert_eq!(apply(&world, DUE).await, [""; 0]);
    world.fill(1, "C-1", 600, "2026-08-10").await;
    let part = world.part(2, "B-1", 200, "2026-08-20").await;
    let part = world.accept(part).await;
    assert!(matches!(part, AcceptOutcome::Accepted(_)), "{part:?}");
    // Of B-1 it pays what is open.
    assert_eq!(apply(&world, DUE).await, ["B-1 300+0", "B-2 300+0"]);
    world.bank("r-1", 1, BankEvent::Returned, DUE).await;
    world.bank("p-2", 2, BankEvent::Rejected, DUE).await;
    assert_eq!(
        (world.deposit("C-1").await, world.open("B-1").await),
        (-600, 200)
    );
    assert_eq!(apply(&world, DUE).await, [""; 0]);
    world.fill(3, "C-1", 800, DUE).await;
    // The same bill once more: it was opened again.
    assert_eq!(apply(&world, DUE).await, ["B-1 200+0"]);
    assert_eq!(world.deposit("C-1").await, 0);
    world.assert_sound().await;
}

/// Calls wait for each other longer than a second, and decide in another order than they were made.
#[tokio::test]
async fn what_is_in_force_by_the_clock() {
    let second = jiff::SignedDuration::from_secs(1);
    let world = World::new(&[("B-1", 500), ("B-2", 300)]).await;
    world.fill(1, "C-1", 500, "2026-08-10").await;
    let apply = async |now| {
        let quoting = Arc::clone(&world.quoting);
        let applied = world.store.apply_deposits(now, quoting, 100).await;
        applied.unwrap().len()
    };
    let given = StandingInstruction {
        now: noon(DUE),
        ..instruction(1, terms())
    };
    let kept = world.store.keep_instruction(given).await.unwrap();
    assert_eq!(kept, InstructionOutcome::Kept);
    assert_eq!(apply(noon(DUE) - second).await, 0);
    assert_eq!(apply(noon(DUE)).await, 1);
    world.assert_sound().await;
    let ended = EndInstruction {
        now: noon(DUE) - second,
        ..end(1)
    };
    let ended = world.store.end_instruction(ended).await.unwrap();
    assert_eq!(ended, InstructionOutcome::Kept);
    world.fill(2, "C-1", 300, DUE).await;
    assert_eq!(apply(noon(DUE)).await, 0);
    world.assert_sound().await;
}

/// Two platforms look at the same moment: each bill is paid once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_bill_once_on_two_platforms() {
    let names: Vec<_> = (1..=30).map(|number| format!("B-{number}")).collect();
    let bills: Vec<_> = names.iter().map(|name| (name.as_str(), 100)).collect();
    let world = World::new(&bills).await;
    world.fill(1, "C-1", 2_550, "2026-08-10").await;
    keep(&world, 1, terms()).await;
    let other = world.place.open();
    let quoting = || Arc::clone(&world.quoting);
    let (one, two) = tokio::join!(
        world.store.apply_deposits(noon(DUE), quoting(), 100),
        other.apply_deposits(noon(DUE), quoting(), 100)
    );
    assert_eq!(one.unwrap().len() + two.unwrap().len(), 25);
    assert_eq!(world.deposit("C-1").await, 50);
    drop(other);
    world.assert_sound().await;
}

/// More than are looked at in one transaction, and no more than were asked for.
#[tokio::test]
async fn as_many_as_are_asked_for() {
    let names: Vec<_> = (1..=210).map(|number| format!("B-{number:03}")).collect();
    let bills: Vec<_> = names.iter().map(|name| (name.as_str(), 1)).collect();
    let world = World::new(&bills).await;
    world.fill(1, "C-1", 1_000, "2026-08-10").await;
    keep(&world, 1, terms()).await;
    let apply = |limit| {
        let quoting = Arc::clone(&world.quoting);
        world.store.apply_deposits(noon(DUE), quoting, limit)
    };
    let first = apply(3).await.unwrap();
    let first: Vec<_> = first.iter().map(|one| one.bill.as_str()).collect();
    assert_eq!(first, ["B-001", "B-002", "B-003"]);
    assert_eq!(apply(1_000).await.unwrap().len(), 207);
    assert_eq!(world.deposit("C-1").await, 790);
    world.assert_sound().await;
}
