//! A request that is right arrives, and its answer comes back.

use std::time::{Duration, Instant};

use wattkey_protocol::fields::byte_sequence;

use crate::authorities::User;
use crate::client::Client;
use crate::test_platform::HELD;
use crate::world::{TIME_LIMIT, World};

#[tokio::test(flavor = "multi_thread")]
async fn a_request_sealed_by_others_is_answered() {
    let world = World::start().await;
    let user = User::new(&world.users, "0001");
    let mut client = Client::new(&world, &user).await;
    let inner = client
        .get("/v1/me")
        .with("accept", "application/json")
        .with("cookie", "a=b");
    let answer = client.ask(&inner).await;
    assert_eq!(
        (answer.status, answer.body.as_slice()),
        (200, br#"{"user":"Li Na"}"#.as_slice())
    );
    let mut names: Vec<_> = answer
        .fields
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["content-digest", "content-type"]);

    let seen = world.platform.only();
    assert_eq!(
        (seen.method.as_str(), seen.target.as_str()),
        ("GET", "/v1/me")
    );
    assert!(seen.body.is_empty());
    let mut names: Vec<_> = seen.header.keys().map(http::HeaderName::as_str).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "accept",
            "client-cert",
            "date",
            "host",
            "wattkey-request",
            "wattkey-session"
        ]
    );
    assert_eq!(seen.header["host"], "pay.example");
    assert_eq!(
        seen.header["client-cert"],
        byte_sequence(user.certificate().der())
    );

    let cert = user.certificate().thumbprint().to_string();
    let line = world.logged(&[inner.field("wattkey-request"), "GET /v1/me"]);
    for word in [cert.as_str(), "status=200", "reason=\"answered\""] {
        assert!(line.contains(word), "{line}");
    }
    let log = world.log();
    assert!(
        !log.contains("a-session-statement") && !log.contains("123456"),
        "{log}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_platforms_problem_passes_unchanged() {
    let world = World::start().await;
    let mut client = Client::new(&world, &User::new(&world.users, "0001")).await;
    let answer = client.ask(&client.get("/v1/bills/B-1")).await;
    assert_eq!(answer.problem(), (404, "not-found"));
}

#[tokio::test(flavor = "multi_thread")]
async fn many_requests_at_once_are_all_answered() {
    let world = World::start().await;
    let mut tasks = Vec::new();
    for n in 0..8 {
        let mut client = Client::new(&world, &User::new(&world.users, &format!("{n:04}"))).await;
        tasks.push(tokio::spawn(async move {
            for _ in 0..10 {
                assert_eq!(client.ask(&client.get("/v1/me")).await.status, 200);
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(world.platform.seen().len(), 80);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_hangs_up_leaves_its_line_all_the_same() {
    let world = World::start().await;
    let mut client = Client::new(&world, &User::new(&world.users, "0001")).await;
    let inner = client.get(HELD);
    let id = inner.field("wattkey-request").to_owned();
    let asking = tokio::spawn(async move { client.ask(&inner).await });
    let started = Instant::now();
    while world.platform.seen().is_empty() {
        assert!(
            started.elapsed() < TIME_LIMIT,
            "the request does not arrive"
        );
        tokio::task::yield_now().await;
    }
    // The platform is at work; the client goes. Time for the gateway to notice: with less the
    // test would pass for the wrong reason, never fail.
    asking.abort();
    assert!(asking.await.unwrap_err().is_cancelled());
    tokio::time::sleep(Duration::from_millis(300)).await;
    world.platform.release.notify_one();
    let line = world.logged(&[&id, "GET /v1/accounts"]);
    assert!(line.contains("status="), "{line}");
}
