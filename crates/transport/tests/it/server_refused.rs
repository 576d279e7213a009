//! The client refuses a server, and says which reason; faults of keys on both sides.

use std::sync::Arc;

use wattkey_pki::{ChainError, MemorySigner, PublicKey, Role, SignError, Signature, Signer, Trust};
use wattkey_transport::{
    ConnectError, Connection, Identity, Limits, TlsError, client_tls, server_tls,
};

use crate::support::{Ca, SERVER_NAME, World, connect, start};

async fn refusal(world: &World, servers: Arc<Trust>, server: &Identity) -> ConnectError {
    let tls = server_tls(server, world.issuing.trust(), Role::UserAuthentication).unwrap();
    let server = start(tls, Limits::default()).await;
    let client = world.issuing.identity(Role::UserAuthentication);
    let tls = client_tls(&client, servers, Role::Gateway).unwrap();
    connect(&server, &tls).await.unwrap_err()
}

#[tokio::test(flavor = "multi_thread")]
async fn certificate_is_not_good() {
    let world = World::new();
    let trust = world.service.trust();

    let platform = world.service.identity(Role::Platform);
    let error = refusal(&world, Arc::clone(&trust), &platform).await;
    assert!(
        matches!(
            error,
            ConnectError::ServerCertificate(ChainError::WrongRole {
                wanted: Role::Gateway
            })
        ),
        "{error:?}"
    );

    let expired = world.service.expired(Role::Gateway);
    let error = refusal(&world, Arc::clone(&trust), &expired).await;
    assert!(
        matches!(
            error,
            ConnectError::ServerCertificate(ChainError::Expired { .. })
        ),
        "{error:?}"
    );

    let revoked = world.service.identity(Role::Gateway);
    let error = refusal(&world, world.service.trust_but(&revoked), &revoked).await;
    assert!(
        matches!(error, ConnectError::ServerCertificate(ChainError::Revoked)),
        "{error:?}"
    );

    let foreign = Ca::new("service CA").identity(Role::Gateway);
    let error = refusal(&world, trust, &foreign).await;
    assert!(
        matches!(error, ConnectError::ServerCertificate(ChainError::Foreign)),
        "{error:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn another_name() {
    let world = World::new();
    let server = start(world.server_tls(), Limits::default()).await;
    let address = server.address.to_string();
    let error = Connection::open(&address, "other.example", world.client_tls())
        .await
        .unwrap_err();
    let ConnectError::ServerName {
        expected,
        presented,
    } = error
    else {
        panic!("{error:?}")
    };
    assert_eq!(
        (expected.as_str(), presented),
        ("other.example", vec![SERVER_NAME.to_owned()])
    );

    let error = Connection::open(&address, "127.0.0.1", world.client_tls())
        .await
        .unwrap_err();
    assert!(
        matches!(error, ConnectError::NotADnsName { .. }),
        "{error:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_listens() {
    let world = World::new();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let error = Connection::open(&address, SERVER_NAME, world.client_tls())
        .await
        .unwrap_err();
    assert!(
        matches!(error, ConnectError::Unreachable { .. }),
        "{error:?}"
    );
}

#[derive(Debug, thiserror::Error, PartialEq)]
#[error("the USB key was pulled out")]
struct PulledOut;

#[derive(Debug)]
struct Broken(PublicKey);

impl Signer for Broken {
    fn public_key(&self) -> &PublicKey {
        &self.0
    }

    fn sign(&self, _message: &[u8]) -> Result<Signature, SignError> {
        Err(SignError(Box::new(PulledOut)))
    }
}

fn broken(identity: Identity) -> Identity {
    let signer = Arc::new(Broken(identity.signer.public_key().clone()));
    Identity { signer, ..identity }
}

#[tokio::test(flavor = "multi_thread")]
async fn our_key_does_not_sign() {
    let world = World::new();
    let server = start(world.server_tls(), Limits::default()).await;
    let client = broken(world.issuing.identity(Role::UserAuthentication));
    let error = connect(&server, &world.client_tls_as(&client))
        .await
        .unwrap_err();
    let ConnectError::Signer(error) = error else {
        panic!("{error:?}")
    };
    assert_eq!(error.0.downcast_ref(), Some(&PulledOut));
}

#[tokio::test(flavor = "multi_thread")]
async fn their_key_does_not_sign() {
    let world = World::new();
    let identity = broken(world.service.identity(Role::Gateway));
    let tls = server_tls(&identity, world.issuing.trust(), Role::UserAuthentication).unwrap();
    let server = start(tls, Limits::default()).await;
    let error = connect(&server, &world.client_tls()).await.unwrap_err();
    assert!(
        matches!(
            error,
            ConnectError::ClosedByServer | ConnectError::RejectedByServer { .. }
        ),
        "{error:?}"
    );
}

#[test]
fn certificate_of_another_key_is_not_taken() {
    let world = World::new();
    let mut identity = world.service.identity(Role::Gateway);
    identity.signer = Arc::new(MemorySigner::generate());
    let error = server_tls(&identity, world.issuing.trust(), Role::UserAuthentication).unwrap_err();
    assert!(matches!(error, TlsError::OtherKey { .. }), "{error:?}");
    identity.chain.clear();
    let error = client_tls(&identity, world.service.trust(), Role::Gateway).unwrap_err();
    assert!(matches!(error, TlsError::NoCertificate), "{error:?}");
}
