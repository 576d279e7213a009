//! The same questions to both databases.

use wattkey_test_postgres::Database;

use super::*;

/// A database of each kind, both empty; what holds them is kept with them.
fn both() -> Vec<(Location, Box<dyn std::any::Any>)> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("books.sqlite");
    let server = Database::new();
    let settings = PostgresSettings::parse(&server.url()).unwrap();
    vec![
        (Location::Sqlite(path), Box::new(folder)),
        (Location::Postgres(settings), Box::new(server)),
    ]
}

fn each(test: impl Fn(&mut dyn Session, &Location)) {
    for (location, _kept) in both() {
        let mut session = location.open().unwrap();
        test(session.as_mut(), &location);
    }
}

const TABLE: &str = "CREATE TABLE things (id TEXT PRIMARY KEY, number BIGINT, body BYTEA)";
const COLUMNS: &[(&str, Type)] = &[
    ("id", Type::Text),
    ("number", Type::Int),
    ("body", Type::Bytes),
];

fn thing(id: &str, number: impl Into<Value>, body: impl Into<Value>) -> Vec<Value> {
    vec![id.into(), number.into(), body.into()]
}

#[test]
fn values_go_in_and_out() {
    each(|session, _| {
        session.script(TABLE).unwrap();
        let rows = [
            thing("a", i64::MAX, [1_u8, 0, 255]),
            thing("b", i64::MIN, Value::Null),
            thing("电费", Value::Null, Vec::new()),
        ];
        session.insert("things", COLUMNS, &rows).unwrap();
        let found = session
            .query("SELECT id, number, body FROM things ORDER BY id", &[])
            .unwrap();
        let found: Vec<_> = found.into_iter().map(Row::into_values).collect();
        assert_eq!(found, rows);
        let sql = "SELECT $2, id FROM things WHERE id = $1 AND number = CAST($3 AS BIGINT)";
        let row = session.query_one(sql, &["a".into(), "x".into(), i64::MAX.into()]);
        let row = row.unwrap().unwrap();
        assert_eq!((row.text(0).unwrap(), row.text(1).unwrap()), ("x", "a"));
        // A sum is a number, whatever the server calls it.
        let sum = session.query_one(
            "SELECT sum(number + 0), count(*) FROM things WHERE id = 'a'",
            &[],
        );
        let sum = sum.unwrap().unwrap();
        assert_eq!((sum.int(0).unwrap(), sum.count(1).unwrap()), (i64::MAX, 1));
    });
}

#[test]
fn lists_locks_and_sets() {
    each(|session, _| {
        session.script(TABLE).unwrap();
        let rows: Vec<_> = (0..500_i64)
            .map(|n| thing(&format!("t-{n:03}"), n, Value::Null))
            .collect();
        session.begin(Mode::Write).unwrap();
        session.insert("things", COLUMNS, &rows).unwrap();
        let keys = Value::texts(["t-007", "t-499", "none"]);
        let sql =
            "SELECT number FROM things WHERE id = ANY($1) AND number > $2 ORDER BY id FOR UPDATE";
        let found = session.query(sql, &[keys, 7_i64.into()]).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].int(0).unwrap(), 499);
        let numbers = Value::Ints(vec![3, 4, 5]);
        let found = session
            .query("SELECT id FROM things WHERE number = ANY($1)", &[numbers])
            .unwrap();
        assert_eq!(found.len(), 3);
        let sets: Vec<_> = ["t-001", "t-002", "none"]
            .map(|id| vec![id.into(), (-1_i64).into(), [9_u8].into()])
            .into();
        session
            .update_by_key("things", &COLUMNS[..1], &COLUMNS[1..], &sets)
            .unwrap();
        session.commit().unwrap();
        let left = session
            .query("SELECT id FROM things WHERE number = -1", &[])
            .unwrap();
        assert_eq!(left.len(), 2);
    });
}

#[test]
fn what_is_undone_is_not_there() {
    each(|session, location| {
        session.script(TABLE).unwrap();
        session.begin(Mode::Write).unwrap();
        session
            .insert("things", COLUMNS, &[thing("a", 1_i64, Value::Null)])
            .unwrap();
        let twice = session
            .insert("things", COLUMNS, &[thing("a", 1_i64, Value::Null)])
            .and_then(|()| session.settle());
        assert!(
            matches!(twice, Err(DatabaseError::Duplicate(_))),
            "{twice:?}"
        );
        session.rollback();
        session.rollback();
        assert!(!session.exists("SELECT 1 FROM things", &[]).unwrap());
        // A reader cannot write, and sees one snapshot.
        let mut reader = location.open_reader().unwrap();
        reader.begin(Mode::Read).unwrap();
        assert!(!reader.exists("SELECT 1 FROM things", &[]).unwrap());
        session
            .execute("INSERT INTO things (id) VALUES ('b')", &[])
            .unwrap();
        assert!(!reader.exists("SELECT 1 FROM things", &[]).unwrap());
        reader.rollback();
        assert!(reader.exists("SELECT 1 FROM things", &[]).unwrap());
        assert!(reader.execute("DELETE FROM things", &[]).is_err());
    });
}

/// Whatever comes after it tells of a failure, and nothing of the transaction stays.
#[test]
fn what_is_under_way_may_fail() {
    type Next = fn(&mut dyn Session) -> Result<(), DatabaseError>;
    let nexts: [Next; 4] = [
        |session| session.query("SELECT 1", &[]).map(|_| ()),
        |session| {
            let asked = session.ask("SELECT 1", Vec::new())?;
            session.rows(asked).map(|_| ())
        },
        |session| session.settle(),
        |session| session.commit(),
    ];
    // A few rows, and as many as go by another way.
    for count in [1_i64, 40] {
        each(|session, _| {
            session.script(TABLE).unwrap();
            let rows: Vec<_> = (0..count)
                .map(|n| thing(&n.to_string(), n, [7_u8]))
                .collect();
            for next in nexts {
                session.begin(Mode::Write).unwrap();
                session.insert("things", COLUMNS, &rows).unwrap();
                let ended = session
                    .insert("things", COLUMNS, &rows)
                    .and_then(|()| next(session));
                assert!(
                    matches!(ended, Err(DatabaseError::Duplicate(_))),
                    "{ended:?}"
                );
                session.rollback();
                assert!(!session.exists("SELECT 1 FROM things", &[]).unwrap());
            }
        });
    }
}

#[test]
fn questions_are_answered_in_their_order() {
    each(|session, _| {
        session.script(TABLE).unwrap();
        let rows: Vec<_> = (0..100_i64)
            .map(|n| thing(&format!("t-{n:02}"), n, Value::Null))
            .collect();
        session.begin(Mode::Write).unwrap();
        let before = session.ask("SELECT count(*) FROM things", vec![]).unwrap();
        session.insert("things", COLUMNS, &rows).unwrap();
        let sql = "SELECT number FROM things WHERE id = $1 FOR UPDATE";
        let asked = ["t-03", "t-99", "none"].map(|id| session.ask(sql, vec![id.into()]).unwrap());
        session
            .update_by_key(
                "things",
                &COLUMNS[..1],
                &COLUMNS[1..2],
                &[vec!["t-03".into(), 7_i64.into()]],
            )
            .unwrap();
        let after = session.ask(sql, vec!["t-03".into()]).unwrap();
        let answers = asked.map(|asked| session.rows(asked).unwrap());
        let number = |rows: &[Row]| rows.first().map(|row| row.int(0).unwrap());
        assert_eq!(answers.map(|rows| number(&rows)), [Some(3), Some(99), None]);
        assert_eq!(number(&session.rows(before).unwrap()), Some(0));
        assert_eq!(number(&session.rows(after).unwrap()), Some(7));
        session.commit().unwrap();
    });
}

#[test]
fn rows_come_one_by_one() {
    each(|session, _| {
        session.script(TABLE).unwrap();
        let rows: Vec<_> = (0..5_000_i64)
            .map(|n| thing(&n.to_string(), n, Value::Null))
            .collect();
        session.begin(Mode::Write).unwrap();
        session.insert("things", COLUMNS, &rows).unwrap();
        session.commit().unwrap();
        session.begin(Mode::Scan).unwrap();
        let mut sum = 0;
        let sql = "SELECT number FROM things WHERE number >= $1 ORDER BY number";
        let add = &mut |row: Row| -> Result<(), DatabaseError> {
            sum += row.int(0)?;
            Ok(())
        };
        session.for_each(sql, &[0_i64.into()], add).unwrap();
        assert_eq!(sum, 4_999 * 5_000 / 2);
        let mut seen = 0;
        let stop = &mut |row: Row| {
            seen += 1;
            row.text(0).map(|_| ())
        };
        let stopped = session.for_each(sql, &[7_i64.into()], stop);
        assert!(
            matches!(stopped, Err(DatabaseError::Unreadable { column: 0, .. })),
            "{stopped:?}"
        );
        assert_eq!(seen, 1);
        assert!(session.exists("SELECT 1 FROM things", &[]).unwrap());
        session.rollback();
    });
}

#[test]
fn migrations_of_two_that_start_together() {
    for (location, _kept) in both() {
        let start = || {
            let mut session = location.open().unwrap();
            migrations::run(session.as_mut()).unwrap();
        };
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(start);
            }
        });
        let mut session = location.open().unwrap();
        let findings = session.examine().unwrap();
        assert!(findings.is_empty(), "{findings:#?}");
        // One of a later day is not touched.
        match session.kind() {
            Kind::Sqlite => session.script("PRAGMA user_version = 999").unwrap(),
            Kind::Postgres => session
                .script("UPDATE wattkey_schema SET version = 999")
                .unwrap(),
        }
        let refused = migrations::run(session.as_mut());
        assert!(
            matches!(refused, Err(DatabaseError::TooNew { found: 999, .. })),
            "{refused:?}"
        );
    }
}

#[test]
fn a_changed_schema_is_found() {
    each(|session, _| {
        migrations::run(session).unwrap();
        let take_away = match session.kind() {
            Kind::Sqlite => "DROP TRIGGER journal_stays; DROP INDEX bills_open;",
            Kind::Postgres => {
                "ALTER TABLE journal DISABLE TRIGGER journal_stays; DROP INDEX bills_open;
                 CREATE OR REPLACE FUNCTION wattkey_refuse() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN RETURN NEW; END $$"
            }
        };
        session.script(take_away).unwrap();
        let findings = session.examine().unwrap();
        for name in ["journal_stays", "bills_open"] {
            assert!(
                findings.iter().any(|(place, _)| place.contains(name)),
                "{findings:#?}"
            );
        }
        if session.kind() == Kind::Postgres {
            assert!(
                findings
                    .iter()
                    .any(|(place, _)| place.contains("wattkey_refuse"))
            );
        }
    });
}

/// Both databases have the same tables with the same columns, in one order.
#[test]
fn columns_are_the_same() {
    let columns: Vec<Vec<String>> = both()
        .into_iter()
        .map(|(location, _kept)| {
            let mut session = location.open().unwrap();
            migrations::run(session.as_mut()).unwrap();
            let sql = match session.kind() {
                Kind::Sqlite => "SELECT m.name || '.' || c.name || ' ' || c.type || CASE WHEN c.\"notnull\" OR c.pk THEN ' NOT NULL' ELSE '' END FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' ORDER BY m.name, c.cid",
                Kind::Postgres => "SELECT table_name::TEXT COLLATE \"C\" || '.' || column_name || ' ' || CASE data_type WHEN 'bigint' THEN 'INTEGER' WHEN 'text' THEN 'TEXT' ELSE 'BLOB' END || CASE WHEN is_nullable = 'NO' THEN ' NOT NULL' ELSE '' END FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name) WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' AND table_name <> 'wattkey_schema' ORDER BY table_name COLLATE \"C\", ordinal_position",
            };
            let rows = session.query(sql, &[]).unwrap();
            rows.iter().map(|row| row.string(0).unwrap()).collect()
        })
        .collect();
    assert!(columns[0].len() > 50);
    assert_eq!(columns[0], columns[1]);
}

#[test]
fn addresses() {
    let remote = PostgresSettings::parse("postgres://wattkey:secret@db.example/books").unwrap();
    assert!(matches!(remote.check(), Err(SettingsError::Clear)));
    assert_eq!(remote.to_string(), "postgres://db.example:5432/books");
    assert!(!format!("{remote:?}").contains("secret"));
    for here in [
        "postgres://wattkey@127.0.0.1:5433/books",
        "postgres://wattkey@localhost/books",
        "host=/run/postgresql dbname=books",
    ] {
        PostgresSettings::parse(here).unwrap().check().unwrap();
    }
    assert!(PostgresSettings::parse("books.sqlite").is_err());
}
