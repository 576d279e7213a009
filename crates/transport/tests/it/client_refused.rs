//! The server refuses a client's certificate, and the client learns why.

use jiff::SignedDuration;
use wattkey_pki::{Role, Trust};
use wattkey_transport::{Alert, Identity, Limits, SendError, clock, server_tls};

use crate::support::{Ca, MAX_ANSWER, World, connect, get, start};

async fn refusal(world: &World, users: std::sync::Arc<Trust>, client: &Identity) -> Alert {
    let identity = world.service.identity(Role::Gateway);
    let tls = server_tls(&identity, users, Role::UserAuthentication).unwrap();
    let server = start(tls, Limits::default()).await;
    let mut connection = connect(&server, &world.client_tls_as(client))
        .await
        .unwrap();
    let error = connection.send(get("/"), MAX_ANSWER).await.unwrap_err();
    assert!(!error.outcome_unknown());
    assert!(!connection.is_usable());
    match error {
        SendError::RejectedByServer { alert } => alert,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_role() {
    let world = World::new();
    for role in [
        Role::UserSignature,
        Role::ManagerAuthentication,
        Role::Gateway,
    ] {
        let client = world.issuing.identity(role);
        let alert = refusal(&world, world.issuing.trust(), &client).await;
        assert_eq!(alert, Alert::UnsupportedCertificate, "{role:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn expired() {
    let world = World::new();
    let client = world.issuing.expired(Role::UserAuthentication);
    let alert = refusal(&world, world.issuing.trust(), &client).await;
    assert_eq!(alert, Alert::CertificateExpired);
}

#[tokio::test(flavor = "multi_thread")]
async fn revoked() {
    let world = World::new();
    let client = world.issuing.identity(Role::UserAuthentication);
    let alert = refusal(&world, world.issuing.trust_but(&client), &client).await;
    assert_eq!(alert, Alert::CertificateRevoked);
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign() {
    let world = World::new();
    let client = Ca::new("issuing CA").identity(Role::UserAuthentication);
    let alert = refusal(&world, world.issuing.trust(), &client).await;
    assert_eq!(alert, Alert::UnknownCa);
}

#[tokio::test(flavor = "multi_thread")]
async fn old_revocation_list_refuses_all() {
    let world = World::new();
    let client = world.issuing.identity(Role::UserAuthentication);
    let hours = SignedDuration::from_hours;
    let trust = world
        .issuing
        .trust_with_crl(&[], clock::now() - hours(9), clock::now() - hours(1));
    assert_eq!(refusal(&world, trust, &client).await, Alert::UnknownCa);
}
