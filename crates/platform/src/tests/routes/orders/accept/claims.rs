//! What an order claims, compared with what is: each mismatch has its problem.

use wattkey_domain::OrderId;
use wattkey_pki::Digest;
use wattkey_protocol::order::{Order, Source};

use super::{changed, nothing_posted};
use crate::testing::now;
use crate::tests::bank;
use crate::tests::world::World;

/// The account of all mandates.
const ACCOUNT: &str = "6222000000000001";

fn from(mandate: &str, account: &str) -> Source {
    Source::Mandate {
        mandate: mandate.parse().unwrap(),
        debtor_account: account.to_owned(),
    }
}

#[tokio::test]
async fn a_quote_has_its_day() {
    let world = World::new().await;
    let expired = changed(&world, |order| order.bills[1].quote_until = now()).await;
    assert_eq!(
        (expired.problem(), expired.member("bill")),
        ("quote-expired", "B-2".into())
    );
    let cheaper = changed(&world, |order| {
        order.bills[0].penalty -= 1;
        order.total -= 1;
    })
    .await;
    assert_eq!(cheaper.problem(), "quote-mismatch");
    assert_eq!(
        (
            cheaper.member("bill"),
            cheaper.member("principal"),
            cheaper.member("penalty")
        ),
        ("B-1".into(), 1_000_000.into(), 84_000.into())
    );
    let more = changed(&world, |order| {
        order.bills[1].principal += 1;
        order.total += 1;
    })
    .await;
    assert_eq!(more.problem(), "quote-mismatch");
    assert_eq!(more.member("principal"), 2_000_000);
    let longer = changed(&world, |order| {
        order.bills[0].quote_until = "2026-09-01T16:00:00Z".parse().unwrap();
    })
    .await;
    assert_eq!(
        (longer.problem(), longer.member("bill")),
        ("quote-expired", "B-1".into())
    );
    nothing_posted(&world).await;
}

#[tokio::test]
async fn a_quote_of_yesterday_is_refused() {
    let world = World::new().await;
    world.set_clock("2026-08-31T15:58:00Z");
    let li_na = world.li_na.renewed(world.now());
    let order = li_na.sign_order(&world.order_of(&li_na, 1, &["B-1"]).await);
    world.set_clock("2026-08-31T16:00:00Z");
    let answer = world.post(&li_na, &order).await;
    assert_eq!(answer.problem(), "quote-expired");
}

#[tokio::test]
async fn bills_are_the_customer_s_and_as_shown() {
    let world = World::new().await;
    let foreign = changed(&world, |order| order.bills[1].bill = "B-9".parse().unwrap()).await;
    assert_eq!(foreign.problem(), "not-found");
    let account = changed(&world, |order| {
        order.bills[1].account = "C-2".parse().unwrap();
    })
    .await;
    assert_eq!(
        (account.problem(), account.member("bill")),
        ("document-mismatch", "B-2".into())
    );
    let period = changed(&world, |order| {
        order.bills[1].period = "2026-06".parse().unwrap();
    })
    .await;
    assert_eq!(period.problem(), "document-mismatch");
    let document = changed(&world, |order| {
        order.bills[1].document = Digest::of(b"other");
    })
    .await;
    assert_eq!(
        (document.problem(), document.member("bill")),
        ("document-mismatch", "B-2".into())
    );
    nothing_posted(&world).await;
}

#[tokio::test]
async fn a_bill_is_held_by_one_order() {
    let world = World::new().await;
    let both = world
        .li_na
        .sign_order(&world.order(1, &["B-1", "B-2"]).await);
    let later = world
        .li_na
        .sign_order(&world.order(2, &["B-2", "B-3"]).await);
    assert_eq!(world.post(&world.li_na, &both).await.status, 201);
    let answer = world.post(&world.li_na, &later).await;
    assert_eq!(answer.problem(), "bill-claimed");
    assert_eq!(answer.member("bill"), "B-2");
    assert_eq!(answer.member("order"), both.order().order.to_string());
    assert_eq!(answer.member("user"), world.li_na.holder.id.to_string());
    let free = world.get(&world.li_na, "/v1/bills/B-3").await.json();
    assert_eq!(free["state"], "open", "nothing of the loser is claimed");
}

#[tokio::test]
async fn two_orders_at_once_have_one_winner() {
    let world = World::new().await;
    let one = world.li_na.sign_order(&world.order(1, &["B-2"]).await);
    let two = world.li_na.sign_order(&world.order(2, &["B-2"]).await);
    let (one, two) = tokio::join!(
        world.post(&world.li_na, &one),
        world.post(&world.li_na, &two)
    );
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409]);
    let report = world.app.store.verify().await.unwrap();
    assert!(report.is_sound(), "{report:?}");
}

#[tokio::test]
async fn a_paid_bill_is_paid() {
    let world = World::new().await;
    let first = world.order(1, &["B-2"]).await;
    let second = Order {
        order: OrderId::from_uuid(uuid::Uuid::from_u128(2)),
        ..first.clone()
    };
    assert_eq!(
        world
            .post(&world.li_na, &world.li_na.sign_order(&first))
            .await
            .status,
        201
    );
    bank::settle(&world, &first).await;
    let answer = world
        .post(&world.li_na, &world.li_na.sign_order(&second))
        .await;
    assert_eq!(
        (answer.problem(), answer.member("bill")),
        ("bill-paid", "B-2".into())
    );
}

#[tokio::test]
async fn one_currency() {
    let world = World::new().await;
    let order_currency = changed(&world, |order| order.currency = "EUR".parse().unwrap()).await;
    assert_eq!(order_currency.problem(), "currency");
    let bill = world.li_na.sign_order(&world.order(1, &["B-4"]).await);
    let answer = world.post(&world.li_na, &bill).await;
    assert_eq!(
        (answer.problem(), answer.member("bill")),
        ("currency", "B-4".into())
    );
    let mandate = changed(&world, |order| order.source = from("M-3", ACCOUNT)).await;
    assert_eq!(mandate.problem(), "currency");
    nothing_posted(&world).await;
}

#[tokio::test]
async fn a_mandate_of_the_customer_in_force() {
    let world = World::new().await;
    for mandate in ["M-9", "M-0", "M-2"] {
        let answer = changed(&world, |order| order.source = from(mandate, ACCOUNT)).await;
        assert_eq!(answer.problem(), "mandate", "{mandate}");
    }
    let account = changed(&world, |order| {
        order.source = from("M-1", "6222000000000002");
    })
    .await;
    assert_eq!(account.problem(), "mandate");
    nothing_posted(&world).await;
}

#[tokio::test]
async fn the_payee_is_the_service_s() {
    let world = World::new().await;
    let name = changed(&world, |order| order.payee.name = "Somebody".to_owned()).await;
    assert_eq!(name.problem(), "payee");
    let account = changed(&world, |order| {
        order.payee.account = "GB33BUKB20201555555555".to_owned();
    })
    .await;
    assert_eq!(account.problem(), "payee");
    nothing_posted(&world).await;
}
