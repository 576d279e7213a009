mod statement;

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

#[tokio::test]
async fn accounts_come_page_by_page() {
    let world = World::new().await;
    let all = world.get(&world.li_na, "/v1/accounts").await.json();
    let first = world.get(&world.li_na, "/v1/accounts?limit=1").await.json();
    assert_eq!(first["next"], "C-1");
    let rest = world
        .get(&world.li_na, "/v1/accounts?limit=1&cursor=C-1")
        .await
        .json();
    assert!(rest["next"].is_null());
    let both = [&first, &rest].map(|page| page["items"].as_array().unwrap().clone());
    assert_eq!(both.concat(), *all["items"].as_array().unwrap());
    for query in ["cursor=C_1", "limit=0", "state=open"] {
        let answer = world
            .get(&world.li_na, &format!("/v1/accounts?{query}"))
            .await;
        assert_eq!(answer.problem(), "malformed", "{query}");
    }
}
