//! What a server and a network can do to a session.

use std::time::{Duration, Instant};

use wattkey_test_postgres::{Cut, Database, Proxy, Server};

use super::*;
use crate::database::migrations;

const SECOND: Duration = Duration::from_secs(1);
/// Patience of the tests with a server that stands still.
const STATEMENT: Duration = Duration::from_millis(600);
const LOCK: Duration = Duration::from_millis(300);

fn settings(url: &str) -> PostgresSettings {
    PostgresSettings::parse(url)
        .unwrap()
        .timeouts(STATEMENT, LOCK)
        .reconnect_for(20 * SECOND)
}

fn open(url: &str) -> Connection {
    let mut session = Connection::open(&settings(url)).unwrap();
    migrations::run(&mut session).unwrap();
    session
        .script("CREATE TABLE IF NOT EXISTS t (id BIGINT PRIMARY KEY, n BIGINT)")
        .unwrap();
    session
}

fn insert(session: &mut Connection, id: i64) -> Result<(), DatabaseError> {
    session.begin(Mode::Write)?;
    session.execute("INSERT INTO t (id, n) VALUES ($1, 0)", &[id.into()])?;
    session.commit()
}

fn is_there(session: &mut Connection, id: i64) -> bool {
    session
        .exists("SELECT 1 FROM t WHERE id = $1", &[id.into()])
        .unwrap()
}

#[test]
fn a_connection_that_is_cut_at_the_commit() {
    let database = Database::new();
    let proxy = Proxy::start(database.port());
    let mut session = open(&database.url_through(proxy.port()));
    for (id, cut, happened) in [
        (1, Cut::BeforeCommit, false),
        (2, Cut::AfterCommit, true),
        (3, Cut::SilentAfterCommit, true),
    ] {
        proxy.cut_next_commit(cut);
        let ended = insert(&mut session, id);
        assert!(proxy.has_cut());
        assert!(
            matches!(ended, Err(DatabaseError::CommitUnknown(_))),
            "{cut:?}: {ended:?}"
        );
        // Looked up on a new connection, in a transaction whose own commit is known.
        session.begin(Mode::Write).unwrap();
        assert_eq!(is_there(&mut session, id), happened, "{cut:?}");
        session.commit().unwrap();
    }
    insert(&mut session, 4).unwrap();
}

#[test]
fn a_connection_that_is_cut_before_the_commit() {
    let database = Database::new();
    let proxy = Proxy::start(database.port());
    let mut session = open(&database.url_through(proxy.port()));
    session.begin(Mode::Write).unwrap();
    session
        .execute("INSERT INTO t (id) VALUES (1)", &[])
        .unwrap();
    proxy.cut_all();
    let next = session.execute("INSERT INTO t (id) VALUES (2)", &[]);
    assert!(
        matches!(next, Err(DatabaseError::Disconnected(_))),
        "{next:?}"
    );
    assert!(next.unwrap_err().is_transient());
    // Never does the rest of a transaction run on a connection of its own.
    let next = session.execute("INSERT INTO t (id) VALUES (3)", &[]);
    assert!(
        matches!(next, Err(DatabaseError::Disconnected(_))),
        "{next:?}"
    );
    let ended = session.commit();
    assert!(
        matches!(ended, Err(DatabaseError::Disconnected(_))),
        "{ended:?}"
    );
    insert(&mut session, 4).unwrap();
    let there: Vec<_> = (1..=4).map(|id| is_there(&mut session, id)).collect();
    assert_eq!(there, [false, false, false, true]);
    // Cut while nobody uses it: the next one does not notice.
    proxy.cut_all();
    insert(&mut session, 5).unwrap();
}

#[test]
fn two_that_wait_for_each_other() {
    let database = Database::new();
    let url = database.url();
    let mut one = Connection::open(&settings(&url).timeouts(20 * SECOND, 20 * SECOND)).unwrap();
    one.script(
        "CREATE TABLE t (id BIGINT PRIMARY KEY, n BIGINT); INSERT INTO t VALUES (1, 0), (2, 0)",
    )
    .unwrap();
    let mut two = Connection::open(&settings(&url).timeouts(20 * SECOND, 20 * SECOND)).unwrap();
    let add = |session: &mut Connection, id: i64| {
        session.execute("UPDATE t SET n = n + 1 WHERE id = $1", &[id.into()])
    };
    one.begin(Mode::Write).unwrap();
    two.begin(Mode::Write).unwrap();
    add(&mut one, 1).unwrap();
    add(&mut two, 2).unwrap();
    let (first, second) = std::thread::scope(|scope| {
        let first = scope.spawn(|| add(&mut one, 2).and_then(|_| one.commit()));
        let second = add(&mut two, 1).and_then(|_| two.commit());
        (first.join().unwrap(), second)
    });
    let (won, lost) = if first.is_ok() {
        (first, second)
    } else {
        (second, first)
    };
    won.unwrap();
    assert!(matches!(lost, Err(DatabaseError::Conflict(_))), "{lost:?}");
}

#[test]
fn locks_and_statements_have_an_end() {
    let database = Database::new();
    let (mut one, mut two) = (open(&database.url()), open(&database.url()));
    insert(&mut one, 1).unwrap();
    one.begin(Mode::Write).unwrap();
    one.query("SELECT n FROM t WHERE id = 1 FOR UPDATE", &[])
        .unwrap();
    two.begin(Mode::Write).unwrap();
    let waited = two.query("SELECT n FROM t WHERE id = 1 FOR UPDATE", &[]);
    assert!(matches!(waited, Err(DatabaseError::Busy(_))), "{waited:?}");
    two.rollback();
    let slept = two.query("SELECT 1 FROM pg_sleep(20)", &[]);
    assert!(matches!(slept, Err(DatabaseError::Timeout(_))), "{slept:?}");
    // A scan may take its time.
    two.begin(Mode::Scan).unwrap();
    let before = Instant::now();
    two.query("SELECT 1 FROM pg_sleep(1)", &[]).unwrap();
    assert!(before.elapsed() >= SECOND);
    two.rollback();
    one.commit().unwrap();
    insert(&mut two, 2).unwrap();
}

#[test]
fn a_primary_without_its_standby() {
    let mut server = Server::start_with(&["synchronous_standby_names=nobody"]);
    let database = server.database_without_standby();
    let patient = settings(&database.url()).timeouts(3 * SECOND, LOCK);
    let mut session = Connection::open(&patient).unwrap();
    session.script("SET synchronous_commit = local").unwrap();
    migrations::run(&mut session).unwrap();
    session
        .script("CREATE TABLE t (id BIGINT PRIMARY KEY, n BIGINT)")
        .unwrap();
    session.script("SET synchronous_commit = on").unwrap();
    // Nobody answers, until an administrator ends the wait: then the server warns.
    let waits = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
    let ended = std::thread::scope(|scope| {
        let ended = scope.spawn(|| insert(&mut session, 1));
        let end = Instant::now() + 2 * SECOND;
        while database.sql(waits).is_empty() {
            assert!(Instant::now() < end, "no commit waits");
        }
        ended.join().unwrap()
    });
    let Err(DatabaseError::CommitUnknown(why)) = ended else {
        panic!("{ended:?}");
    };
    assert!(why.to_string().contains("synchronous replication"), "{why}");
    // It is on this server; and whoever finds it there has no proof of more, and gets none.
    session.begin(Mode::Write).unwrap();
    assert!(is_there(&mut session, 1));
    let proof = session.commit();
    assert!(
        matches!(proof, Err(DatabaseError::CommitUnknown(_))),
        "{proof:?}"
    );
    server.stop();
}

#[test]
fn a_server_that_promises_less_is_refused() {
    let server = Server::start_with(&["synchronous_commit=off"]);
    let opened = Connection::open(&settings(&server.database().url()));
    let error = opened.unwrap_err();
    let DatabaseError::Other(why) = &error else {
        panic!("{error:?}");
    };
    assert!(
        why.to_string().contains("synchronous_commit is off"),
        "{why}"
    );
}

#[test]
fn a_server_that_is_killed_and_started_again() {
    let mut server = Server::start();
    let database = server.database();
    let mut session = open(&database.url());
    insert(&mut session, 1).unwrap();
    session.begin(Mode::Write).unwrap();
    session
        .execute("INSERT INTO t (id) VALUES (2)", &[])
        .unwrap();
    server.kill();
    let ended = session.commit();
    assert!(
        matches!(ended, Err(DatabaseError::CommitUnknown(_))),
        "{ended:?}"
    );
    let restarted = std::thread::spawn(move || {
        server.restart();
        server
    });
    // Waits for it.
    insert(&mut session, 3).unwrap();
    let there: Vec<_> = (1..=3).map(|id| is_there(&mut session, id)).collect();
    assert_eq!(there, [true, false, true]);
    let mut server = restarted.join().unwrap();
    server.stop();
    let impatient = settings(&database.url()).reconnect_for(Duration::ZERO);
    let refused = Connection::open(&impatient);
    assert!(
        matches!(refused, Err(DatabaseError::Disconnected(_))),
        "{refused:?}"
    );
}

/// An administrator ends the session while it waits.
#[test]
fn a_backend_that_is_ended() {
    let database = Database::new();
    let mut session = open(&database.url());
    session.begin(Mode::Write).unwrap();
    session
        .execute("INSERT INTO t (id) VALUES (1)", &[])
        .unwrap();
    database.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
    let next = session.execute("INSERT INTO t (id) VALUES (2)", &[]);
    assert!(
        matches!(next, Err(DatabaseError::Disconnected(_))),
        "{next:?}"
    );
    session.rollback();
    insert(&mut session, 3).unwrap();
    assert!(!is_there(&mut session, 1));
}

#[test]
fn a_wrong_password_is_told_at_once() {
    let database = Database::new();
    let url = format!(
        "postgres://wattkey:wrong@127.0.0.1:{}/{}",
        database.port(),
        database.name()
    );
    let before = Instant::now();
    let error = Connection::open(&settings(&url)).unwrap_err();
    assert!(before.elapsed() < 10 * SECOND);
    let text = format!("{error:?}");
    assert!(
        text.contains("password") && !text.contains("wrong@"),
        "{text}"
    );
}

#[test]
fn tls() {
    let issue = |names: &[&str]| {
        let names: Vec<_> = names.iter().map(|&name| name.to_owned()).collect();
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::new(names)
            .unwrap()
            .self_signed(&key)
            .unwrap();
        (certificate.pem(), key.serialize_pem())
    };
    let (certificate, key) = issue(&["localhost"]);
    let files = [
        ("server.crt", certificate.as_bytes()),
        ("server.key", key.as_bytes()),
    ];
    let server = Server::start_with_files(&["ssl=on"], &files);
    let database = server.database();
    let folder = tempfile::tempdir().unwrap();
    let authority = folder.path().join("ca.pem");
    std::fs::write(&authority, &certificate).unwrap();
    let named = database.url().replace("127.0.0.1", "localhost");
    let with = |url: &str| {
        settings(url)
            .authority_file(&authority)
            .unwrap()
            .reconnect_for(Duration::ZERO)
    };
    let mut session = Connection::open(&with(&named)).unwrap();
    let used = "SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    let row = session.query_one(used, &[]).unwrap().unwrap();
    assert_eq!(row.text(0).unwrap(), "TLSv1.3");
    // Another name than the certificate's, and an authority that did not issue it.
    assert!(Connection::open(&with(&database.url())).is_err());
    std::fs::write(&authority, issue(&["localhost"]).0).unwrap();
    assert!(Connection::open(&with(&named)).is_err());
    std::fs::write(&authority, "nothing").unwrap();
    assert!(settings(&named).authority_file(&authority).is_err());
}
