//! Receipts are counter-signed on their way to the client.

use wattkey_protocol::fields::content_digest;
use wattkey_protocol::receipt;

use crate::authorities::User;
use crate::client::Client;
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_leaves_with_both_signatures() {
    let world = World::start().await;
    let mut client = Client::new(&world, &User::new(&world.users, "0001")).await;
    let path = "/v1/orders/7d3f0b8e-3a52-4d0c-9a41-6f2b8f0f1c11/receipt";
    let answer = client.ask(&client.get(path)).await;
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
    let answer = client.ask(&client.get("/v1/orders/forged/receipt")).await;
    assert_eq!(answer.problem(), (500, "internal"));
    world.logged(&["a receipt is not counter-signed"]);
}
