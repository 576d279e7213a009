//! Orders that the bank never ends: two managers do. And those that are refused before they leave.

use wattkey_domain::{BankEvent, Item, OrderCause, OrderState};
use wattkey_store::{
    BankEventOutcome, BankReport, BankSubject, DecideResolutionOutcome, MessageOf, ProposeOutcome,
    Record, Remedy, ResolutionRefusal, ResolutionVerdict,
};

use crate::reconciliation::SUN_LI;
use crate::world::{CUSTOMER, World, cny, lines, noon, order_id};

const DAY: &str = "2026-08-20";

impl World {
    /// Something that the bank books for an order and that has another amount.
    async fn misfit(&self, reference: &str, number: u128, event: BankEvent, minor: i64) {
        let report = BankReport {
            reference: reference.to_owned(),
            other_references: Vec::new(),
            subject: BankSubject::Order {
                order: order_id(number),
                event,
                amount: Some(cny(minor)),
                note: Some("less charges".to_owned()),
            },
            now: noon(DAY),
        };
        let outcome = self.store.apply_bank_event(report).await.unwrap();
        assert!(
            matches!(outcome, BankEventOutcome::AmountMismatch { .. }),
            "{outcome:?}"
        );
    }

    async fn resolved(&self, number: u128, item: &str, remedy: Remedy) {
        let item: Item = item.parse().unwrap();
        let proposal = self.proposal_to(number, &item, remedy).await;
        assert_eq!(self.propose(&proposal).await, ProposeOutcome::Kept);
        let before = self.transfers();
        let done = self.word(&proposal, SUN_LI, ResolutionVerdict::Confirm);
        let done = done.await;
        assert!(
            matches!(done, DecideResolutionOutcome::Confirmed(Some(_))),
            "{done:?} after {before}"
        );
        self.assert_sound().await;
    }

    async fn refusal(&self, number: u128, item: &str, remedy: Remedy) -> ResolutionRefusal {
        let item: Item = item.parse().unwrap();
        let proposal = self.proposal_to(number, &item, remedy).await;
        match self.propose(&proposal).await {
            ProposeOutcome::Refused(refusal) => refusal,
            other => panic!("{other:?}"),
        }
    }

    /// What was posted since, event by event.
    fn since(&self, before: &str) -> String {
        let all = self.transfers();
        all.strip_prefix(before).unwrap().trim().to_owned()
    }
}

fn item_of(number: u128) -> String {
    format!("order:{}", order_id(number))
}

/// The bank refuses the message again and again, and no report of it ever comes.
#[tokio::test]
async fn an_order_that_the_bank_does_not_take_is_rejected_by_two() {
    let world = World::new(&[("B-1", 1_000), ("B-2", 500)]).await;
    world.pay(1, &["B-1"], DAY).await;
    let leased = world.store.outbox_next(noon(DAY), 5).await.unwrap();
    assert!(leased.is_some());
    assert_eq!(world.open("B-1").await, 0);
    let item: Item = item_of(1).parse().unwrap();
    let shown = world.store.bank_item(item).await.unwrap().unwrap();
    assert_eq!(
        (shown.amount, shown.order, shown.why.as_str()),
        (Some(cny(1_000)), Some(order_id(1)), "the order is accepted")
    );
    assert_eq!(world.waiting().await, [""; 0], "nobody must look");

    let rejected = Remedy::Order(OrderCause::Rejected);
    world.resolved(1, &item_of(1), rejected.clone()).await;
    assert_eq!(world.state(1).await, OrderState::Rejected);
    assert_eq!(world.open("B-1").await, 1_000);
    let record = world.store.order(CUSTOMER, order_id(1)).await.unwrap();
    let note = record.unwrap().history.pop().unwrap().note;
    assert_eq!(
        note.as_deref(),
        Some("resolution 00000000-0000-0000-0000-000000000001")
    );
    // It is never sent again, and its bills can be paid.
    assert_eq!(
        world
            .store
            .outbox_next(noon("2026-08-25"), 5)
            .await
            .unwrap(),
        None
    );
    world.pay(2, &["B-1"], DAY).await;

    // What is over is over; and only what goes to the bank is stuck there.
    let again = world.refusal(2, &item_of(1), rejected.clone()).await;
    assert!(
        matches!(again, ResolutionRefusal::Resolved { .. }),
        "{again:?}"
    );
    let returned = Remedy::Order(OrderCause::Returned);
    let early = world.refusal(3, &item_of(2), returned).await;
    assert!(
        matches!(early, ResolutionRefusal::Contradiction(_)),
        "{early:?}"
    );
    let unknown = world.refusal(4, &item_of(7), rejected).await;
    assert_eq!(unknown, ResolutionRefusal::UnknownItem);
    let money = world.refusal(5, &item_of(2), Remedy::Receive).await;
    assert_eq!(money, ResolutionRefusal::NoMoney);

    // The bank booked it in a sum with others.
    world
        .resolved(6, &item_of(2), Remedy::Order(OrderCause::Booked))
        .await;
    assert_eq!(world.state(2).await, OrderState::Settled);
}

#[tokio::test]
async fn a_booking_of_another_amount_settles_or_waits_as_a_receipt() {
    let settled = || Remedy::Order(OrderCause::Booked);
    let world = World::new(&[("B-1", 1_000), ("B-2", 500), ("B-3", 700)]).await;
    for (number, bill) in [(1, "B-1"), (2, "B-2"), (3, "B-3")] {
        world.pay(number, &[bill], DAY).await;
    }
    world.misfit("camt:1", 1, BankEvent::Booked, 990).await;
    world.misfit("camt:2", 2, BankEvent::Booked, 520).await;
    world.misfit("camt:3", 3, BankEvent::Booked, 700_000).await;
    let before = world.transfers();
    world.resolved(1, "event:camt:1", settled()).await;
    world.resolved(2, "event:camt:2", settled()).await;
    // Another order was meant.
    world.resolved(3, "event:camt:3", Remedy::Receive).await;
    assert_eq!(
        world.since(&before),
        lines(
            "booked | bank | in-transit:ORDER-1 | 1000
             bank-fee | bank-charges | bank | 10
             booked | bank | in-transit:ORDER-2 | 500
             unmatched-receipt | bank | unmatched | 20
             unmatched-receipt | bank | unmatched | 700000"
        )
    );
    let states = [
        world.state(1).await,
        world.state(2).await,
        world.state(3).await,
    ];
    use OrderState::{Accepted, Settled};
    assert_eq!(states, [Settled, Settled, Accepted]);
    // What is left of them is money like other money.
    assert_eq!(world.waiting().await, ["receipt:camt:2", "receipt:camt:3"]);
    let item = "receipt:camt:2".parse().unwrap();
    let kept = world.store.bank_item(item).await.unwrap().unwrap();
    assert_eq!(
        (kept.amount, kept.text.as_deref()),
        (Some(cny(20)), Some("less charges"))
    );
    let over = wattkey_store::ReceiptMatch {
        bills: Vec::new(),
        deposit: Some(("C-1".parse().unwrap(), 20)),
    };
    world
        .resolved(4, "receipt:camt:2", Remedy::Match(over))
        .await;
    assert_eq!(world.deposit("C-1").await, 20);
}

#[tokio::test]
async fn a_return_with_the_banks_charges_and_money_after_a_rejection() {
    let world = World::new(&[("B-1", 1_000), ("B-2", 500)]).await;
    world.pay(1, &["B-1"], DAY).await;
    world.pay(2, &["B-2"], DAY).await;
    world.bank("camt:1", 1, BankEvent::Booked, DAY).await;
    world.misfit("camt:1r", 1, BankEvent::Returned, 1_003).await;
    world.misfit("camt:2", 2, BankEvent::Booked, 400).await;
    let before = world.transfers();
    let left = world.refusal(9, "event:camt:1r", Remedy::Receive).await;
    assert_eq!(left, ResolutionRefusal::NoMoney);
    let returned = Remedy::Order(OrderCause::Returned);
    world.resolved(1, "event:camt:1r", returned).await;
    let rejected = Remedy::Order(OrderCause::Rejected);
    world.resolved(2, "event:camt:2", rejected.clone()).await;
    assert_eq!(
        world.since(&before),
        lines(
            "returned | receivable:B-1 | bank | 1000
             bank-fee | bank-charges | bank | 3
             rejected | receivable:B-2 | in-transit:ORDER-2 | 500
             unmatched-receipt | bank | unmatched | 400"
        )
    );
    assert_eq!(
        (world.open("B-1").await, world.open("B-2").await),
        (1_000, 500)
    );
    // Collected after all: the bank contradicts itself.
    let report = BankReport {
        reference: "camt:2b".to_owned(),
        other_references: Vec::new(),
        subject: BankSubject::Order {
            order: order_id(2),
            event: BankEvent::Booked,
            amount: Some(cny(500)),
            note: None,
        },
        now: noon(DAY),
    };
    let outcome = world.store.apply_bank_event(report).await.unwrap();
    assert!(matches!(outcome, BankEventOutcome::Contradiction(_)));
    world.resolved(3, "event:camt:2b", Remedy::Receive).await;
    assert_eq!(world.waiting().await, ["receipt:camt:2", "receipt:camt:2b"]);

    // Taken with money that only a settled or returned order explains.
    world.pay(3, &["B-2"], DAY).await;
    world.misfit("camt:3", 3, BankEvent::Returned, 7).await;
    let left = world.refusal(4, "event:camt:3", rejected).await;
    assert_eq!(left, ResolutionRefusal::MoneyLeft { amount: cny(7) });
    world.assert_sound().await;
}

#[tokio::test]
async fn tampering_with_what_managers_ended_is_found() {
    let world = World::new(&[("B-1", 1_000), ("B-2", 500)]).await;
    world.pay(1, &["B-1"], DAY).await;
    world.pay(2, &["B-2"], DAY).await;
    world.misfit("camt:1", 1, BankEvent::Booked, 1_020).await;
    world
        .resolved(1, "event:camt:1", Remedy::Order(OrderCause::Booked))
        .await;
    world
        .resolved(2, &item_of(2), Remedy::Order(OrderCause::Rejected))
        .await;
    let place = std::sync::Arc::clone(&world.place);
    drop(world);
    for (statement, problem) in [
        (
            "DELETE FROM resolved_items WHERE item LIKE 'order:%'",
            "its movements are not those that the bank reported",
        ),
        (
            "DELETE FROM resolved_items WHERE item LIKE 'event:%'",
            "it waits as a receipt, and no resolution says so",
        ),
        (
            "DELETE FROM resolved_items WHERE item LIKE 'event:%'",
            "it is no receipt and no fee, and was posted as one",
        ),
        (
            "UPDATE order_events SET note = NULL WHERE state = 'rejected'",
            "its order did not go where it says",
        ),
        (
            "UPDATE order_events SET note = 'resolution 00000000-0000-0000-0000-000000000001'
             WHERE state = 'rejected'",
            "its movements are not those that the bank reported",
        ),
        (
            "UPDATE unmatched_receipts SET amount = 21",
            "what was posted is not what was signed",
        ),
        (
            "UPDATE transfers SET amount = 21 WHERE event = 'unmatched-receipt'",
            "what was posted is not what was signed",
        ),
        (
            "UPDATE bank_events SET amount = 1021 WHERE outcome = 'amount-mismatch'",
            "what was posted is not what was signed",
        ),
    ] {
        let copy = place.copy();
        copy.tamper(statement);
        let report = copy.open().verify().await.unwrap();
        let findings: Vec<_> = report.findings.iter().map(ToString::to_string).collect();
        assert!(
            findings.iter().any(|finding| finding.contains(problem)),
            "{statement}: {findings:#?}"
        );
    }
}

async fn end_mandate(world: &World, day: &str) {
    let line = format!(r#"{{"type":"mandate-end","mandate":"M-1","ended":"{day}"}}"#);
    let record = Record::parse(line.as_bytes()).unwrap();
    world.store.import(vec![record], noon(DAY)).await.unwrap();
}

/// A collection that was scheduled, and whose message leaves on its day.
async fn scheduled(number: u128, bill: &str, world: &World) {
    let mut order = world.order(number, &[bill], noon(DAY)).await;
    order.execute = Some("2026-08-26".parse().unwrap());
    order.message.as_mut().unwrap().not_before = Some(noon("2026-08-26"));
    let outcome = world.accept(order).await;
    assert!(
        matches!(outcome, wattkey_store::AcceptOutcome::Accepted(_)),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn a_collection_is_refused_on_its_day_when_its_mandate_has_ended() {
    let world = World::new(&[("B-1", 1_000), ("B-2", 500)]).await;
    scheduled(1, "B-1", &world).await;
    scheduled(2, "B-2", &world).await;
    let refused = async |day: &str| {
        let store = &world.store;
        let refused = store.refuse_under_ended_mandates(day.parse().unwrap(), noon(day));
        refused.await.unwrap()
    };
    assert_eq!(refused("2026-08-26").await, [], "it has not ended");
    // A sender had the first one in hand: the bank may have it.
    let leased = world.store.outbox_next(noon("2026-08-26"), 5).await;
    let first = leased.unwrap().unwrap();
    world
        .store
        .outbox_release(&first.id, noon("2026-08-26"), 0)
        .await
        .unwrap();
    end_mandate(&world, "2026-08-26").await;
    assert_eq!(refused("2026-08-25").await, [], "its day has not come");
    let is_first = first.of == MessageOf::Order(order_id(1));
    let (gone, stays) = if is_first { (2, 1) } else { (1, 2) };
    assert_eq!(refused("2026-08-26").await, [order_id(gone)]);
    assert_eq!(refused("2026-08-26").await, []);
    assert_eq!(world.state(gone).await, OrderState::Rejected);
    assert_eq!(world.state(stays).await, OrderState::Accepted);
    let record = world.store.order(CUSTOMER, order_id(gone)).await.unwrap();
    let record = record.unwrap();
    let note = record.history.last().unwrap().note.as_deref();
    assert_eq!(note, Some("the mandate has ended"));
    let bill = record.bills[0].bill.to_string();
    assert!(world.open(&bill).await > 0, "it is free again");
    // It is never sent, whatever becomes of the mandate.
    let next = world
        .store
        .outbox_next(noon("2026-08-27"), 5)
        .await
        .unwrap();
    assert_eq!(next.unwrap().of.order(), Some(order_id(stays)));
    world.receipts(gone).await;
    world.assert_sound().await;

    let place = std::sync::Arc::clone(&world.place);
    drop(world);
    for (statement, problem) in [
        (
            "DELETE FROM mandate_refusals",
            "its movements are not those that the bank reported",
        ),
        (
            "UPDATE mandate_refusals SET ended = '2026-08-27'",
            "it was not sent because of its mandate, and that cannot be",
        ),
        (
            "UPDATE mandate_refusals SET mandate = 'M-2'",
            "it was not sent because of its mandate, and that cannot be",
        ),
        (
            "UPDATE outbox SET attempts = 1",
            "it was not sent because of its mandate, and that cannot be",
        ),
    ] {
        let copy = place.copy();
        copy.tamper(statement);
        let report = copy.open().verify().await.unwrap();
        let findings: Vec<_> = report.findings.iter().map(ToString::to_string).collect();
        assert!(
            findings.iter().any(|finding| finding.contains(problem)),
            "{statement}: {findings:#?}"
        );
    }
}
