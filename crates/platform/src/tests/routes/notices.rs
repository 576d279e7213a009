//! `/v1/notices`, what the schedule serves, and the managers' cut-offs.

use http::Method;
use serde_json::{Value, json};
use wattkey_domain::NoticeId;
use wattkey_pki::Digest;
use wattkey_protocol::notice::{Acknowledgement, NoticeDocument};
use wattkey_protocol::order::Named;

use super::disputes::{disputed, name};
use crate::schedule;
use crate::testing::AUDIENCE;
use crate::tests::managers::get;
use crate::tests::world::{Answer, Client, Outgoing, World, field};

fn reading(
    world: &World,
    client: &Client,
    notice: &NoticeDocument,
    bytes: &[u8],
) -> Acknowledgement {
    let now = world.now();
    Acknowledgement {
        notice: notice.notice,
        notice_digest: Digest::of(bytes),
        audience: AUDIENCE.to_owned(),
        customer: notice.customer.clone(),
        user: Named {
            id: client.holder.id,
            name: name(client).to_owned(),
        },
        created: now,
        expires: now + jiff::SignedDuration::from_secs(600),
    }
}

async fn post(world: &World, client: &Client, read: &Acknowledgement, path: NoticeId) -> Answer {
    let signed = client.sign_document(read);
    let target = format!("/v1/notices/{path}/acknowledgements");
    let key = read.notice.to_string();
    let request = client.post_to(&target, signed.as_str(), &key, world.now());
    world.send(request).await
}

async fn notices(world: &World, client: &Client) -> Vec<Value> {
    let answer = world.get(client, "/v1/notices").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn an_overdue_bill_is_demanded_once_and_acknowledged() {
    let world = World::new().await;
    disputed(&world, 1, "B-1", 400_000).await;
    schedule::look(&world.app).await;
    schedule::look(&world.app).await;
    let listed = notices(&world, &world.chen_yu).await;
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert_eq!(
        (&listed[0]["kind"], &listed[0]["account"]),
        (&json!("demand"), &json!("C-1"))
    );
    assert!(notices(&world, &world.zhao_lei).await.is_empty());

    let id = listed[0]["notice"].as_str().unwrap();
    let target = format!("/v1/notices/{id}/document");
    let answer = world.get(&world.li_na, &target).await;
    let notice = NoticeDocument::parse(&answer.body).unwrap();
    assert_eq!(json!(Digest::of(&answer.body)), listed[0]["digest"]);
    let [bill] = &notice.bills[..] else {
        panic!("{notice:?}");
    };
    // What is in dispute is not demanded.
    assert_eq!((bill.open, bill.penalty), (600_000, 600_000 * 42 / 500));
    assert_eq!(notice.total, bill.open + bill.penalty);
    let foreign = world.get(&world.zhao_lei, &target).await;
    assert_eq!(foreign.problem(), "not-found");

    let read = reading(&world, &world.chen_yu, &notice, &answer.body);
    let other = reading(&world, &world.chen_yu, &notice, b"other");
    let wrong = post(&world, &world.chen_yu, &other, notice.notice).await;
    assert_eq!(wrong.problem(), "document-mismatch");
    let nowhere = NoticeId::from_uuid(uuid::Uuid::from_u128(1));
    let wrong = post(&world, &world.chen_yu, &read, nowhere).await;
    assert_eq!(wrong.problem(), "order-malformed");
    let kept = post(&world, &world.chen_yu, &read, notice.notice).await;
    assert_eq!(kept.status, 201, "{}", kept.text());
    assert_eq!(kept.json()["acknowledged"][0]["user"]["name"], "Chen Yu");
    let again = post(&world, &world.chen_yu, &read, notice.notice).await;
    assert_eq!(again.status, 200);
    assert_eq!(notices(&world, &world.li_na).await, [kept.json()]);
    world.sound().await;
}

async fn plan(world: &World, account: &str, at: &str) -> Answer {
    let body = json!({"account": account, "at": at}).to_string();
    let request = Outgoing {
        method: Method::POST,
        fields: vec![field("content-type", "application/json")],
        body: body.into_bytes(),
        ..get("/v1/cut-offs")
    };
    world.manage(&world.manager.authentication, request).await
}

async fn desk(world: &World, method: Method, target: &str) -> Answer {
    let request = Outgoing {
        method,
        ..get(target)
    };
    world.manage(&world.manager.authentication, request).await
}

/// It is 10:00 on 31 August there; B-1 was due on 20 July, so it has been overdue for long enough.
#[tokio::test]
async fn a_cut_off_has_its_notices_by_the_legal_clock() {
    let world = World::new().await;
    let began = world.now();
    let shown = desk(&world, Method::GET, "/v1/cut-offs/C-1").await.json();
    assert_eq!(shown["clock"]["next"], "demand");
    let early = plan(&world, "C-1", "2026-09-10T01:00:00Z").await;
    let problem = (early.problem(), early.member("reason"));
    assert_eq!(problem, ("cut-off", json!("not-demanded")));
    schedule::look(&world.app).await;
    let shown = desk(&world, Method::GET, "/v1/cut-offs/C-1").await.json();
    assert_eq!(shown["clock"]["earliest"], "2026-09-03T02:15:00Z");
    assert_eq!(shown["plan"], Value::Null);
    let early = plan(&world, "C-1", "2026-09-03T02:14:59Z").await;
    assert_eq!(early.member("earliest"), "2026-09-03T02:15:00Z");

    let at = "2026-09-04T01:00:00Z";
    let planned = plan(&world, "C-1", at).await;
    assert_eq!(planned.status, 201, "{}", planned.text());
    let planned = planned.json();
    assert_eq!(planned["plan"]["at"], at);
    let kinds = |view: &Value| {
        let notices = view["notices"].as_array().unwrap().iter();
        let kinds = notices.map(|notice| notice["kind"].as_str().unwrap().to_owned());
        kinds.collect::<Vec<_>>()
    };
    assert_eq!(kinds(&planned), ["demand", "cut-off"]);
    assert_eq!(planned["clock"]["next"], "last-call");
    assert_eq!(planned["clock"]["may_cut"], false);
    assert_eq!(plan(&world, "C-1", at).await.status, 200);
    let other = plan(&world, "C-1", "2026-09-05T01:00:00Z").await;
    assert_eq!(other.member("reason"), "planned");

    for (now, count) in [
        ("2026-09-03T23:29:00Z", 2),
        ("2026-09-03T23:35:00Z", 3),
        ("2026-09-03T23:40:00Z", 3),
    ] {
        world.set_clock(now);
        schedule::look(&world.app).await;
        let listed = desk(&world, Method::GET, "/v1/cut-offs").await.json();
        let view = &listed["items"][0];
        assert_eq!(kinds(view).len(), count, "{now}: {view}");
        assert_eq!(view["clock"]["may_cut"], count == 3, "{now}: {view}");
    }
    let dropped = desk(&world, Method::DELETE, "/v1/cut-offs/C-1").await;
    assert_eq!(dropped.status, 204, "{}", dropped.text());
    let again = desk(&world, Method::DELETE, "/v1/cut-offs/C-1").await;
    assert_eq!(again.problem(), "not-found");
    // The customer, whom both notices told of it, is told; the session is of the first day.
    world.set_clock(&began.to_string());
    let listed = notices(&world, &world.li_na).await;
    let when = json!("2026-09-03T23:40:00Z");
    for notice in &listed {
        // Two of one second may stand either way round.
        let dropped = match notice["kind"] == "demand" {
            true => &Value::Null,
            false => &when,
        };
        assert_eq!(&notice["dropped"], dropped, "{notice}");
    }
    assert_eq!(listed.len(), 3);
    let listed = desk(&world, Method::GET, "/v1/cut-offs").await.json();
    assert_eq!(listed["items"], json!([]));
    let unknown = desk(&world, Method::GET, "/v1/cut-offs/C-77").await;
    assert_eq!(unknown.problem(), "not-found");
    world.sound().await;
}

#[tokio::test]
async fn nothing_is_served_when_the_bill_was_paid() {
    let world = World::new().await;
    schedule::look(&world.app).await;
    assert_eq!(
        plan(&world, "C-1", "2026-09-04T01:00:00Z").await.status,
        201
    );
    let order = world.order(1, &["B-1"]).await;
    assert_eq!(world.pay(&world.li_na, &order).await.status, 201);
    world.set_clock("2026-09-03T23:35:00Z");
    schedule::look(&world.app).await;
    let shown = desk(&world, Method::GET, "/v1/cut-offs/C-1").await.json();
    assert_eq!(shown["clock"]["may_cut"], false);
    let missing = shown["clock"]["missing"][0].as_str().unwrap();
    assert!(missing.contains("nothing is overdue"), "{missing}");
    let listed = shown["notices"].as_array().unwrap().iter();
    assert!(listed.clone().all(|notice| notice["kind"] != "last-call"));
    world.sound().await;
}
