use crate::tests::world::World;

#[tokio::test]
async fn accounts_with_what_is_open() {
    let world = World::new().await;
    let answer = world.get(&world.li_na, "/v1/accounts").await;
    insta::assert_json_snapshot!(answer.json(), @r#"
    {
      "items": [
        {
          "account": "C-1",
          "address": "1 Mill Road",
          "currency": "CNY",
          "in_collection": 0,
          "name": "Works",
          "open": 3000000,
          "overdue": 1000000
        },
        {
          "account": "C-2",
          "address": "1 Mill Road",
          "currency": "CNY",
          "in_collection": 0,
          "name": "Works",
          "open": 3000000,
          "overdue": 0
        },
        {
          "account": "C-2",
          "address": "1 Mill Road",
          "currency": "EUR",
          "in_collection": 0,
          "name": "Works",
          "open": 4000000,
          "overdue": 0
        }
      ],
      "next": null
    }
    "#);
}

#[tokio::test]
async fn an_order_moves_what_is_open_into_collection() {
    let world = World::new().await;
    let order = world.li_na.sign_order(&world.order(1, &["B-1"]).await);
    assert_eq!(world.post(&world.li_na, &order).await.status, 201);
    let account = world.get(&world.li_na, "/v1/accounts").await.json()["items"][0].clone();
    assert_eq!(account["open"], 2_000_000);
    assert_eq!(account["overdue"], 0);
    assert_eq!(account["in_collection"], 1_084_000);
}
