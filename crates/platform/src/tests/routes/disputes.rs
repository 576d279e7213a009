//! `/v1/disputes`, and what they do to quotes and arrears.

use serde_json::{Value, json};
use wattkey_domain::{DisputeId, DisputeReason};
use wattkey_pki::Digest;
use wattkey_protocol::dispute::{Dispute, Terms};
use wattkey_protocol::order::Named;

use super::changes::{give, rights};
use crate::testing::AUDIENCE;
use crate::tests::managers::get;
use crate::tests::world::{Answer, Client, World};

async fn terms(world: &World, bill: &str, amount: i64) -> Terms {
    let path = format!("/v1/bills/{bill}");
    let detail = world.get(&world.li_na, &path).await.json();
    let document: Digest = serde_json::from_value(detail["document"].clone()).unwrap();
    Terms {
        bill: bill.parse().unwrap(),
        document,
        line: Some(1),
        amount,
        currency: "CNY".parse().unwrap(),
        reason: DisputeReason::Meter,
        text: "The meter stood.".to_owned(),
    }
}

/// As the books have it.
pub(super) fn name(client: &Client) -> &'static str {
    match client.holder.id.as_uuid().as_u128() {
        8 => "Chen Yu",
        _ => "Li Na",
    }
}

fn document(world: &World, client: &Client, id: u128, terms: Option<Terms>) -> Dispute {
    let now = world.now();
    Dispute {
        dispute: DisputeId::from_uuid(uuid::Uuid::from_u128(id)),
        audience: AUDIENCE.to_owned(),
        customer: Named {
            id: client.holder.customer.unwrap(),
            name: "Example Steel".to_owned(),
        },
        user: Named {
            id: client.holder.id,
            name: name(client).to_owned(),
        },
        terms,
        created: now,
        expires: now + jiff::SignedDuration::from_secs(600),
    }
}

async fn post(world: &World, client: &Client, document: &Dispute) -> Answer {
    let signed = client.sign_document(document);
    let key = document.dispute.to_string();
    let request = client.post_to("/v1/disputes", signed.as_str(), &key, world.now());
    world.send(request).await
}

/// Li Na disputes a part of a bill.
pub(crate) async fn disputed(world: &World, id: u128, bill: &str, amount: i64) -> Dispute {
    let terms = terms(world, bill, amount).await;
    let document = document(world, &world.li_na, id, Some(terms));
    let answer = post(world, &world.li_na, &document).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    document
}

async fn items(world: &World, client: &Client, target: &str) -> Vec<Value> {
    let answer = world.get(client, target).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["items"].as_array().unwrap().clone()
}

/// Li Na withdraws it.
pub(crate) async fn withdrawn(world: &World, id: u128) {
    let document = document(world, &world.li_na, id, None);
    let answer = post(world, &world.li_na, &document).await;
    assert!(answer.status.is_success(), "{}", answer.text());
}

#[tokio::test]
async fn a_dispute_is_opened_shown_and_withdrawn() {
    let world = World::new().await;
    let opened = disputed(&world, 1, "B-1", 400_000).await;
    let again = post(&world, &world.li_na, &opened).await;
    assert_eq!(again.status, 200);
    let shown = items(&world, &world.chen_yu, "/v1/disputes").await;
    assert_eq!(shown, [again.json()]);
    assert_eq!(shown[0]["state"], "open");
    assert_eq!(shown[0]["from"], "2026-08-31");
    assert_eq!(shown[0]["terms"], json!(opened.terms));
    assert!(
        items(&world, &world.zhao_lei, "/v1/disputes")
            .await
            .is_empty()
    );
    assert!(
        items(&world, &world.li_na, "/v1/disputes?bill=B-2")
            .await
            .is_empty()
    );
    let foreign = items(&world, &world.zhao_lei, "/v1/disputes?bill=B-1").await;
    assert!(foreign.is_empty());

    // 42 days on what nobody disputes, 41 on the rest.
    let detail = world.get(&world.li_na, "/v1/bills/B-1").await.json();
    assert_eq!(detail["disputed"], 400_000);
    assert_eq!(
        detail["quote"]["penalty"],
        600_000 * 42 / 500 + 400_000 * 41 / 500
    );
    let part = world.get(
        &world.li_na,
        "/v1/bills/B-1/quote?principal=600000&on=2026-09-30",
    );
    assert_eq!(part.await.json()["penalty"], 600_000 * 72 / 500);
    // The dispute began today, and no day after it is free.
    let all = world.get(&world.li_na, "/v1/bills/B-1/quote?on=2026-09-30");
    let penalty = 600_000 * 72 / 500 + 400_000 * 71 / 500;
    assert_eq!(all.await.json()["penalty"], penalty);

    let arrears = world
        .get(&world.chen_yu, "/v1/arrears?account=C-1")
        .await
        .json();
    let bill = &arrears["bills"][0];
    assert_eq!(bill["bill"], "B-1");
    assert_eq!(bill["disputed"]["amount"], 400_000);
    assert_eq!((&bill["age"], &bill["days"]), (&json!("31-60"), &json!(42)));
    assert_eq!(bill["penalty"], detail["quote"]["penalty"]);
    assert_eq!(bill["preview"][0]["undisputed"], 1_000_000 * 42 / 500);
    let total = &arrears["totals"][0];
    assert_eq!(total["open"], 3_000_000);
    assert_eq!(total["disputed"], 400_000);
    assert_eq!(total["ages"][2]["bills"], 1);
    assert_eq!(arrears["more"], false);
    let foreign = world.get(&world.zhao_lei, "/v1/arrears?account=C-1").await;
    assert_eq!(foreign.problem(), "not-found");
    let all = world.get(&world.li_na, "/v1/arrears").await.json();
    assert_eq!(all["totals"].as_array().unwrap().len(), 2);

    let manager = &world.manager.authentication;
    let desk = world.manage(manager, get("/v1/disputes?state=open")).await;
    assert_eq!(desk.json()["items"], json!(shown));
    let none = world
        .manage(manager, get("/v1/disputes?state=answered"))
        .await;
    assert_eq!(none.json()["items"], json!([]));

    let withdrawal = document(&world, &world.li_na, 1, None);
    let answer = post(&world, &world.li_na, &withdrawal).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert_eq!(answer.json()["state"], "withdrawn");
    assert_eq!(answer.json()["until"], "2026-08-31");
    // Today is free all the same, and nothing is in dispute.
    let detail = world.get(&world.li_na, "/v1/bills/B-1").await.json();
    assert_eq!(detail["disputed"], 0);
    let arrears = world
        .get(&world.li_na, "/v1/arrears?account=C-1")
        .await
        .json();
    assert_eq!(arrears["totals"][0]["disputed"], 0);
    assert_eq!(arrears["bills"][0]["disputed"], Value::Null);
    assert_eq!(post(&world, &world.li_na, &withdrawal).await.status, 200);
    world.sound().await;
}

/// What an account is hidden from, sees nothing of its disputes: neither by the very document that
/// opened one, nor by withdrawing it, nor by taking its id.
#[tokio::test]
async fn a_dispute_of_a_hidden_account_is_nowhere() {
    let (world, people) = World::with_administrators().await;
    let li_na = &world.li_na;
    let elsewhere = terms(&world, "B-1", 100).await;
    let opened = disputed(&world, 1, "B-3", 100).await;
    assert_eq!(post(&world, li_na, &opened).await.status, 200);
    let withdrawal = document(&world, li_na, 1, None);
    let hide = rights(li_na.holder.id, "C-2", Some(&[]));
    give(&world, &people, 1, 0, hide).await;
    for hidden in [&opened, &withdrawal] {
        let answer = post(&world, li_na, hidden).await;
        assert_eq!(answer.problem(), "not-found", "{}", answer.text());
    }
    let anew = document(&world, li_na, 2, opened.terms.clone());
    let answer = post(&world, li_na, &anew).await;
    assert_eq!(answer.problem(), "not-found", "{}", answer.text());
    let taken = document(&world, li_na, 1, Some(elsewhere));
    let answer = post(&world, li_na, &taken).await;
    assert_eq!(answer.problem(), "order-exists-with-different-payload");
    assert_eq!(answer.member("order_digest"), Value::Null);
    assert!(items(&world, li_na, "/v1/disputes").await.is_empty());

    // Who may look and no more has it shown, and does not withdraw it.
    let looks = rights(li_na.holder.id, "C-2", Some(&["view"]));
    give(&world, &people, 2, 1, looks).await;
    assert_eq!(post(&world, li_na, &opened).await.status, 200);
    let answer = post(&world, li_na, &withdrawal).await;
    assert_eq!(answer.problem(), "right", "{}", answer.text());
    world.sound().await;
}

#[tokio::test]
async fn what_cannot_be_disputed() {
    let world = World::new().await;
    let good = terms(&world, "B-1", 400_000).await;
    let changed = |change: fn(&mut Terms)| {
        let mut terms = good.clone();
        change(&mut terms);
        terms
    };
    for (terms, problem, reason) in [
        (changed(|terms| terms.line = Some(2)), "dispute", "line"),
        (
            changed(|terms| terms.amount = 1_000_001),
            "dispute",
            "line-amount",
        ),
        (
            changed(|terms| (terms.line, terms.amount) = (None, 1_000_001)),
            "dispute",
            "amount",
        ),
        (
            changed(|terms| terms.document = Digest::of(b"x")),
            "document-mismatch",
            "",
        ),
        (
            changed(|terms| terms.currency = "EUR".parse().unwrap()),
            "currency",
            "",
        ),
        (
            changed(|terms| terms.bill = "B-9".parse().unwrap()),
            "not-found",
            "",
        ),
    ] {
        let document = document(&world, &world.li_na, 1, Some(terms));
        let answer = post(&world, &world.li_na, &document).await;
        assert_eq!(answer.problem(), problem, "{}", answer.text());
        if !reason.is_empty() {
            assert_eq!(answer.member("reason"), reason);
        }
    }
    // Chen Yu may look and no more.
    let by_chen_yu = document(&world, &world.chen_yu, 1, Some(good.clone()));
    let answer = post(&world, &world.chen_yu, &by_chen_yu).await;
    assert_eq!(answer.problem(), "right", "{}", answer.text());
    let unknown = document(&world, &world.li_na, 1, None);
    let answer = post(&world, &world.li_na, &unknown).await;
    assert_eq!(answer.problem(), "not-found");
    disputed(&world, 1, "B-1", 1).await;
    let second = document(&world, &world.li_na, 2, Some(good.clone()));
    let answer = post(&world, &world.li_na, &second).await;
    assert_eq!(
        (answer.problem(), answer.member("reason")),
        ("dispute", json!("open"))
    );
    let other = document(&world, &world.li_na, 1, Some(good));
    let answer = post(&world, &world.li_na, &other).await;
    assert_eq!(answer.problem(), "order-exists-with-different-payload");
    let mut stale = document(&world, &world.li_na, 3, None);
    stale.created -= jiff::SignedDuration::from_secs(601);
    stale.expires -= jiff::SignedDuration::from_secs(601);
    let answer = post(&world, &world.li_na, &stale).await;
    assert_eq!(answer.problem(), "order-expired");
    world.sound().await;
}
