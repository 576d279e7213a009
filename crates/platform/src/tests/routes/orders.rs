mod accept;
mod decide;
mod kinds;
mod receipt;

use crate::tests::world::World;

#[tokio::test]
async fn every_user_of_the_customer_sees_an_order_and_nobody_else() {
    let world = World::new().await;
    let order = world
        .li_na
        .sign_order(&world.order(1, &["B-1", "B-2"]).await);
    assert_eq!(world.post(&world.li_na, &order).await.status, 201);
    let target = format!("/v1/orders/{}", order.order().order);
    let answer = world.get(&world.chen_yu, &target).await.json();
    insta::assert_json_snapshot!(World::redacted(answer.clone()), @r#"
    {
      "awaiting": null,
      "bills": [
        {
          "bill": "B-1",
          "penalty": 84000,
          "principal": 1000000
        },
        {
          "bill": "B-2",
          "penalty": 0,
          "principal": 2000000
        }
      ],
      "currency": "CNY",
      "decisions": [],
      "deposit": null,
      "digest": "[digest]",
      "execute": null,
      "history": [
        {
          "at": "2026-08-31T02:00:00Z",
          "journal": {
            "link": "[digest]",
            "sequence": 2
          },
          "state": "accepted"
        }
      ],
      "order": "00000000-0000-0000-0000-000000000001",
      "reference": "PO-4711",
      "refund": null,
      "source": {
        "kind": "mandate",
        "mandate": "M-1"
      },
      "state": "accepted",
      "total": 3084000,
      "user": {
        "id": "00000000-0000-0000-0000-000000000007",
        "name": "Li Na"
      }
    }
    "#);
    let list = world.get(&world.chen_yu, "/v1/orders").await.json();
    assert_eq!(list["items"][0], answer);

    assert_eq!(
        world.get(&world.zhao_lei, &target).await.problem(),
        "not-found"
    );
    assert_eq!(
        world
            .get(&world.zhao_lei, &format!("{target}/receipt"))
            .await
            .problem(),
        "not-found"
    );
    assert_eq!(
        world.get(&world.zhao_lei, "/v1/orders").await.json()["items"],
        serde_json::json!([])
    );
}

#[tokio::test]
async fn a_known_order_can_be_resolved_after_the_signing_key_is_lost() {
    let mut world = World::new().await;
    let order = world.li_na.sign_order(&world.order(1, &["B-1"]).await);
    world.post(&world.li_na, &order).await.json();
    world.writer.unbind(&world.manager, &world.li_na.key);
    world.store_steps().await;
    let target = format!("/v1/orders/{}", order.order().order);
    assert_eq!(world.get(&world.li_na, &target).await.problem(), "unbound");
    assert_eq!(
        world.get(&world.chen_yu, &target).await.json()["state"],
        "accepted"
    );
}

#[tokio::test]
async fn orders_are_paged() {
    let world = World::new().await;
    for (id, bill) in [(1, "B-1"), (2, "B-2"), (3, "B-3")] {
        let order = world.li_na.sign_order(&world.order(id, &[bill]).await);
        world.post(&world.li_na, &order).await.json();
    }
    let page = world.get(&world.li_na, "/v1/orders?limit=2").await.json();
    assert_eq!(page["items"].as_array().unwrap().len(), 2);
    let next = page["next"].as_str().unwrap();
    let rest = world
        .get(&world.li_na, &format!("/v1/orders?limit=2&cursor={next}"))
        .await
        .json();
    assert_eq!(rest["items"].as_array().unwrap().len(), 1);
    assert!(rest["next"].is_null());
    assert_eq!(
        world.get(&world.li_na, "/v1/orders/none").await.problem(),
        "not-found"
    );
}
