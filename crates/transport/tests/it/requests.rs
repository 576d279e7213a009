//! Requests and what can happen to them.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use wattkey_transport::{ConnectError, Limits, SendError};

use crate::support::{MAX_ANSWER, World, connect, connect_to, get, start};

const DEADLINE: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread")]
async fn answer_larger_than_wanted() {
    let world = World::new();
    let server = start(world.server_tls(), Limits::default()).await;
    let mut connection = connect(&server, &world.client_tls()).await.unwrap();
    let error = connection.send(get("/"), 5).await.unwrap_err();
    assert!(
        matches!(error, SendError::AnswerTooLarge { limit: 5 }),
        "{error:?}"
    );
    assert!(error.outcome_unknown());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_answer_in_time() {
    let world = World::new();
    let server = start(world.server_tls(), Limits::default()).await;
    let mut connection = connect(&server, &world.client_tls()).await.unwrap();
    connection.set_answer_timeout(Duration::from_millis(100));
    let error = connection.send(get("/held"), MAX_ANSWER).await.unwrap_err();
    assert!(matches!(error, SendError::TimedOut { .. }), "{error:?}");
    assert!(error.outcome_unknown());
    assert!(!connection.is_usable());
    let error = connection.send(get("/"), MAX_ANSWER).await.unwrap_err();
    assert!(matches!(error, SendError::NotSent(_)), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn server_that_dies_leaves_the_outcome_unknown() {
    let world = World::new();
    let server = start(
        world.server_tls(),
        Limits {
            drain_timeout: Duration::from_millis(100),
            ..Limits::default()
        },
    )
    .await;
    let mut connection = connect(&server, &world.client_tls()).await.unwrap();
    let stopping = async {
        server.held.arrived.notified().await;
        server.stop.send(()).unwrap();
    };
    let (outcome, ()) = tokio::join!(connection.send(get("/held"), MAX_ANSWER), stopping);
    let error = outcome.unwrap_err();
    assert!(matches!(error, SendError::OutcomeUnknown(_)), "{error:?}");
    server.done.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_under_way_finish_when_the_server_stops() {
    let world = World::new();
    let server = start(world.server_tls(), Limits::default()).await;
    let tls = world.client_tls();
    let mut connection = connect(&server, &tls).await.unwrap();
    connection.send(get("/"), MAX_ANSWER).await.unwrap();
    let slow = tokio::spawn(async move { connection.send(get("/held"), MAX_ANSWER).await });
    server.held.arrived.notified().await;
    server.stop.send(()).unwrap();
    // Nobody new is let in while the last request is answered.
    let started = Instant::now();
    while !matches!(
        connect_to(server.address, &tls).await,
        Err(ConnectError::Unreachable { .. })
    ) {
        assert!(started.elapsed() < DEADLINE, "the server still listens");
    }
    server.held.release.notify_one();
    assert_eq!(slow.await.unwrap().unwrap().status(), 200);
    server.done.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_connection_is_closed_and_the_next_request_was_not_sent() {
    let world = World::new();
    let limits = Limits {
        idle_timeout: Duration::from_secs(1),
        ..Limits::default()
    };
    let server = start(world.server_tls(), limits).await;
    let mut connection = connect(&server, &world.client_tls()).await.unwrap();
    connection.send(get("/"), MAX_ANSWER).await.unwrap();
    let started = Instant::now();
    while connection.is_usable() {
        assert!(
            started.elapsed() < DEADLINE,
            "the server keeps idle connections"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let error = connection.send(get("/"), MAX_ANSWER).await.unwrap_err();
    assert!(matches!(error, SendError::NotSent(_)), "{error:?}");
    assert!(!error.outcome_unknown());
}

#[tokio::test(flavor = "multi_thread")]
async fn silent_peers_hold_up_nobody() {
    let world = World::new();
    let limits = Limits {
        handshakes: 1,
        handshake_timeout: Duration::from_millis(300),
        ..Limits::default()
    };
    let server = start(world.server_tls(), limits).await;
    let mut silent = Vec::new();
    for _ in 0..5 {
        silent.push(
            tokio::net::TcpStream::connect(server.address)
                .await
                .unwrap(),
        );
    }
    let mut connection = connect(&server, &world.client_tls()).await.unwrap();
    assert!(connection.send(get("/"), MAX_ANSWER).await.is_ok());
    // And they are shown the door.
    for mut stream in silent {
        let read = tokio::time::timeout(DEADLINE, stream.read_u8())
            .await
            .unwrap();
        assert!(read.is_err());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_tls_is_dropped() {
    let world = World::new();
    let server = start(world.server_tls(), Limits::default()).await;
    let mut stream = tokio::net::TcpStream::connect(server.address)
        .await
        .unwrap();
    stream
        .write_all(b"GET / HTTP/1.1\r\nhost: pay.example\r\n\r\n")
        .await
        .unwrap();
    let mut answer = Vec::new();
    let read = tokio::time::timeout(DEADLINE, stream.read_to_end(&mut answer))
        .await
        .unwrap();
    assert!(read.is_err() || !answer.starts_with(b"HTTP"), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_client_cannot_take_all_connections() {
    let world = World::new();
    let limits = Limits {
        connections_of_client: 1,
        ..Limits::default()
    };
    let server = start(world.server_tls(), limits).await;
    let (greedy, other) = (world.client_tls(), world.client_tls());
    let mut first = connect(&server, &greedy).await.unwrap();
    assert_eq!(
        first.send(get("/"), MAX_ANSWER).await.unwrap().status(),
        200
    );
    let mut second = connect(&server, &greedy).await.unwrap();
    assert!(second.send(get("/"), MAX_ANSWER).await.is_err());
    let mut third = connect(&server, &other).await.unwrap();
    assert_eq!(
        third.send(get("/"), MAX_ANSWER).await.unwrap().status(),
        200
    );
    assert_eq!(
        first.send(get("/"), MAX_ANSWER).await.unwrap().status(),
        200
    );
}
