//! `POST /v1/orders/{order}/decisions`.

use jiff::SignedDuration;
use wattkey_domain::{Decision, OrderId};
use wattkey_pki::Digest;
use wattkey_protocol::fields;
use wattkey_protocol::order::Order;
use wattkey_transport::Group;

use crate::tests::world::{Answer, Client, People, World};

/// An order for B-2 that Sun Li prepared and somebody must approve.
async fn prepared() -> (World, People, Order) {
    let (world, people) = World::with_people().await;
    let order = world.order_of(&people.sun_li, 1, &["B-2"]).await;
    let answer = world.pay(&people.sun_li, &order).await.json();
    assert_eq!(answer["state"], "awaiting-approval");
    assert_eq!(answer["awaiting"]["what"], "approval");
    // Three days, before its quote ends.
    assert_eq!(answer["awaiting"]["until"], "2026-09-03T02:00:00Z");
    (world, people, order)
}

async fn message(world: &World) -> Option<String> {
    let message = world.app.store.outbox_next(world.now(), 10).await.unwrap();
    message.map(|message| message.id)
}

async fn decided(world: &World, client: &Client, order: &Order, decision: Decision) -> Answer {
    world.decide(client, order.order, decision).await
}

#[tokio::test]
async fn an_order_that_was_prepared_goes_when_another_person_approves() {
    let (world, people, order) = prepared().await;
    assert_eq!(
        world.open("B-2").await,
        (0, 2_000_000, "in-collection".into())
    );
    assert_eq!(message(&world).await, None, "nothing leaves before");
    let answer = decided(&world, &people.wu_min, &order, Decision::Approve).await;
    assert_eq!(answer.status, 201);
    let shown = answer.json();
    assert_eq!(shown["state"], "accepted");
    assert_eq!(shown["decisions"][0]["decision"], "approve");
    assert_eq!(shown["decisions"][0]["user"]["name"], "Wu Min");
    assert_eq!(shown["user"]["name"], "Sun Li");
    assert!(message(&world).await.is_some());
    crate::tests::bank::settle(&world, &order).await;
    assert_eq!(world.open("B-2").await, (0, 0, "paid".into()));
    assert_eq!(world.sound().await, Vec::<String>::new());
}

#[tokio::test]
async fn an_order_that_is_refused_gives_its_bills_back() {
    let (world, people, order) = prepared().await;
    let answer = decided(&world, &people.wu_min, &order, Decision::Refuse).await;
    assert_eq!(answer.json()["state"], "refused");
    assert_eq!(world.open("B-2").await, (2_000_000, 0, "open".into()));
    let again = world.order(2, &["B-2"]).await;
    assert_eq!(world.pay(&world.li_na, &again).await.status, 201);
    let late = decided(&world, &people.gao_jun, &order, Decision::Approve).await;
    assert_eq!(
        (late.problem(), late.member("state")),
        ("decision", "refused".into())
    );
    world.sound().await;
}

#[tokio::test]
async fn the_same_decision_again_is_answered_with_where_the_order_stands() {
    let (world, people, order) = prepared().await;
    let document = world
        .decision(&people.wu_min, order.order, Decision::Approve)
        .await;
    let signed = people.wu_min.sign_document(&document);
    assert_eq!(
        world.post_decision(&people.wu_min, &signed).await.status,
        201
    );
    crate::tests::bank::settle(&world, &order).await;
    // Long after it expired, and signed again with other bytes.
    world.set_clock("2026-08-31T09:00:00Z");
    let wu_min = people.wu_min.renewed(world.now());
    for signed in [signed, wu_min.sign_document(&document)] {
        let answer = world.post_decision(&wu_min, &signed).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.json()["state"], "settled");
    }
    let other = decided(&world, &wu_min, &order, Decision::Refuse).await;
    assert_eq!(other.problem(), "decision");
    world.sound().await;
}

#[tokio::test]
async fn two_who_decide_at_once_decide_once() {
    for other in [Decision::Approve, Decision::Refuse, Decision::Cancel] {
        let (world, people, order) = prepared().await;
        let (one, two) = tokio::join!(
            decided(&world, &people.wu_min, &order, Decision::Approve),
            decided(&world, &people.gao_jun, &order, other),
        );
        let mut statuses = [one.status.as_u16(), two.status.as_u16()];
        statuses.sort_unstable();
        let shown = world
            .get(&world.li_na, &format!("/v1/orders/{}", order.order))
            .await
            .json();
        let state = shown["state"].as_str().unwrap();
        if other == Decision::Cancel && state == "cancelled" && statuses == [201, 201] {
            // Approved first, and cancelled before anything left.
            assert_eq!(shown["decisions"].as_array().unwrap().len(), 2);
        } else {
            assert_eq!(statuses, [201, 409], "{other}: {state}");
            assert_eq!(shown["decisions"].as_array().unwrap().len(), 1);
        }
        world.sound().await;
    }
}

#[tokio::test]
async fn who_may_not_decide_does_not() {
    let (world, people, order) = prepared().await;
    let own = world.order_of(&people.gao_jun, 2, &["B-3"]).await;
    let answer = world.pay(&people.gao_jun, &own).await;
    // 30,000.00 is all of the day, and more than Gao Jun spends alone.
    assert_eq!(answer.json()["state"], "awaiting-approval");
    let own = decided(&world, &people.gao_jun, &own, Decision::Approve).await;
    assert_eq!(own.problem(), "own-order");
    for (who, decision, problem) in [
        (&people.sun_li, Decision::Approve, "right"),
        (&world.chen_yu, Decision::Refuse, "right"),
        (&world.chen_yu, Decision::Cancel, "right"),
    ] {
        let answer = decided(&world, who, &order, decision).await;
        assert_eq!(answer.problem(), problem, "{decision}");
    }
    let mut foreign = world
        .decision(&people.wu_min, order.order, Decision::Approve)
        .await;
    foreign.user.id = world.zhao_lei.holder.id;
    foreign.user.name = "Zhao Lei".to_owned();
    let signed = world.zhao_lei.sign_document(&foreign);
    let answer = world.post_decision(&world.zhao_lei, &signed).await;
    assert_eq!(answer.problem(), "not-found");
    assert_eq!(world.open("B-2").await.1, 2_000_000);
}

#[tokio::test]
async fn a_decision_that_is_not_as_it_must_be_is_refused() {
    let (world, people, order) = prepared().await;
    let wu_min = &people.wu_min;
    let good = world.decision(wu_min, order.order, Decision::Approve).await;
    let mut other = good.clone();
    other.order_digest = Digest::of(b"another order");
    let answer = world
        .post_decision(wu_min, &wu_min.sign_document(&other))
        .await;
    assert_eq!(answer.problem(), "order-exists-with-different-payload");
    assert_eq!(answer.member("order_digest"), good.order_digest.to_string());
    for (change, problem) in [
        ("audience", "order-malformed"),
        ("name", "order-malformed"),
        ("user", "order-signature"),
        ("old", "order-expired"),
        ("early", "order-malformed"),
        ("unknown", "not-found"),
    ] {
        let mut changed = good.clone();
        match change {
            "audience" => changed.audience = "https://other.example".to_owned(),
            "name" => changed.user.name = "Somebody".to_owned(),
            "user" => changed.user.id = world.li_na.holder.id,
            "old" => {
                changed.created -= SignedDuration::from_secs(400);
                changed.expires -= SignedDuration::from_secs(700);
            }
            "early" => {
                changed.created += SignedDuration::from_secs(400);
                changed.expires += SignedDuration::from_secs(400);
            }
            _ => changed.order = OrderId::from_uuid(uuid::Uuid::from_u128(77)),
        }
        let answer = world
            .post_decision(wu_min, &wu_min.sign_document(&changed))
            .await;
        assert_eq!(answer.problem(), problem, "{change}");
    }
    let signed = wu_min.sign_document(&good);
    let target = format!("/v1/orders/{}/decisions", order.order);
    let sent = |key: &str| wu_min.post_to(&target, signed.as_str(), key, world.now());
    let key = order.order.to_string();
    let answer = world.send(sent("another")).await;
    assert_eq!(answer.problem(), "malformed");
    let mut classical = sent(&key);
    classical.group = Group::X25519;
    assert_eq!(world.send(classical).await.problem(), "classical-group");
    let authentication = fields::byte_sequence(wu_min.key.authentication.der());
    let wrong = sent(&key).with("wattkey-signature-certificate", &authentication);
    assert_eq!(world.send(wrong).await.problem(), "order-signature");
    let elsewhere = "/v1/orders/00000000-0000-0000-0000-000000000002/decisions";
    let elsewhere = wu_min.post_to(elsewhere, signed.as_str(), &key, world.now());
    assert_eq!(world.send(elsewhere).await.problem(), "order-malformed");
    let by_another = world
        .li_na
        .post_to(&target, signed.as_str(), &key, world.now());
    assert_eq!(world.send(by_another).await.problem(), "order-signature");
    let as_order = wu_min.post_to("/v1/orders", signed.as_str(), &key, world.now());
    assert_eq!(world.send(as_order).await.problem(), "order-malformed");
    let text = signed.as_str();
    let mut broken = text.to_owned();
    broken.truncate(text.len() - 4);
    let broken = wu_min.post_to(&target, &broken, &key, world.now());
    assert!(["order-malformed", "order-signature"].contains(&world.send(broken).await.problem()));
    assert_eq!(world.open("B-2").await.1, 2_000_000, "nothing was decided");
    assert_eq!(world.send(sent(&key)).await.status, 201);
}

#[tokio::test]
async fn an_unbound_key_decides_nothing() {
    let (mut world, people, order) = prepared().await;
    let document = world
        .decision(&people.wu_min, order.order, Decision::Approve)
        .await;
    let signed = people.wu_min.sign_document(&document);
    world.writer.unbind(&world.manager, &people.wu_min.key);
    world.store_steps().await;
    let answer = world.post_decision(&people.wu_min, &signed).await;
    assert_eq!(answer.problem(), "unbound");
}

#[tokio::test]
async fn an_order_is_cancelled_until_its_message_was_handed_out() {
    let (world, people) = World::with_people().await;
    let first = world.order(1, &["B-1"]).await;
    assert_eq!(world.pay(&world.li_na, &first).await.status, 201);
    let answer = decided(&world, &world.li_na, &first, Decision::Cancel).await;
    assert_eq!(answer.json()["state"], "cancelled", "by who signed it");
    assert_eq!(world.open("B-1").await.0, 1_000_000);
    assert_eq!(message(&world).await, None, "and nothing leaves");

    let second = world.order(2, &["B-1"]).await;
    assert_eq!(world.pay(&world.li_na, &second).await.status, 201);
    assert!(message(&world).await.is_some());
    let answer = decided(&world, &people.wu_min, &second, Decision::Cancel).await;
    assert_eq!(answer.problem(), "already-sent");
    crate::tests::bank::settle(&world, &second).await;
    let answer = decided(&world, &people.wu_min, &second, Decision::Cancel).await;
    assert_eq!(answer.problem(), "decision");
    world.sound().await;
}

#[tokio::test]
async fn what_nobody_approves_lapses_with_its_quote() {
    let (world, people) = World::with_people().await;
    let order = world.order_of(&people.sun_li, 1, &["B-1"]).await;
    let shown = world.pay(&people.sun_li, &order).await.json();
    assert_eq!(shown["awaiting"]["until"], "2026-08-31T16:00:00Z");
    world.set_clock("2026-08-31T16:00:00Z");
    let wu_min = people.wu_min.renewed(world.now());
    let late = decided(&world, &wu_min, &order, Decision::Approve).await;
    assert!(["lapsed", "decision"].contains(&late.problem()));
    crate::schedule::look(&world.app).await;
    let shown = world
        .get(&wu_min, &format!("/v1/orders/{}", order.order))
        .await
        .json();
    assert_eq!(shown["state"], "lapsed");
    let bill = world.get(&wu_min, "/v1/bills/B-1").await.json();
    assert_eq!(bill["open"], 1_000_000);
    assert_eq!(bill["quote"]["penalty"], 86_000, "it runs on");
    let receipt = world
        .get(&wu_min, &format!("/v1/orders/{}/receipt", order.order))
        .await;
    assert_eq!(receipt.status, 200);
    world.sound().await;
}
