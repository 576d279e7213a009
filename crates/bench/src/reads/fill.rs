//! Many bills, fast: made inside the database from one that was imported.

use rusqlite::Connection;
use tokio::runtime::Runtime;
use uuid::Uuid;
use wattkey_domain::{CustomerId, UserId};
use wattkey_store::{Location, Store};

use super::Kind;
use crate::books::{self, Both, TOTAL};

/// Accounts of a customer.
const EACH: u64 = 5;
/// Accounts of each of two groups; the second one never paid a bill.
pub(super) const GROUP: u64 = 500;
pub(super) const MONTHS: u64 = 36;
/// The last bills, of 2026-12, are open and not overdue; of the older ones 3 of 100 are open.
pub(super) const TODAY: &str = "2026-12-15";
/// The imported one that all are copies of.
const TEMPLATE: u128 = 0xffff_ffff;
const MEMORY_KIB: i64 = 1 << 20;

/// The first account of an account's customer.
fn first(account: u64) -> u64 {
    if account < 2 * GROUP {
        account / GROUP * GROUP
    } else {
        account / EACH * EACH
    }
}

/// The customer of an account.
pub(super) fn customer(account: u64) -> CustomerId {
    CustomerId::from_uuid(Uuid::from_u128(u128::from(first(account)) + 1))
}

pub(super) fn fill(
    runtime: &Runtime,
    both: &Both,
    kind: Kind,
    accounts: u64,
) -> anyhow::Result<()> {
    let (_, location) = kind.of(both);
    runtime.block_on(template(location))?;
    match (kind, location) {
        (Kind::Sqlite, Location::Sqlite(path)) => {
            let connection = Connection::open(path)?;
            // A load that fails is thrown away.
            connection.pragma_update_and_check(None, "journal_mode", "OFF", |_| Ok(()))?;
            connection.pragma_update(None, "synchronous", "OFF")?;
            connection.pragma_update(None, "cache_size", -MEMORY_KIB)?;
            let indexes = "SELECT name, sql FROM sqlite_schema
                WHERE tbl_name = 'bills' AND type = 'index' AND sql IS NOT NULL";
            let mut indexes = connection.prepare(indexes)?;
            let indexes = indexes.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let indexes = indexes.collect::<rusqlite::Result<Vec<(String, String)>>>()?;
            for statement in statements(accounts, &indexes, "printf('%012x', (FIRST) + 1)") {
                connection.execute_batch(&statement)?;
            }
        }
        _ => {
            let indexes = "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'bills'
                AND schemaname = current_schema() AND indexname <> 'bills_pkey'";
            let found = both.books.sql(indexes);
            let indexes: Vec<_> = found
                .lines()
                .filter_map(|line| line.split_once('|'))
                .map(|(name, sql)| (name.to_owned(), sql.to_owned()))
                .collect();
            let hex = "lpad(to_hex((FIRST) + 1), 12, '0')";
            for statement in statements(accounts, &indexes, hex) {
                both.books.sql(&statement);
            }
            // As the server does by itself some minutes later.
            both.books.sql("VACUUM ANALYZE");
        }
    }
    Ok(())
}

/// Books with one bill.
async fn template(location: &Location) -> anyhow::Result<()> {
    let store = Store::open_at(location)?;
    let id = CustomerId::from_uuid(Uuid::from_u128(TEMPLATE));
    let user = UserId::from_uuid(Uuid::from_u128(TEMPLATE));
    let mut lines = books::people(id, user, &["C-template".to_owned()]);
    let document = books::document("B-template", "C-template", id, "2024-01");
    lines.push(books::bill_line(&document));
    store.import(books::parsed(&lines)?, books::now()).await?;
    Ok(())
}

/// What makes the books, in the words of both databases but for a hexadecimal number.
fn statements(accounts: u64, indexes: &[(String, String)], hex: &str) -> Vec<String> {
    let first = format!(
        "CASE WHEN a < 2 * {GROUP} THEN a / {GROUP} * {GROUP} ELSE a / {EACH} * {EACH} END"
    );
    let id = format!(
        "'00000000-0000-0000-0000-' || {}",
        hex.replace("FIRST", &first)
    );
    let last = accounts - 1;
    let all = format!(
        "WITH RECURSIVE n (a) AS (SELECT 0 UNION ALL SELECT a + 1 FROM n WHERE a < {last})"
    );
    let mut statements = vec![
        format!(
            "INSERT INTO customers (id, name, locale) {all} SELECT DISTINCT {id}, 'Example Steel', 'en' FROM n"
        ),
        format!(
            "INSERT INTO accounts (id, customer, name, address) {all} SELECT 'C-' || a, {id}, 'Works', '1 Mill Road' FROM n"
        ),
    ];
    statements.extend(indexes.iter().map(|(name, _)| format!("DROP INDEX {name}")));
    statements.extend((0..MONTHS).map(|month| {
        let period = format!("{}-{:02}", 2024 + month / 12, month % 12 + 1);
        let open = if month + 1 == MONTHS {
            TOTAL.to_string()
        } else {
            format!("CASE WHEN a / {GROUP} = 1 OR (a * 7 + {month} * 13) % 33 = 0 THEN {TOTAL} ELSE 0 END")
        };
        format!(
            "INSERT INTO bills (id, account, customer, period, currency, issued, due, total, open_minor, document, digest, posted_process, posted_sequence, posted_position)
             {all} SELECT 'B-' || a || '-{period}', 'C-' || a, {id}, '{period}', 'CNY', '{period}-05', '{period}-25',
                 {TOTAL}, {open}, template.document, template.digest,
                 template.posted_process, template.posted_sequence, template.posted_position
             FROM n, bills AS template WHERE template.id = 'B-template'"
        )
    }));
    statements.extend(indexes.iter().map(|(_, sql)| sql.clone()));
    statements
}
