use serde_json::{Value, json};

use crate::tests::world::World;

const STATEMENT: &str = "/v1/accounts/C-1/statement?from=2026-06-01&to=2026-12-31";

/// Kind, bill, debit, credit, balance.
fn told(statement: &Value) -> Vec<Value> {
    let items = statement["items"].as_array().unwrap().iter();
    items
        .map(|entry| {
            let member = |name: &str| entry[name].clone();
            let what = ["ledger", "kind", "bill", "debit", "credit", "balance"];
            what.map(member).into_iter().collect()
        })
        .collect()
}

#[tokio::test]
async fn what_was_owed_and_paid_with_balances() {
    let world = World::new().await;
    let order = world.li_na.sign_order(&world.order(1, &["B-1"]).await);
    assert_eq!(world.post(&world.li_na, &order).await.status, 201);
    let statement = world.get(&world.li_na, STATEMENT).await.json();
    assert_eq!(
        told(&statement),
        [
            json!(["bills", "bill", "B-1", 1_000_000, 0, 1_000_000]),
            json!(["bills", "bill", "B-2", 2_000_000, 0, 3_000_000]),
            json!(["bills", "penalty", "B-1", 84_000, 0, 3_084_000]),
        ]
    );
    // On its way through the bank it is still owed.
    let closing = json!({"owed": 3_084_000, "open": 2_000_000, "in_collection": 1_084_000,
        "deposit": 0});
    assert_eq!(statement["closing"], closing);
    let nothing = json!({"owed": 0, "open": 0, "in_collection": 0, "deposit": 0});
    assert_eq!(statement["opening"], nothing);
    let first = &statement["items"][0];
    assert_eq!(
        (&first["day"], &first["due"]),
        (&json!("2026-07-01"), &json!("2026-07-20"))
    );
    assert_eq!(
        statement["items"][2]["reference"],
        json!(order.document().reference)
    );
    assert_eq!(statement["name"], "Works");

    // The accounts say the same.
    let account = world.get(&world.li_na, "/v1/accounts").await.json()["items"][0].clone();
    assert_eq!(account["open"], closing["open"]);
    assert_eq!(account["in_collection"], closing["in_collection"]);

    // Page by page, and only some days.
    let mut pages = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = world
            .get(&world.li_na, &format!("{STATEMENT}&limit=2{cursor}"))
            .await
            .json();
        assert_eq!(page["closing"], closing);
        pages.extend(told(&page));
        let Some(next) = page["next"].as_str() else {
            break;
        };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(pages, told(&statement));
    let july = "/v1/accounts/C-1/statement?from=2026-07-02&to=2026-07-31";
    let july = world.get(&world.li_na, july).await.json();
    assert_eq!(told(&july), Vec::<Value>::new());
    assert_eq!(july["opening"]["owed"], 1_000_000);
    assert_eq!(july["opening"], july["closing"]);
}

#[tokio::test]
async fn days_that_are_none_and_accounts_of_others() {
    let world = World::new().await;
    for (query, status) in [
        ("from=2026-06-01&to=2026-05-31", 400),
        ("from=2026-06-01", 400),
        ("from=20260601&to=2026-06-30", 400),
        ("from=2026-06-01&to=2026-06-31", 400),
        ("from=2026-06-01&to=2026-06-30&cursor=B-1", 400),
        ("from=2026-06-01&to=2026-06-30&limit=0", 400),
        ("from=2026-06-01&to=2026-06-30&state=paid", 400),
        ("from=2026-06-01&to=2026-06-30&currency=cny", 400),
        ("from=2026-06-01&to=2026-06-30&currency=EUR", 200),
    ] {
        let target = format!("/v1/accounts/C-1/statement?{query}");
        let answer = world.get(&world.li_na, &target).await;
        assert_eq!(answer.status, status, "{query}: {}", answer.text());
    }
    for account in ["C-9", "C-404", "C_1"] {
        let target = format!("/v1/accounts/{account}/statement?from=2026-06-01&to=2026-06-30");
        let answer = world.get(&world.li_na, &target).await;
        assert_eq!(answer.problem(), "not-found", "{account}");
    }
}
