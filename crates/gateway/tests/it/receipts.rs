//! Receipts are counter-signed on their way to the client.

use wattkey_protocol::fields::content_digest;
use wattkey_protocol::receipt;

use crate::authorities::User;
use crate::client::Client;
use crate::test_platform::{ELSEWHERE, FORGED, ORDER};
use crate::world::World;

fn path(order: &str) -> String {
    format!("/v1/orders/{order}/receipt")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_leaves_with_both_signatures() {
    let world = World::start().await;
    let mut client = Client::new(&world, &User::new(&world.users, "0001")).await;
    let answer = client.ask(&client.get(&path(ORDER))).await;
    assert_eq!(answer.status, 200);
    let read = receipt::verify(&answer.body, &world.service.anchor()).unwrap();
    assert_eq!(read.total, 100);
    let digest = answer
        .fields
        .iter()
        .find(|(name, _)| name == "content-digest")
        .unwrap();
    assert_eq!(digest.1, content_digest(&answer.body));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_that_does_not_verify_is_not_signed() {
    let world = World::start().await;
    let mut client = Client::new(&world, &User::new(&world.users, "0001")).await;
    let answer = client.ask(&client.get(&path(FORGED))).await;
    assert_eq!(answer.problem(), (500, "internal"));
    world.logged(&["a receipt is not counter-signed"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_that_was_not_asked_for_is_not_signed() {
    let world = World::start().await;
    let mut client = Client::new(&world, &User::new(&world.users, "0001")).await;
    let refused = (503, "unavailable");
    let another = "00000000-0000-4000-8000-000000000003";
    for (order, why) in [
        (another, "another order's"),
        ("7d3f", "the path names no order"),
        (ELSEWHERE, "another payment service"),
    ] {
        let answer = client.ask(&client.get(&path(order))).await;
        assert_eq!(answer.problem(), refused, "{order}");
        world.logged(&["a receipt is not counter-signed", why]);
    }
    world.logged(&["another-receipt"]);
}
