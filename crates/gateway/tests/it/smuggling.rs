//! `Client-Cert` in all the places where a client can write it.

use wattkey_protocol::fields::byte_sequence;

use crate::authorities::User;
use crate::client::{Client, open};
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn outer_fields_end_at_the_gateway() {
    let world = World::start().await;
    let (user, victim) = (
        User::new(&world.users, "0001"),
        User::new(&world.users, "0002"),
    );
    let mut client = Client::new(&world, &user).await;
    let forged = byte_sequence(victim.certificate().der());
    for name in [
        "client-cert",
        "client_cert",
        "client-cert-chain",
        "client_cert_chain",
        "x-client-cert",
    ] {
        let (capsule, pending) = client.seal(&client.get("/v1/me"));
        let answer = client.send(capsule, &[(name, &forged)]).await;
        assert_eq!(open(answer, pending).status, 200, "{name}");
    }
    let own = byte_sequence(user.certificate().der());
    let seen = world.platform.seen();
    assert_eq!(seen.len(), 5);
    for request in seen {
        let certs: Vec<_> = request.header.get_all("client-cert").iter().collect();
        assert_eq!(certs, [own.as_str()]);
        assert!(!format!("{:?}", request.header).contains(&forged));
    }
    for field in [
        "client-cert",
        "client_cert",
        "client-cert-chain",
        "client_cert_chain",
    ] {
        world.logged(&["outer-forbidden-field", &format!("field={field} ")]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn inner_fields_and_trailers_are_refused() {
    let world = World::start().await;
    let (user, victim) = (
        User::new(&world.users, "0001"),
        User::new(&world.users, "0002"),
    );
    let mut client = Client::new(&world, &user).await;
    let forged = byte_sequence(victim.certificate().der());
    for name in [
        "client-cert",
        "client_cert",
        "client-cert-chain",
        "client_cert-chain",
    ] {
        let answer = client.ask(&client.get("/v1/me").with(name, &forged)).await;
        assert_eq!(answer.problem(), (400, "forbidden-field"), "{name}");
        assert!(String::from_utf8_lossy(&answer.body).contains(&format!("\"field\":\"{name}\"")));
    }
    for name in ["client-cert", "accept"] {
        let mut inner = client.get("/v1/me");
        inner.trailers.push((name.to_owned(), forged.clone()));
        assert_eq!(
            client.ask(&inner).await.problem(),
            (400, "malformed"),
            "{name}"
        );
    }
    // Names that are none, and a value that would begin another field.
    for (name, value) in [
        ("Client-Cert", "x"),
        ("client-cert ", "x"),
        ("accept", "x\r\nclient-cert: x"),
    ] {
        let mut inner = client.get("/v1/me");
        inner.fields.push((name.to_owned(), value.to_owned()));
        assert_eq!(
            client.ask(&inner).await.problem(),
            (400, "malformed"),
            "{name:?}"
        );
    }
    assert!(world.platform.seen().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn framing_fields_of_the_inner_request_do_not_pass() {
    let world = World::start().await;
    let mut client = Client::new(&world, &User::new(&world.users, "0001")).await;
    let inner = client
        .get("/v1/me")
        .with("content-length", "5")
        .with("transfer-encoding", "chunked")
        .with("connection", "client-cert")
        .with("upgrade", "h2c")
        .with("x-http-method-override", "POST");
    assert_eq!(client.ask(&inner).await.status, 200);
    let header = world.platform.only().header;
    for name in [
        "content-length",
        "transfer-encoding",
        "connection",
        "upgrade",
        "x-http-method-override",
    ] {
        assert!(!header.contains_key(name), "{name}");
    }
    assert!(header.contains_key("client-cert"));
}
