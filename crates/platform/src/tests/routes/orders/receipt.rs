use wattkey_pki::jws::General;
use wattkey_pki::{Digest, Role};
use wattkey_protocol::receipt::{self, MAX_LEN, TYPE};

use crate::testing::AUDIENCE;
use crate::tests::bank;
use crate::tests::world::World;

#[tokio::test]
async fn one_receipt_per_state_each_naming_the_one_before() {
    let world = World::new().await;
    let order = world.order(1, &["B-1"]).await;
    world
        .post(&world.li_na, &world.li_na.sign_order(&order))
        .await
        .json();
    let target = format!("/v1/orders/{}/receipt", order.order);

    let accepted = world.get(&world.li_na, &target).await;
    assert_eq!(
        (accepted.status.as_u16(), accepted.media.as_str()),
        (200, "application/jose+json")
    );
    assert_eq!(
        world.get(&world.chen_yu, &target).await.body,
        accepted.body,
        "signed once, kept"
    );
    let jws = General::parse(&accepted.body, TYPE, MAX_LEN).unwrap();
    let payload = jws.payload_unverified().to_vec();
    let document: serde_json::Value = serde_json::from_slice(&payload).unwrap();
    insta::assert_json_snapshot!(World::redacted(document), @r#"
    {
      "as_of": "2026-08-31T02:00:00Z",
      "audience": "https://pay.example",
      "bills": [
        {
          "bill": "B-1",
          "penalty": 84000,
          "principal": 1000000
        }
      ],
      "currency": "CNY",
      "customer": "00000000-0000-0000-0000-000000000070",
      "deposit": null,
      "journal": {
        "link": "[digest]",
        "sequence": 2
      },
      "order": "00000000-0000-0000-0000-000000000001",
      "order_digest": "[digest]",
      "reference": "PO-4711",
      "refund": null,
      "source": "mandate",
      "state": "accepted",
      "supersedes": null,
      "total": 1084000
    }
    "#);

    bank::settle(&world, &order).await;
    let settled = world.get(&world.li_na, &target).await;
    let jws = General::parse(&settled.body, TYPE, MAX_LEN).unwrap();
    let document: serde_json::Value = serde_json::from_slice(jws.payload_unverified()).unwrap();
    assert_eq!(document["state"], "settled");
    assert_eq!(document["supersedes"], Digest::of(&payload).to_string());
}

#[tokio::test]
async fn a_receipt_verifies_offline_after_the_gateway_s_counter_signature() {
    let world = World::new().await;
    let order = world.order(1, &["B-1"]).await;
    world
        .post(&world.li_na, &world.li_na.sign_order(&order))
        .await
        .json();
    let answer = world
        .get(&world.li_na, &format!("/v1/orders/{}/receipt", order.order))
        .await;
    let (certificate, signer) = world.pki.service(Role::GatewayReceipt);
    let chain = [certificate, world.pki.services.certificate.clone()];
    let anchor = world.pki.services.anchor();
    let asked = receipt::Asked {
        audience: AUDIENCE,
        order: order.order,
    };
    let complete = receipt::countersign(&answer.body, &asked, &anchor, &*signer, &chain).unwrap();
    let verified = receipt::verify(complete.as_bytes(), &anchor).unwrap();
    assert_eq!(verified.order, order.order);
    assert_eq!(verified.total, 1_084_000);
}
