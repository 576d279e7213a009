//! The pool keeps connections, and replaces those that the server closed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::TcpListener;
use wattkey_pki::{ChainError, Role, Trust};
use wattkey_transport::{
    ConnectError, Group, Limits, Pool, PoolError, PoolLimits, client_tls, clock, server_tls,
};

use crate::support::{MAX_ANSWER, SERVER_NAME, World, get, start, start_on};

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_connection_is_replaced() {
    let world = World::new();
    let server = start(world.server_tls(), Limits::default()).await;
    let address = server.address;
    let pool = Pool::new(
        &address.to_string(),
        SERVER_NAME,
        world.client_tls(),
        PoolLimits::default(),
    );
    assert_eq!(pool.send(get("/"), MAX_ANSWER).await.unwrap().status(), 200);
    assert_eq!(pool.kept_connections(), 1);

    server.stop.send(()).unwrap();
    server.done.await.unwrap();
    let started = Instant::now();
    while pool.kept_connections() > 0 {
        assert!(
            started.elapsed() < Duration::from_secs(10),
            "a closed connection is kept"
        );
        tokio::task::yield_now().await;
    }
    let listener = TcpListener::bind(address).await.unwrap();
    let _again = start_on(listener, world.server_tls(), Limits::default());
    assert_eq!(pool.send(get("/"), MAX_ANSWER).await.unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_are_kept_and_bounded() {
    let world = World::new();
    // The server takes one connection: whoever dials a second one waits in vain.
    let server = start(
        world.server_tls(),
        Limits {
            connections: 1,
            ..Limits::default()
        },
    )
    .await;
    let limits = PoolLimits {
        connections: 1,
        wait: Duration::from_millis(100),
        ..PoolLimits::default()
    };
    let address = server.address.to_string();
    let pool = Arc::new(Pool::new(&address, SERVER_NAME, world.client_tls(), limits));
    for _ in 0..3 {
        assert_eq!(pool.send(get("/"), MAX_ANSWER).await.unwrap().status(), 200);
    }
    let waiting = async {
        server.held.arrived.notified().await;
        let outcome = pool.send(get("/"), MAX_ANSWER).await;
        server.held.release.notify_one();
        outcome
    };
    let (first, second) = tokio::join!(pool.send(get("/held"), MAX_ANSWER), waiting);
    assert!(first.is_ok());
    let error = second.unwrap_err();
    assert!(
        matches!(error, PoolError::Busy { connections: 1 }),
        "{error:?}"
    );
    assert!(!error.outcome_unknown());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_connection_to_a_revoked_server_is_not_used_again() {
    let world = World::new();
    let (ca, own) = (
        &world.service,
        world.issuing.identity(Role::UserAuthentication),
    );
    let identity = ca.identity(Role::Gateway);
    let tls = server_tls(&identity, world.issuing.trust(), Role::UserAuthentication).unwrap();
    let server = start(tls, Limits::default()).await;

    let folder = tempfile::tempdir().unwrap();
    let (pem, crl) = (folder.path().join("ca.pem"), folder.path().join("ca.crl"));
    let (now, later) = (
        clock::now(),
        clock::now() + jiff::SignedDuration::from_hours(1),
    );
    std::fs::write(&pem, ca.certificate.pem()).unwrap();
    std::fs::write(&crl, ca.crl(&[], now, later)).unwrap();
    let trust = Trust::load(&pem, Some(&crl)).unwrap();
    let tls = client_tls(&own, trust, Role::Gateway).unwrap();
    let address = server.address.to_string();
    let pool = Pool::new(&address, SERVER_NAME, tls, PoolLimits::default());
    assert_eq!(pool.send(get("/"), MAX_ANSWER).await.unwrap().status(), 200);
    assert_eq!(pool.kept_connections(), 1);

    std::fs::write(&crl, ca.crl(&[&identity], now, later)).unwrap();
    let error = pool.send(get("/"), MAX_ANSWER).await.unwrap_err();
    assert!(
        matches!(
            error,
            PoolError::Connect(ConnectError::ServerCertificate(ChainError::Revoked))
        ),
        "{error:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_may_need_a_group() {
    let world = World::new();
    let server = start(world.server_tls(), Limits::default()).await;
    let address = server.address.to_string();
    let pool = Pool::new(
        &address,
        SERVER_NAME,
        world.client_tls(),
        PoolLimits::default(),
    );
    let hybrid = Some(Group::X25519MlKem768);
    for _ in 0..2 {
        let answer = pool.send_over(hybrid, get("/"), MAX_ANSWER).await.unwrap();
        assert_eq!(answer.body().as_ref(), b"Li Na X25519MLKEM768");
    }
    assert_eq!(pool.kept_connections(), 1);
    // Neither over the kept connection nor over a new one: the server would hold this request.
    let classical = Some(Group::X25519);
    let error = pool
        .send_over(classical, get("/held"), MAX_ANSWER)
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            PoolError::Group {
                agreed: Group::X25519MlKem768,
                needed: Group::X25519
            }
        ),
        "{error:?}"
    );
    assert!(!error.outcome_unknown());
    assert_eq!(pool.send(get("/"), MAX_ANSWER).await.unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_listens() {
    let world = World::new();
    let pool = Pool::new(
        "127.0.0.1:1",
        SERVER_NAME,
        world.client_tls(),
        PoolLimits::default(),
    );
    let error = pool.send(get("/"), MAX_ANSWER).await.unwrap_err();
    assert!(
        matches!(error, PoolError::Connect(ConnectError::Unreachable { .. })),
        "{error:?}"
    );
    assert!(!error.outcome_unknown());
}
