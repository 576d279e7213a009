//! Money that belongs to nobody and is sent back: what it posts, its one message, and what its failure
//! leaves.

use wattkey_domain::{BankEvent, Item, OrderCause, OrderState};
use wattkey_store::{
    BankEventOutcome, BankMessageDraft, BankReport, BankSubject, DecideResolutionOutcome,
    MessageOf, ProposeOutcome, ProposeResolution, Remedy, ResolutionRefusal, ResolutionVerdict,
    SendBack,
};

use crate::place::Place;
use crate::reconciliation::{SUN_LI, WANG_FANG, matched, receipt, resolution_id};
use crate::world::{World, cny, lines, noon};

const DAY: &str = "2026-09-11";

fn back_to(account: &str, number: u128) -> Remedy {
    Remedy::Return(SendBack {
        name: "Example Steel".to_owned(),
        account: account.to_owned(),
        agent: "NOTPROVIDED".to_owned(),
        message: BankMessageDraft {
            id: format!("WR{number:032x}"),
            body: b"<pain.001/>".to_vec(),
            not_before: None,
        },
    })
}

/// 1,300 came in and go back, confirmed by two.
async fn sent_back() -> (World, ProposeResolution) {
    let world = World::new(&[("B-1", 1_000)]).await;
    world
        .comes_in("camt:K1", 1_300, "2026-08-30", "2026-08-31")
        .await;
    let proposal = world.proposal_to(1, &receipt(), back_to("CN-7", 1)).await;
    assert_eq!(world.propose(&proposal).await, ProposeOutcome::Kept);
    assert_eq!(world.store.outbox_next(noon(DAY), 5).await.unwrap(), None);
    let done = world
        .word(&proposal, SUN_LI, ResolutionVerdict::Confirm)
        .await;
    assert!(
        matches!(done, DecideResolutionOutcome::Confirmed(Some(_))),
        "{done:?}"
    );
    (world, proposal)
}

impl World {
    async fn of_return(
        &self,
        reference: &str,
        number: u128,
        event: BankEvent,
        minor: Option<i64>,
    ) -> BankEventOutcome {
        let report = BankReport {
            reference: reference.to_owned(),
            other_references: Vec::new(),
            subject: BankSubject::Return {
                resolution: resolution_id(number),
                event,
                amount: minor.map(cny),
                note: Some("as the bank says".to_owned()),
            },
            now: noon(DAY),
        };
        self.store.apply_bank_event(report).await.unwrap()
    }

    async fn stands(&self, number: u128) -> Option<OrderState> {
        let kept = self.store.resolution(resolution_id(number)).await.unwrap();
        kept.unwrap().returned.map(|one| one.state)
    }
}

fn moved(state: OrderState) -> BankEventOutcome {
    BankEventOutcome::SentBack { state }
}

#[tokio::test]
async fn it_goes_out_once_and_is_booked_once() {
    let (world, proposal) = sent_back().await;
    assert_eq!(world.stands(1).await, Some(OrderState::Accepted));
    assert_eq!(world.waiting().await, [""; 0]);
    world.assert_sound().await;

    // Handed out to one at a time, and never again once it was sent.
    let message = world
        .store
        .outbox_next(noon(DAY), 5)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(message.of, MessageOf::Return(resolution_id(1)));
    assert_eq!(message.body, b"<pain.001/>");
    assert_eq!(world.store.outbox_next(noon(DAY), 5).await.unwrap(), None);
    world
        .store
        .outbox_done(&message.id, noon(DAY))
        .await
        .unwrap();
    assert_eq!(
        world
            .word(&proposal, SUN_LI, ResolutionVerdict::Confirm)
            .await,
        DecideResolutionOutcome::Exists
    );
    let later = noon("2026-10-11");
    assert_eq!(world.store.outbox_next(later, 5).await.unwrap(), None);

    let submitted = world.of_return("p-1", 1, BankEvent::Submitted, None).await;
    assert_eq!(submitted, moved(OrderState::Submitted));
    let mismatch = world
        .of_return("c-0", 1, BankEvent::PaidOut, Some(1_200))
        .await;
    let expected = cny(1_300);
    assert_eq!(mismatch, BankEventOutcome::AmountMismatch { expected });
    let paid = world
        .of_return("c-1", 1, BankEvent::PaidOut, Some(1_300))
        .await;
    assert_eq!(paid, moved(OrderState::Settled));
    let again = world
        .of_return("c-1", 1, BankEvent::PaidOut, Some(1_300))
        .await;
    assert_eq!(again, BankEventOutcome::Repeated);
    let second = world
        .of_return("c-2", 1, BankEvent::PaidOut, Some(1_300))
        .await;
    assert!(
        matches!(second, BankEventOutcome::Contradiction(_)),
        "{second:?}"
    );
    assert_eq!(
        world.transfers(),
        lines(
            "unmatched-receipt | bank | unmatched | 1300
             return-ordered | unmatched | returns-payable | 1300
             return-paid | returns-payable | bank | 1300"
        )
    );
    assert_eq!(world.waiting().await, ["event:c-0", "event:c-2"]);
    world.assert_sound().await;

    // The day shows it, and what was left of unmatched money on each day.
    let (day, _) = world.day(DAY).await;
    let states: Vec<_> = day
        .collections
        .iter()
        .map(|one| (one.source.as_str(), one.state, one.orders, one.amount))
        .collect();
    assert_eq!(
        states,
        [
            ("return", OrderState::Accepted, 1, 1_300),
            ("return", OrderState::Settled, 1, 1_300),
            ("return", OrderState::Submitted, 1, 1_300),
        ]
    );
    assert!(day.unmatched.is_empty());
    let (before, _) = world.day("2026-08-31").await;
    assert_eq!(before.unmatched[0].amount, 1_300);
}

#[tokio::test]
async fn what_fails_waits_again_and_can_be_placed() {
    for (events, posted) in [
        (
            &[BankEvent::Rejected][..],
            "return-failed | returns-payable | unmatched | 1300",
        ),
        (
            &[BankEvent::PaidOut, BankEvent::Returned][..],
            "return-paid | returns-payable | bank | 1300
             return-failed | bank | unmatched | 1300",
        ),
    ] {
        let (world, first) = sent_back().await;
        for (number, event) in events.iter().enumerate() {
            let reference = format!("c-{number}");
            world.of_return(&reference, 1, *event, Some(1_300)).await;
        }
        assert_eq!(world.waiting().await, ["receipt:camt:K1"]);
        // The sender, that comes late, does not send it.
        assert_eq!(world.store.outbox_next(noon(DAY), 5).await.unwrap(), None);
        let (day, _) = world.day(DAY).await;
        assert_eq!(day.unmatched[0].amount, 1_300);
        world.assert_sound().await;
        assert_eq!(
            world.propose(&first).await,
            ProposeOutcome::Exists(Some(ResolutionVerdict::Confirm))
        );

        let parts = matched(&[("B-1", 1_000, 0)], 300);
        let proposal = world.proposal(2, &receipt(), Some(parts)).await;
        assert_eq!(world.propose(&proposal).await, ProposeOutcome::Kept);
        let done = world
            .word(&proposal, SUN_LI, ResolutionVerdict::Confirm)
            .await;
        assert!(
            matches!(done, DecideResolutionOutcome::Confirmed(Some(_))),
            "{done:?}"
        );
        assert_eq!(
            world.transfers(),
            lines(&format!(
                "unmatched-receipt | bank | unmatched | 1300
             return-ordered | unmatched | returns-payable | 1300
             {posted}
             receipt-matched | unmatched | receivable:B-1 | 1000
             overpaid | unmatched | deposit:C-1 | 300"
            ))
        );
        assert_eq!(world.waiting().await, [""; 0]);
        world.assert_sound().await;
    }
}

#[tokio::test]
async fn two_managers_end_what_the_bank_does_not_end() {
    let (world, _) = sent_back().await;
    let item: Item = format!("return:{}", resolution_id(1)).parse().unwrap();
    let shown = world.store.bank_item(item.clone()).await.unwrap().unwrap();
    assert_eq!(shown.debtor_account.as_deref(), Some("CN-7"));
    assert_eq!(shown.why, "what is sent back is accepted");
    let end = async |number, item: &Item, cause| {
        let proposal = world.proposal_to(number, item, Remedy::Order(cause)).await;
        assert_eq!(world.propose(&proposal).await, ProposeOutcome::Kept);
        let done = world
            .word(&proposal, SUN_LI, ResolutionVerdict::Confirm)
            .await;
        assert!(
            matches!(done, DecideResolutionOutcome::Confirmed(Some(_))),
            "{done:?}"
        );
    };
    // The bank booked it with its fee: two say that it is settled, and that the rest is a fee.
    world
        .of_return("c-0", 1, BankEvent::PaidOut, Some(1_305))
        .await;
    let event: Item = "event:c-0".parse().unwrap();
    end(2, &event, OrderCause::Booked).await;
    assert_eq!(world.stands(1).await, Some(OrderState::Settled));
    world.assert_sound().await;
    // It comes back, and the bank does not say of what.
    end(3, &item, OrderCause::Returned).await;
    assert_eq!(world.waiting().await, ["receipt:camt:K1"]);
    assert_eq!(
        world.transfers(),
        lines(
            "unmatched-receipt | bank | unmatched | 1300
             return-ordered | unmatched | returns-payable | 1300
             return-paid | returns-payable | bank | 1300
             bank-fee | bank-charges | bank | 5
             return-failed | bank | unmatched | 1300"
        )
    );
    world.assert_sound().await;
}

#[tokio::test]
async fn it_goes_where_it_came_from_and_only_receipts_do() {
    let world = World::new(&[("B-1", 1_000)]).await;
    world
        .comes_in("camt:K1", 1_300, "2026-08-30", "2026-08-31")
        .await;
    world.pay(1, &["B-1"], "2026-08-31").await;
    let order = format!("order:{}", crate::world::order_id(1))
        .parse()
        .unwrap();
    for (item, account, wanted) in [
        (receipt(), "CN-8", ResolutionRefusal::NoAccount),
        (order, "CN-7", ResolutionRefusal::NotAReceipt),
    ] {
        let proposal = world.proposal_to(1, &item, back_to(account, 1)).await;
        let refused = world.propose(&proposal).await;
        assert_eq!(refused, ProposeOutcome::Refused(wanted));
    }
    let proposal = world.proposal_to(1, &receipt(), back_to("CN-7", 1)).await;
    assert_eq!(world.propose(&proposal).await, ProposeOutcome::Kept);
    let refused = world
        .word(&proposal, WANG_FANG, ResolutionVerdict::Refuse)
        .await;
    assert_eq!(refused, DecideResolutionOutcome::Refused);
    // Only the order's message is there.
    let message = world.store.outbox_next(noon(DAY), 5).await.unwrap();
    assert!(message.unwrap().of.order().is_some());
    assert_eq!(world.store.outbox_next(noon(DAY), 5).await.unwrap(), None);
    assert_eq!(world.waiting().await, ["receipt:camt:K1"]);
    world.assert_sound().await;
}

async fn found(books: &Place, statements: &str) -> Vec<String> {
    let copy = books.copy();
    copy.tamper(statements);
    let report = copy.open().verify().await.unwrap();
    report.findings.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn each_change_is_found() {
    let (world, _) = sent_back().await;
    world.of_return("p-1", 1, BankEvent::Submitted, None).await;
    world
        .of_return("c-1", 1, BankEvent::PaidOut, Some(1_300))
        .await;
    let World { place, store, .. } = world;
    drop(store);
    assert_eq!(found(&place, "").await, [""; 0]);
    let signed = "what is sent back, and to whom, is not what was signed";
    for (statements, words) in [
        ("UPDATE returns SET account = 'CN-8'", signed),
        ("UPDATE returns SET agent = 'DEUTDEFF'", signed),
        ("UPDATE returns SET name = 'Example Coal'", signed),
        ("UPDATE returns SET amount = 1299", signed),
        (
            "UPDATE unmatched_receipts SET debtor_account = 'CN-8'",
            signed,
        ),
        ("UPDATE returns SET state = 'rejected'", "are not its state"),
        (
            "UPDATE return_events SET state = 'rejected' WHERE position = 2; UPDATE returns SET state = 'rejected'",
            "its movements are not those that the bank reported",
        ),
        (
            "DELETE FROM return_events WHERE position = 1",
            "its movements are not those that the bank reported",
        ),
        (
            "UPDATE return_events SET at = at + 1 WHERE position = 2",
            "its postings are not those of its states",
        ),
        (
            "UPDATE return_events SET sequence = sequence + 1 WHERE position = 2",
            "its postings are not those of its states",
        ),
        (
            "UPDATE return_events SET at = at + 1 WHERE position = 0; UPDATE returns SET at = at + 1",
            "no second manager confirmed it when it began",
        ),
        (
            "DELETE FROM bank_events WHERE reference = 'c-1'",
            "its movements are not those that the bank reported",
        ),
        (
            "DELETE FROM return_events; DELETE FROM returns",
            "money is sent back, and it does not say so, or the other way round",
        ),
        ("DELETE FROM outbox", "it has 0 messages to the bank"),
        (
            "UPDATE resolved_items SET item = 'receipt:camt:K2'",
            "its item is resolved, and it is not confirmed, or the other way round",
        ),
    ] {
        let findings = found(&place, statements).await;
        assert!(
            findings.iter().any(|finding| finding.contains(words)),
            "{statements}: {findings:#?}"
        );
    }
}
