//! Money that belongs to nobody goes back to whoever paid it.

use wattkey_protocol::resolution::Recipient;

use super::*;
use crate::tests::checkpoints::tamper;
use crate::verify::returns;

fn back(number: u128, item: &WaitingItem) -> Resolution {
    Resolution {
        action: Action::Return,
        allocations: Vec::new(),
        to: Some(Recipient {
            name: "Example Steel".to_owned(),
            account: "6222000000000001".to_owned(),
            agent: "102100099996".to_owned(),
        }),
        reason: "nobody is owed it".to_owned(),
        ..resolution(number, item)
    }
}

/// 20,000.00 that go back, confirmed by both managers.
async fn sent_back() -> World {
    let mut world = World::new().await;
    let second = second_manager(&mut world).await;
    let first = world.manager.clone();
    booked(&world).await;
    let item = items(&world).await.remove(0);
    let elsewhere = |change: fn(&mut Recipient)| {
        let mut document = back(1, &item);
        document.to.iter_mut().for_each(change);
        signed(&document, &first)
    };
    for wrong in [
        elsewhere(|to| "6222000000000002".clone_into(&mut to.account)),
        elsewhere(|to| "Example Coal".clone_into(&mut to.name)),
        elsewhere(|to| "no bank".clone_into(&mut to.agent)),
    ] {
        refused(&post(&world, &first, &wrong).await, "no-account");
    }
    let document = signed(&back(1, &item), &first);
    assert_eq!(post(&world, &first, &document).await.status, 201);
    let own = signed(&word(&document, 1, Verdict::Confirm), &first);
    refused(&post(&world, &first, &own).await, "same-manager");
    let confirm = signed(&word(&document, 2, Verdict::Confirm), &second);
    let answer = post(&world, &second, &confirm).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert_eq!(answer.json()["returned"]["state"], "accepted");
    assert_eq!(post(&world, &second, &confirm).await.status, 200);
    world
}

/// What the bank books of it on the next day.
fn entries(direction: &str) -> BankMessage {
    let id = Uuid::from_u128(1).simple();
    let reference = format!("<Refs><EndToEndId>WR{id}</EndToEndId></Refs>");
    notification(&[Entry("E9", "20000.00", direction, &reference)])
}

async fn stands(world: &World) -> Value {
    let shown = get("/v1/resolutions?all=true");
    let shown = world.manage(&world.manager.authentication, shown).await;
    shown.json()["items"][0]["returned"]["state"].clone()
}

#[tokio::test]
async fn its_message_goes_out_once_and_its_booking_is_matched() {
    let world = sent_back().await;
    let store = &world.app.store;
    // The collection of the order is settled; what is left is ours.
    let message = store.outbox_next(now(), 5).await.unwrap().unwrap();
    let text = String::from_utf8(message.body.clone()).unwrap();
    for part in [
        "<EndToEndId>WR00000000000000000000000000000001</EndToEndId>",
        "<InstdAmt Ccy=\"CNY\">20000.00</InstdAmt>",
        "<Id>6222000000000001</Id>",
        "<MmbId>102100099996</MmbId>",
        "<Ustrd>RETURN 2026-08-31</Ustrd>",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    store.outbox_done(&message.id, now()).await.unwrap();
    assert_eq!(store.outbox_next(now(), 5).await.unwrap(), None);

    take(&world, &entries("DBIT")).await;
    assert_eq!(stands(&world).await, "settled");
    assert!(items(&world).await.is_empty());
    sound(&world).await;
    assert_eq!(returns::check(store).await.unwrap(), [""; 0]);

    // It comes back, and waits again.
    let id = Uuid::from_u128(1).simple();
    let reference = format!("<Refs><EndToEndId>WR{id}</EndToEndId></Refs>");
    let came_back = Entry("E10", "20000.00", "CRDT", &reference);
    take(&world, &notification(&[came_back])).await;
    assert_eq!(stands(&world).await, "returned");
    let item = items(&world).await.remove(0);
    assert_eq!(item.view.amount, Some(2_000_000));
    sound(&world).await;
}

#[tokio::test]
async fn whoever_changes_where_it_goes_is_found() {
    for (statement, words) in [
        ("", ""),
        (
            "UPDATE unmatched_receipts SET debtor_account = '6222000000000002'",
            "its item says something else than the managers signed",
        ),
        (
            "UPDATE outbox SET body = (SELECT body FROM outbox WHERE order_id IS NOT NULL)",
            "its message to the bank is not what was signed",
        ),
        (
            "DELETE FROM outbox WHERE return_id IS NOT NULL",
            "its message to the bank is not there",
        ),
    ] {
        let world = sent_back().await;
        tamper(&world, statement);
        let findings = returns::check(&world.app.store).await.unwrap();
        let is_found = findings.iter().any(|finding| finding.contains(words));
        assert_eq!(is_found, !words.is_empty(), "{statement}: {findings:?}");
    }
}
