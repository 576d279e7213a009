//! Requests that end at the gateway, each with its problem, none of which reach the platform.

use wattkey_pki::Digest;
use wattkey_protocol::names::MAX_JWS;
use wattkey_protocol::problem::Problem;
use wattkey_protocol::time;
use wattkey_seal::MAX_CAPSULE;
use wattkey_transport::clock;

use crate::authorities::User;
use crate::client::{Client, open};
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn after_opening_each_reason_has_its_problem() {
    let world = World::start().await;
    let user = User::new(&world.users, "0001");
    let other = User::new(&world.users, "0002");
    let mut client = Client::new(&world, &user).await;
    let good = client.get("/v1/me");
    let date = |offset_s| {
        time::format_http(clock::now() + jiff::SignedDuration::from_secs(offset_s)).unwrap()
    };
    let mut elsewhere = good.clone();
    elsewhere.authority = "evil.example".to_owned();
    let mut filled = good.clone();
    filled.body = b"x".to_vec();
    let cases = [
        (
            good.clone().with("wattkey-request", "1"),
            (400, "malformed"),
        ),
        (elsewhere, (421, "authority")),
        (
            good.clone().with("host", "evil.example"),
            (421, "authority"),
        ),
        (
            good.clone().with(
                "wattkey-certificate",
                other.certificate().thumbprint().to_string(),
            ),
            (403, "certificate-mismatch"),
        ),
        (
            good.clone()
                .with("wattkey-certificate", Digest::of(b"").to_string()),
            (403, "certificate-mismatch"),
        ),
        (good.clone().with("date", date(-70)), (400, "date")),
        (good.clone().with("date", date(70)), (400, "date")),
        (client.get("/v1/binding-steps"), (404, "route")),
        (client.get("/v1/bills/%2e%2e"), (404, "route")),
        (client.post("/v1/me", ""), (404, "route")),
        (filled, (413, "body")),
        (
            client.post("/v1/orders", vec![b'x'; MAX_JWS + 1]),
            (413, "body"),
        ),
    ];
    for (inner, problem) in cases {
        assert_eq!(client.ask(&inner).await.problem(), problem, "{inner:?}");
        let line = world.logged(&["reason=", problem.1]);
        assert!(
            line.contains(&user.certificate().thumbprint().to_string()),
            "{line}"
        );
    }
    assert!(world.platform.seen().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_capsule_is_opened_once() {
    let mut world = World::start().await;
    let user = User::new(&world.users, "0001");
    let mut client = Client::new(&world, &user).await;
    let (capsule, pending) = client.seal(&client.get("/v1/me"));
    let first = client.send(capsule.clone(), &[]).await;
    assert_eq!(open(first, pending).status, 200);

    // The same bytes again: the answer is sealed, but what opened the first one is gone; the log
    // has the reason, and the platform was not asked.
    let again = client.send(capsule.clone(), &[]).await;
    assert_eq!(again.headers()["content-type"], "message/ohttp-res");
    world.logged(&["status=409", "reason=\"replay\""]);
    // Under another certificate, too.
    let mut thief = Client::new(&world, &User::new(&world.users, "0002")).await;
    thief.send(capsule.clone(), &[]).await;
    world.logged(&["status=403", "reason=\"certificate-mismatch\""]);
    assert_eq!(world.platform.seen().len(), 1);

    // A new run has a new key with a new id.
    world.gateway.kill();
    world.restart();
    let mut client = Client::new(&world, &user).await;
    let answer = client.send(capsule, &[]).await;
    assert_eq!(
        plain(&answer),
        "https://iana.org/assignments/http-problem-types#ohttp-key"
    );
    assert_eq!(client.ask(&client.get("/v1/me")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn before_opening_all_faults_look_alike() {
    let world = World::start().await;
    let mut client = Client::new(&world, &User::new(&world.users, "0001")).await;
    let (good, _) = client.seal(&client.get("/v1/me"));
    let changed = |at: usize| {
        let mut capsule = good.clone();
        capsule[at] ^= 1;
        capsule
    };
    let mut answers = Vec::new();
    // KEM, KDF, AEAD, encapsulated key (no point of the curve any more), ciphertext, tag.
    for at in [2, 4, 6, 40, 100, good.len() - 1] {
        answers.push(client.send(changed(at), &[]).await);
    }
    answers.push(client.send(good[..good.len() - 1].to_vec(), &[]).await);
    answers.push(client.send(good[..40].to_vec(), &[]).await);
    answers.push(client.send(Vec::new(), &[]).await);
    answers.push(
        client
            .send(good.clone(), &[("content-type", "text/plain")])
            .await,
    );
    for answer in &answers {
        assert_eq!(plain(answer), "https://wattkey.example/problems#capsule");
        assert_eq!(answer.body(), answers[0].body());
        let mut header = answer.headers().clone();
        header.remove("date");
        let mut first = answers[0].headers().clone();
        first.remove("date");
        assert_eq!(header, first);
    }
    let unknown = client.send(changed(0), &[]).await;
    assert_eq!(
        plain(&unknown),
        "https://iana.org/assignments/http-problem-types#ohttp-key"
    );

    let long = client.send(vec![0; MAX_CAPSULE + 1], &[]).await;
    assert_eq!(long.body(), answers[0].body());
    assert!(world.platform.seen().is_empty());
}

fn plain(answer: &http::Response<bytes::Bytes>) -> String {
    assert_eq!(answer.status(), 400);
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    Problem::parse(answer.body()).unwrap().uri
}

#[tokio::test(flavor = "multi_thread")]
async fn other_paths_are_not_served() {
    let world = World::start().await;
    let mut client = Client::new(&world, &User::new(&world.users, "0001")).await;
    for (method, path) in [
        ("GET", "/"),
        ("GET", "/v1/me"),
        ("PUT", "/.well-known/ohttp-gateway"),
    ] {
        let request = http::Request::builder().method(method).uri(path);
        let request = request.body(bytes::Bytes::new()).unwrap();
        let answer = client.connection.send(request, 4096).await.unwrap();
        assert_eq!(answer.status(), 404, "{method} {path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn revocation_counts_on_open_connections() {
    let world = World::start().await;
    let (user, other) = (
        User::new(&world.users, "0001"),
        User::new(&world.users, "0002"),
    );
    let mut client = Client::new(&world, &user).await;
    let mut neighbour = Client::new(&world, &other).await;
    assert_eq!(client.ask(&client.get("/v1/me")).await.status, 200);

    let list = world.users.crl(2, &[user.certificate()]);
    let path = world.folder.path().join("users.crl");
    std::fs::write(path.with_extension("new"), list).unwrap();
    std::fs::rename(path.with_extension("new"), &path).unwrap();
    assert_eq!(
        client.ask(&client.get("/v1/me")).await.problem(),
        (403, "certificate-revoked")
    );
    assert_eq!(neighbour.ask(&neighbour.get("/v1/me")).await.status, 200);

    // Without the list nobody is let in.
    std::fs::remove_file(&path).unwrap();
    let answer = neighbour.ask(&neighbour.get("/v1/me")).await;
    assert_eq!(answer.problem(), (503, "unavailable"));
    world.logged(&["all users are refused", "users.crl"]);
    assert_eq!(world.platform.seen().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_too_large_is_a_fault() {
    let world = World::start().await;
    let mut client = Client::new(&world, &User::new(&world.users, "0001")).await;
    let answer = client.ask(&client.get("/v1/mandates")).await;
    assert_eq!(answer.problem(), (503, "unavailable"));
    assert_eq!(client.ask(&client.get("/v1/me")).await.status, 200);
}
