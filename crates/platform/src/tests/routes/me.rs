use crate::tests::world::World;

#[tokio::test]
async fn the_user_with_key_and_rights() {
    let world = World::new().await;
    let answer = world.get(&world.li_na, "/v1/me").await;
    insta::assert_json_snapshot!(answer.json(), @r#"
    {
      "customer": {
        "id": "00000000-0000-0000-0000-000000000070",
        "name": "Example Steel"
      },
      "key": {
        "bound": "2026-08-31T02:00:00Z",
        "expires": "2027-08-31T02:00:00Z",
        "serial": "U7"
      },
      "limits": null,
      "payee": {
        "account": "DE89370400440532013000",
        "name": "Example Power"
      },
      "rights": [
        "view",
        "prepare",
        "approve"
      ],
      "time_zone": "Asia/Shanghai",
      "user": {
        "id": "00000000-0000-0000-0000-000000000007",
        "name": "Li Na"
      }
    }
    "#);
}

#[tokio::test]
async fn a_user_whom_the_books_do_not_know_is_unbound() {
    let mut world = World::new().await;
    let key = world.pki.user_key("U99");
    let holder = crate::testing::user(99, 0x70);
    world.writer.bind(&world.manager, holder.clone(), &key);
    world.store_steps().await;
    let nobody = crate::tests::world::Client::new(holder, key);
    assert_eq!(world.get(&nobody, "/v1/me").await.problem(), "unbound");
}

#[tokio::test]
async fn limits_and_what_of_them_is_used() {
    let (world, people) = World::with_people().await;
    let limits = async || world.get(&people.gao_jun, "/v1/me").await.json()["limits"].clone();
    let wanted = |used: i64| serde_json::json!({"day": 3_000_000, "alone": 1_500_000, "used": used, "currency": "CNY"});
    assert_eq!(limits().await, wanted(0));
    let order = world.order_of(&people.gao_jun, 1, &["B-1"]).await;
    assert_eq!(world.pay(&people.gao_jun, &order).await.status, 201);
    assert_eq!(limits().await, wanted(1_084_000));
}
