//! Who asks: each proof is needed, and a gateway's word replaces none of them.

use std::sync::Arc;

use http::Method;
use jiff::{SignedDuration, ToSpan as _};
use wattkey_pki::issue::{self, Revoked};
use wattkey_pki::{MemorySigner, Role, Trust};
use wattkey_protocol::fields;

use super::world::{Client, Outgoing, World, field, statement};
use crate::app::App;
use crate::testing::{Authority, now};

#[tokio::test]
async fn without_proof_nothing_is_said() {
    let world = World::new().await;
    let good = || world.li_na.get("/v1/me", now());
    assert_eq!(world.send(good()).await.status, 200);
    for (missing, problem) in [
        ("client-cert", "malformed"),
        ("wattkey-session", "session"),
        ("signature", "request-signature"),
        ("signature-input", "request-signature"),
        ("content-digest", "request-signature"),
    ] {
        assert_eq!(
            world.send(good().without(missing)).await.problem(),
            problem,
            "{missing}"
        );
    }
}

#[tokio::test]
async fn a_gateway_cannot_ask_for_a_user_who_is_not_there() {
    let world = World::new().await;
    // It knows the victim's certificate, and holds requests of a user who is connected.
    let victim = fields::byte_sequence(world.zhao_lei.key.authentication.der());
    let request = world
        .li_na
        .get("/v1/bills", now())
        .with("client-cert", &victim);
    assert_eq!(world.send(request).await.problem(), "session");

    // It makes a session of its own for the victim, signed by another key.
    let session = MemorySigner::generate();
    let mut forged = world.zhao_lei.key.clone();
    forged.authentication_signer = world.li_na.key.authentication_signer.clone();
    let statement = statement(&forged, &session, now());
    let forged = Client {
        holder: world.zhao_lei.holder.clone(),
        key: forged,
        session,
        statement,
    };
    assert_eq!(
        world.send(forged.get("/v1/bills", now())).await.problem(),
        "session"
    );

    // It takes the victim's true statement and signs with a key of its own.
    let stolen = Client {
        holder: world.zhao_lei.holder.clone(),
        key: world.zhao_lei.key.clone(),
        session: MemorySigner::generate(),
        statement: world.zhao_lei.statement.clone(),
    };
    assert_eq!(
        world.send(stolen.get("/v1/bills", now())).await.problem(),
        "request-signature"
    );
}

#[tokio::test]
async fn a_signed_request_cannot_be_turned_into_another() {
    let world = World::new().await;
    let good = || world.li_na.get("/v1/bills?state=open", now());
    let other = |change: fn(&mut Outgoing)| {
        let mut request = good();
        change(&mut request);
        request
    };
    for request in [
        other(|request| request.target = "/v1/bills".to_owned()),
        other(|request| request.target = "/v1/bills?state=paid".to_owned()),
        other(|request| request.target = "/v1/orders?state=open".to_owned()),
    ] {
        let target = request.target.clone();
        assert_eq!(
            world.send(request).await.problem(),
            "request-signature",
            "{target}"
        );
    }
    let order = world.li_na.sign_order(&world.order(1, &["B-2"]).await);
    let post = world.li_na.post(&order, now());
    let key = fields::string("6a1c3d1e-0000-4000-8000-000000000009");
    assert_eq!(
        world
            .send(post.clone().with("idempotency-key", &key))
            .await
            .problem(),
        "request-signature"
    );
    assert_eq!(
        world
            .send(Outgoing {
                body: b"other".to_vec(),
                ..post
            })
            .await
            .problem(),
        "request-signature"
    );
}

#[tokio::test]
async fn no_field_is_there_twice() {
    let world = World::new().await;
    for name in ["signature", "wattkey-session", "accept"] {
        let mut request = world.li_na.get("/v1/me", now());
        request.fields.push(field(name, "x"));
        if name == "accept" {
            request.fields.push(field(name, "y"));
        }
        assert_eq!(world.send(request).await.problem(), "malformed", "{name}");
    }
}

#[tokio::test]
async fn a_stale_request_or_session_is_refused() {
    let world = World::new().await;
    let request = world.li_na.get("/v1/me", now());
    world.set_clock("2026-08-31T02:01:01Z");
    assert_eq!(world.send(request).await.problem(), "request-signature");
    world.set_clock("2026-08-31T02:15:00Z");
    assert_eq!(world.get(&world.li_na, "/v1/me").await.problem(), "session");
    let renewed = world.li_na.renewed(world.now());
    assert_eq!(world.get(&renewed, "/v1/me").await.status, 200);
    let early = world
        .li_na
        .renewed(world.now() + SignedDuration::from_secs(61));
    assert_eq!(world.get(&early, "/v1/me").await.problem(), "session");
}

#[tokio::test]
async fn another_connection_than_a_gateway_s_is_refused() {
    let world = World::new().await;
    let request = || world.li_na.get("/v1/me", now());
    let (platform, _) = world.pki.service(Role::Platform);
    assert_eq!(
        world.send_as(platform, request()).await.problem(),
        "certificate-role"
    );
    let own = world.li_na.key.authentication.clone();
    assert_eq!(world.send_as(own, request()).await.problem(), "unbound");
    world.set_clock("2028-08-31T02:00:00Z");
    assert_eq!(world.send(request()).await.problem(), "certificate-expired");
}

#[tokio::test]
async fn the_user_s_certificate_is_checked_each_time() {
    let world = World::new().await;
    let with = |certificate: &wattkey_pki::Certificate| {
        let value = fields::byte_sequence(certificate.der());
        world.li_na.get("/v1/me", now()).with("client-cert", &value)
    };
    assert_eq!(
        world.send(with(&world.li_na.key.signature)).await.problem(),
        "certificate-role"
    );
    assert_eq!(world.send(with(&world.gateway)).await.problem(), "unbound");
    let stranger = Client::new(crate::testing::user(7, 0x70), world.pki.user_key("U7"));
    assert_eq!(world.get(&stranger, "/v1/me").await.problem(), "unbound");
    // A gateway lives longer than this user's certificate.
    let old = now() - (24 * 366).hours();
    let (expired, _) = world
        .pki
        .users
        .issue(Role::UserAuthentication, Some("U7"), old);
    assert_eq!(
        world.send(with(&expired)).await.problem(),
        "certificate-expired"
    );
    let manager = Client::new(super::world::first_manager(), world.manager.clone());
    assert_eq!(
        world.get(&manager, "/v1/me").await.problem(),
        "certificate-role"
    );
}

#[tokio::test]
async fn only_one_client_cert_and_no_chain() {
    let world = World::new().await;
    let mut twice = world.li_na.get("/v1/me", now());
    let value = fields::byte_sequence(world.li_na.key.authentication.der());
    twice.fields.push(field("client-cert", &value));
    assert_eq!(world.send(twice).await.problem(), "malformed");
    for name in ["client-cert-chain", "client_cert"] {
        let answer = world
            .send(world.li_na.get("/v1/me", now()).with(name, &value))
            .await;
        assert_eq!(answer.problem(), "forbidden-field");
        assert_eq!(answer.member("field"), name);
    }
}

#[tokio::test]
async fn an_unbound_key_stops_at_once() {
    let mut world = World::new().await;
    assert_eq!(world.get(&world.li_na, "/v1/me").await.status, 200);
    world.writer.unbind(&world.manager, &world.li_na.key);
    world.store_steps().await;
    assert_eq!(world.get(&world.li_na, "/v1/me").await.problem(), "unbound");
    assert_eq!(world.get(&world.chen_yu, "/v1/me").await.status, 200);
}

#[tokio::test]
async fn a_damaged_binding_log_stops_everything() {
    let world = World::new().await;
    assert_eq!(world.get(&world.li_na, "/v1/me").await.status, 200);
    let last = world.writer.steps.last().unwrap().as_str().to_owned();
    let step = wattkey_store::BindingStep {
        sequence: world.writer.head.sequence + 1,
        jws: last,
    };
    world.app.store.append_binding_step(step).await.unwrap();
    assert_eq!(
        world.get(&world.li_na, "/v1/me").await.problem(),
        "binding-log"
    );
    assert_eq!(
        world.get(&world.chen_yu, "/v1/orders").await.problem(),
        "binding-log"
    );
}

#[tokio::test]
async fn revocation_counts_from_the_next_request() {
    let world = World::new().await;
    let ca = Authority {
        certificate: world.pki.users.certificate.clone(),
        signer: Arc::clone(&world.pki.users.signer),
    };
    let list = |revoked: &[Revoked], number, next_hours: i64| {
        let next = now() + next_hours.hours();
        issue::crl(&ca.certificate, &*ca.signer, revoked, number, now(), next).unwrap()
    };
    let folder = tempfile::tempdir().unwrap();
    let (ca_file, file) = (
        folder.path().join("ca.pem"),
        folder.path().join("users.crl"),
    );
    std::fs::write(&ca_file, world.pki.users.certificate.pem()).unwrap();
    std::fs::write(&file, list(&[], 1, 24)).unwrap();
    let users = Trust::load(&ca_file, Some(&file)).unwrap();
    let app = Arc::new(App {
        users,
        ..App::clone(&world.app)
    });
    let world = World { app, ..world };
    assert_eq!(world.get(&world.li_na, "/v1/me").await.status, 200);

    let serial_number = world.li_na.key.authentication.serial_number().to_vec();
    let revoked = Revoked {
        serial_number,
        at: now(),
    };
    std::fs::write(&file, list(&[revoked], 2, 24)).unwrap();
    assert_eq!(
        world.get(&world.li_na, "/v1/me").await.problem(),
        "certificate-revoked"
    );
    assert_eq!(world.get(&world.chen_yu, "/v1/me").await.status, 200);

    // A list that nobody renews refuses all, and so does one that is gone.
    world.set_clock("2026-09-01T02:00:01Z");
    let chen_yu = world.chen_yu.renewed(world.now());
    assert_eq!(world.get(&chen_yu, "/v1/me").await.problem(), "unavailable");
    std::fs::remove_file(&file).unwrap();
    assert_eq!(world.get(&chen_yu, "/v1/me").await.problem(), "unavailable");
}

#[tokio::test]
async fn bodies_are_bounded() {
    let world = World::new().await;
    let mut get = world.li_na.get("/v1/me", now());
    get.body = b"x".to_vec();
    let answer = world.send(get).await;
    assert_eq!(
        (answer.problem(), answer.member("limit")),
        ("body", 0.into())
    );

    let order = world.li_na.sign_order(&world.order(1, &["B-2"]).await);
    let mut post = world.li_na.post(&order, now());
    post.body = vec![b'x'; 64 * 1024 + 1];
    let answer = world.send(post).await;
    assert_eq!(
        (answer.problem(), answer.member("limit")),
        ("body", 65_536.into())
    );
}

#[tokio::test]
async fn other_paths_and_methods_are_no_requests() {
    let world = World::new().await;
    for target in [
        "/",
        "/v1/me/",
        "/v1/binding-steps",
        "/v1/users",
        "/v1/orders/1/2",
    ] {
        assert_eq!(
            world.get(&world.li_na, target).await.problem(),
            "route",
            "{target}"
        );
    }
    for method in [Method::DELETE, Method::PUT, Method::POST, Method::HEAD] {
        let request = Outgoing {
            method: method.clone(),
            target: "/v1/me".to_owned(),
            fields: vec![
                field("content-type", "x/y"),
                field("idempotency-key", "\"x\""),
            ],
            body: Vec::new(),
            group: wattkey_transport::Group::X25519MlKem768,
        };
        let request = world.li_na.sign(request, now());
        let answer = world.send(request).await;
        assert_eq!(answer.status, 404, "{method}");
        if method != Method::HEAD {
            assert_eq!(answer.problem(), "route", "{method}");
        }
    }
    // Who has not proven anything learns nothing of what there is.
    let request = world
        .li_na
        .get("/v1/nothing", now())
        .without("wattkey-session");
    assert_eq!(world.send(request).await.problem(), "session");
}
