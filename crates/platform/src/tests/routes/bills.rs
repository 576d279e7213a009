mod quote;

use wattkey_pki::Digest;
use wattkey_protocol::fields;

use crate::tests::world::World;

#[tokio::test]
async fn the_customer_s_bills_newest_first() {
    let world = World::new().await;
    let answer = world.get(&world.li_na, "/v1/bills?limit=2").await.json();
    insta::assert_json_snapshot!(answer, @r#"
    {
      "items": [
        {
          "account": "C-2",
          "bill": "B-3",
          "currency": "CNY",
          "disputed": 0,
          "due": "2026-09-20",
          "in_collection": 0,
          "issued": "2026-08-01",
          "open": 3000000,
          "period": "2026-07",
          "state": "open",
          "total": 3000000,
          "transfer": null
        },
        {
          "account": "C-1",
          "bill": "B-2",
          "currency": "CNY",
          "disputed": 0,
          "due": "2026-09-20",
          "in_collection": 0,
          "issued": "2026-08-01",
          "open": 2000000,
          "period": "2026-07",
          "state": "open",
          "total": 2000000,
          "transfer": null
        }
      ],
      "next": "2026-08-01~B-2"
    }
    "#);
    let next = answer["next"].as_str().unwrap();
    let rest = world
        .get(&world.li_na, &format!("/v1/bills?limit=2&cursor={next}"))
        .await
        .json();
    let ids: Vec<_> = rest["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|bill| bill["bill"].clone())
        .collect();
    assert_eq!(ids, ["B-1", "B-4"]);
    assert!(rest["next"].is_null());
}

#[tokio::test]
async fn bills_by_account_and_state() {
    let world = World::new().await;
    let ids = async |query: &str| {
        let answer = world
            .get(&world.li_na, &format!("/v1/bills{query}"))
            .await
            .json();
        let items = answer["items"].as_array().unwrap().clone();
        items
            .iter()
            .map(|bill| bill["bill"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(ids("?account=C-1").await, ["B-2", "B-1"]);
    assert_eq!(ids("?state=overdue").await, ["B-1"]);
    assert_eq!(ids("?state=open&account=C-2").await, ["B-3", "B-4"]);
    assert!(ids("?state=paid").await.is_empty());
    assert!(ids("?state=in-collection").await.is_empty());
}

#[tokio::test]
async fn one_overdue_bill_with_its_quote() {
    let world = World::new().await;
    // 31 August, ten in the morning in Shanghai: 42 days after the due date, 0.2 % each.
    let answer = world.get(&world.li_na, "/v1/bills/B-1").await.json();
    insta::assert_json_snapshot!(World::redacted(answer), @r#"
    {
      "account": "C-1",
      "bill": "B-1",
      "currency": "CNY",
      "disputed": 0,
      "document": "[digest]",
      "due": "2026-07-20",
      "in_collection": 0,
      "issued": "2026-07-01",
      "open": 1000000,
      "order": null,
      "period": "2026-06",
      "quote": {
        "days": 42,
        "penalty": 84000,
        "principal": 1000000,
        "until": "2026-08-31T16:00:00Z"
      },
      "state": "overdue",
      "total": 1000000,
      "transfer": null
    }
    "#);
}

#[tokio::test]
async fn a_quote_ends_with_the_civil_day_of_the_service() {
    let world = World::new().await;
    world.set_clock("2026-08-31T15:59:59Z");
    let li_na = world.li_na.renewed(world.now());
    let quote = world.get(&li_na, "/v1/bills/B-1").await.json()["quote"].clone();
    assert_eq!(
        (quote["days"].clone(), quote["until"].clone()),
        (42.into(), "2026-08-31T16:00:00Z".into())
    );
    world.set_clock("2026-08-31T16:00:00Z");
    let quote = world.get(&li_na, "/v1/bills/B-1").await.json()["quote"].clone();
    assert_eq!(
        (quote["days"].clone(), quote["until"].clone()),
        (43.into(), "2026-09-01T16:00:00Z".into())
    );
}

#[tokio::test]
async fn the_document_is_served_byte_for_byte() {
    let world = World::new().await;
    let answer = world.get(&world.li_na, "/v1/bills/B-1/document").await;
    assert_eq!(
        (answer.status.as_u16(), answer.media.as_str()),
        (200, "application/json")
    );
    assert_eq!(
        answer.fields["content-digest"],
        fields::content_digest(&answer.body)
    );
    let detail = world.get(&world.li_na, "/v1/bills/B-1").await.json();
    assert_eq!(detail["document"], Digest::of(&answer.body).to_string());
}

#[tokio::test]
async fn somebody_else_s_bill_is_not_found() {
    let world = World::new().await;
    for target in [
        "/v1/bills/B-9",
        "/v1/bills/B-9/document",
        "/v1/bills?account=C-9",
        "/v1/bills/none",
        "/v1/bills/a%20b",
    ] {
        assert_eq!(
            world.get(&world.li_na, target).await.problem(),
            "not-found",
            "{target}"
        );
    }
    assert_eq!(
        world.get(&world.zhao_lei, "/v1/bills/B-9").await.status,
        200
    );
}

#[tokio::test]
async fn parameters_are_checked() {
    let world = World::new().await;
    for query in [
        "?state=late",
        "?limit=0",
        "?limit=x",
        "?cursor=x",
        "?account=a%20b",
        "?other=1",
        "?limit=1&limit=2",
    ] {
        let answer = world.get(&world.li_na, &format!("/v1/bills{query}")).await;
        assert_eq!(answer.problem(), "malformed", "{query}");
    }
}
