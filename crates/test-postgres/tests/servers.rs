//! That servers come, are shared, die with their tests, and keep what they promised.

use wattkey_test_postgres::{Database, Server};

#[test]
fn databases_are_apart() {
    let (one, two) = (Database::new(), Database::new());
    assert_eq!(one.port(), two.port());
    one.sql("CREATE TABLE t (n BIGINT); INSERT INTO t VALUES (6 * 7)");
    assert_eq!(one.sql("SELECT n FROM t"), "42");
    assert!(
        two.try_sql("SELECT n FROM t")
            .unwrap_err()
            .contains("does not exist")
    );
    assert_eq!(one.sql("SHOW fsync"), "on");
}

#[test]
fn what_was_committed_outlives_a_kill() {
    let mut server = Server::start_with(&["max_connections=20"]);
    let database = server.database();
    assert_eq!(database.sql("SHOW max_connections"), "20");
    database.sql("CREATE TABLE t (n BIGINT); INSERT INTO t VALUES (1)");
    server.kill();
    assert!(database.try_sql("SELECT 1").is_err());
    server.restart();
    assert_eq!(database.sql("SELECT n FROM t"), "1");
    let data = server.data();
    drop(server);
    assert!(!data.exists());
    assert!(database.try_sql("SELECT 1").is_err());
}
