use crate::tests::world::World;

#[tokio::test]
async fn mandates_in_force_only() {
    let world = World::new().await;
    let answer = world.get(&world.li_na, "/v1/mandates").await;
    insta::assert_json_snapshot!(answer.json(), @r#"
    {
      "items": [
        {
          "currency": "CNY",
          "debtor_account": "6222000000000001",
          "debtor_name": "Debtor",
          "mandate": "M-1",
          "signed": "2025-01-02"
        },
        {
          "currency": "EUR",
          "debtor_account": "6222000000000001",
          "debtor_name": "Debtor",
          "mandate": "M-3",
          "signed": "2025-01-02"
        }
      ],
      "next": null
    }
    "#);
}

#[tokio::test]
async fn a_mandate_that_has_ended_is_not_there_and_no_order_uses_it() {
    let world = World::new().await;
    let order = world.order(1, &["B-1"]).await;
    world
        .import(&[
            serde_json::json!({"type": "mandate-end", "mandate": "M-1", "ended": "2026-08-31"}),
        ])
        .await;
    let answer = world.get(&world.li_na, "/v1/mandates").await.json();
    let ids: Vec<_> = answer["items"].as_array().unwrap().iter().collect();
    assert!(ids.iter().all(|item| item["mandate"] != "M-1"), "{ids:?}");
    assert_eq!(world.pay(&world.li_na, &order).await.problem(), "mandate");
}
