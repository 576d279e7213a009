//! Orders of other kinds than one whole bill at once: parts, deposits, later days, limits.

use serde_json::json;
use wattkey_domain::Decision;
use wattkey_protocol::order::{DepositPart, Order};

use crate::tests::bank::{settle, state, status, take};
use crate::tests::world::World;

/// Li Na's order for a part of a bill, with the quote of that part.
async fn part(world: &World, id: u128, bill: &str, principal: i64) -> Order {
    let target = format!("/v1/bills/{bill}/quote?principal={principal}");
    let quote = world.get(&world.li_na, &target).await.json();
    let mut order = world.order(id, &[bill]).await;
    order.bills[0].principal = principal;
    order.bills[0].penalty = quote["penalty"].as_i64().unwrap();
    order.total = principal + order.bills[0].penalty;
    order
}

#[tokio::test]
async fn several_orders_may_hold_parts_of_a_bill_and_never_more_than_is_open() {
    let world = World::new().await;
    let first = part(&world, 1, "B-1", 250_000).await;
    assert_eq!(first.total, 271_000);
    assert_eq!(world.pay(&world.li_na, &first).await.status, 201);
    assert_eq!(
        world.open("B-1").await,
        (750_000, 271_000, "overdue".into())
    );
    let second = part(&world, 2, "B-1", 750_000).await;
    let mut too_much = second.clone();
    too_much.bills[0].principal += 1;
    too_much.total += 1;
    let answer = world.pay(&world.li_na, &too_much).await;
    assert_eq!(
        (answer.problem(), answer.member("order")),
        ("bill-claimed", first.order.to_string().into())
    );
    assert_eq!(world.pay(&world.li_na, &second).await.status, 201);
    assert_eq!(
        world.open("B-1").await,
        (0, 1_084_000, "in-collection".into())
    );
    settle(&world, &first).await;
    take(&world, &status(1, &second, "RJCT", "AM04")).await;
    assert_eq!(world.open("B-1").await, (750_000, 0, "overdue".into()));
    let rest = part(&world, 3, "B-1", 750_000).await;
    assert_eq!(rest.total, 813_000, "the rest ran on from its due date");
    assert_eq!(world.pay(&world.li_na, &rest).await.status, 201);
    settle(&world, &rest).await;
    assert_eq!(world.open("B-1").await, (0, 0, "paid".into()));
    world.sound().await;
}

#[tokio::test]
async fn the_penalty_of_all_is_not_that_of_a_part() {
    let world = World::new().await;
    let mut order = part(&world, 1, "B-1", 250_000).await;
    order.bills[0].penalty = 84_000;
    order.total = 334_000;
    let answer = world.pay(&world.li_na, &order).await;
    assert_eq!(
        (answer.problem(), answer.member("penalty")),
        ("quote-mismatch", 21_000.into())
    );
}

#[tokio::test]
async fn what_is_paid_over_goes_to_a_deposit_when_it_is_booked() {
    let world = World::new().await;
    let mut order = world.order(1, &["B-2"]).await;
    order.deposit = Some(DepositPart {
        account: "C-2".parse().unwrap(),
        amount: 50_000,
    });
    order.total += 50_000;
    let shown = world.pay(&world.li_na, &order).await.json();
    assert_eq!(
        shown["deposit"],
        json!({"account": "C-2", "amount": 50_000})
    );
    assert_eq!(shown["total"], 2_050_000);
    assert_eq!(world.deposit("C-2").await, 0, "not before");
    settle(&world, &order).await;
    assert_eq!(world.deposit("C-2").await, 50_000);
    let target = format!("/v1/orders/{}/receipt", order.order);
    assert_eq!(world.get(&world.li_na, &target).await.status, 200);
    world.sound().await;
    let mut foreign = world.order(2, &["B-3"]).await;
    foreign.deposit = Some(DepositPart {
        account: "C-9".parse().unwrap(),
        amount: 1,
    });
    foreign.total += 1;
    let answer = world.pay(&world.li_na, &foreign).await;
    assert_eq!(
        (answer.problem(), answer.member("account")),
        ("deposit", "C-9".into())
    );
}

/// Li Na's order for B-1, to be collected on a later day, with the quote of that day.
async fn scheduled(world: &World, id: u128, day: &str) -> Order {
    let mut order = world.order(id, &["B-1"]).await;
    let target = format!("/v1/bills/B-1/quote?on={day}");
    let quote = world.get(&world.li_na, &target).await;
    if quote.status == 200 {
        let quote = quote.json();
        order.bills[0].penalty = quote["penalty"].as_i64().unwrap();
        order.bills[0].quote_until = quote["until"].as_str().unwrap().parse().unwrap();
    }
    order.total = order.bills[0].principal + order.bills[0].penalty;
    order.execute = Some(day.parse().unwrap());
    order
}

#[tokio::test]
async fn a_scheduled_order_leaves_on_its_day_and_owes_the_penalty_of_that_day() {
    let world = World::new().await;
    // A Saturday: the bank collects on Monday.
    let order = scheduled(&world, 1, "2026-09-12").await;
    assert_eq!(order.bills[0].penalty, 108_000, "54 days");
    let shown = world.pay(&world.li_na, &order).await.json();
    assert_eq!(shown["state"], "accepted");
    assert_eq!(shown["execute"], "2026-09-12");
    assert_eq!(
        shown["awaiting"],
        json!({"what": "day", "until": "2026-09-13T16:00:00Z"})
    );
    let next = async || world.app.store.outbox_next(world.now(), 10).await.unwrap();
    for now in ["2026-08-31T02:00:00Z", "2026-09-13T15:59:59Z"] {
        world.set_clock(now);
        assert_eq!(next().await, None, "{now}");
    }
    world.set_clock("2026-09-13T16:00:00Z");
    let body = String::from_utf8(next().await.unwrap().body).unwrap();
    for part in [
        "<ReqdColltnDt>2026-09-14</ReqdColltnDt>",
        "<InstdAmt Ccy=\"CNY\">11080.00</InstdAmt>",
    ] {
        assert!(body.contains(part), "{part} in {body}");
    }
    let li_na = world.li_na.renewed(world.now());
    let shown = world
        .get(&li_na, &format!("/v1/orders/{}", order.order))
        .await
        .json();
    assert!(shown["awaiting"].is_null(), "{shown}");
    settle(&world, &order).await;
    world.sound().await;
}

#[tokio::test]
async fn a_scheduled_order_is_cancelled_before_its_day() {
    let world = World::new().await;
    let order = scheduled(&world, 1, "2026-09-15").await;
    assert_eq!(world.pay(&world.li_na, &order).await.status, 201);
    world.set_clock("2026-09-14T02:00:00Z");
    let li_na = world.li_na.renewed(world.now());
    let answer = world.decide(&li_na, order.order, Decision::Cancel).await;
    assert_eq!(answer.json()["state"], "cancelled");
    world.set_clock("2026-09-16T02:00:00Z");
    let next = world.app.store.outbox_next(world.now(), 10).await.unwrap();
    assert_eq!(next, None);
    world.sound().await;
}

#[tokio::test]
async fn the_day_is_tomorrow_at_the_earliest_and_in_ninety_days_at_the_latest() {
    let world = World::new().await;
    for day in ["2026-08-30", "2026-08-31", "2026-11-30"] {
        let order = scheduled(&world, 1, day).await;
        let answer = world.pay(&world.li_na, &order).await;
        assert_eq!(answer.problem(), "execute-day", "{day}");
    }
    let mut cheaper = scheduled(&world, 2, "2026-09-12").await;
    cheaper.bills[0].penalty = 84_000;
    cheaper.total = 1_084_000;
    let answer = world.pay(&world.li_na, &cheaper).await;
    assert_eq!(
        (answer.problem(), answer.member("penalty")),
        ("quote-mismatch", 108_000.into())
    );
    for (id, day) in [(3, "2026-09-01"), (4, "2026-11-29")] {
        let order = scheduled(&world, id, day).await;
        assert_eq!(world.pay(&world.li_na, &order).await.status, 201, "{day}");
        let answer = world
            .decide(&world.li_na, order.order, Decision::Cancel)
            .await;
        assert_eq!(answer.status, 201);
    }
}

#[tokio::test]
async fn limits_of_the_day_count_what_is_open() {
    let (world, people) = World::with_people().await;
    let gao_jun = &people.gao_jun;
    let first = world.order_of(gao_jun, 1, &["B-1"]).await;
    assert_eq!(
        world.pay(gao_jun, &first).await.json()["state"],
        "accepted",
        "alone"
    );
    let second = world.order_of(gao_jun, 2, &["B-2"]).await;
    let answer = world.pay(gao_jun, &second).await;
    assert_eq!(
        (
            answer.problem(),
            answer.member("limit"),
            answer.member("used")
        ),
        ("limit", 3_000_000.into(), 1_084_000.into())
    );
    // What came to nothing does not count.
    take(&world, &status(1, &first, "RJCT", "AM04")).await;
    assert_eq!(
        world.pay(gao_jun, &second).await.json()["state"],
        "awaiting-approval",
        "more than alone"
    );
    let approved = world.decide(&world.li_na, second.order, Decision::Approve);
    assert_eq!(approved.await.json()["state"], "accepted");
    let third = world.order_of(gao_jun, 3, &["B-1"]).await;
    assert_eq!(world.pay(gao_jun, &third).await.problem(), "limit");
    // What the customer pays himself is no matter of limits, and tomorrow is another day.
    let push = crate::tests::credits::transfer(&third);
    assert_eq!(world.pay(gao_jun, &push).await.json()["state"], "accepted");
    world.set_clock("2026-08-31T16:00:00Z");
    let gao_jun = gao_jun.renewed(world.now());
    let fourth = world.order_of(&gao_jun, 4, &["B-1"]).await;
    assert_eq!(world.pay(&gao_jun, &fourth).await.status, 201);
    world.sound().await;
}

#[tokio::test]
async fn the_document_of_an_order_is_what_was_signed() {
    let (mut world, people) = World::with_people().await;
    let order = world.order_of(&people.sun_li, 1, &["B-2"]).await;
    let signed = people.sun_li.sign_order(&order);
    assert_eq!(world.post(&people.sun_li, &signed).await.status, 201);
    world.writer.unbind(&world.manager, &people.sun_li.key);
    world.store_steps().await;
    let target = format!("/v1/orders/{}/document", order.order);
    let answer = world.get(&people.wu_min, &target).await;
    assert_eq!(
        (answer.status.as_u16(), answer.media.as_str()),
        (200, "application/jose")
    );
    assert_eq!(answer.text(), signed.as_str());
    let certificate = &answer.fields["wattkey-signature-certificate"];
    let certificate = certificate.to_str().unwrap();
    let der = wattkey_protocol::fields::parse_byte_sequence(certificate).unwrap();
    let certificate = wattkey_pki::Certificate::from_der(&der).unwrap();
    assert!(signed.verify(&certificate).is_ok());
    assert_eq!(
        world.get(&world.zhao_lei, &target).await.problem(),
        "not-found"
    );
    assert_eq!(state(&world, &order).await, "awaiting-approval");
}
