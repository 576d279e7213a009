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
