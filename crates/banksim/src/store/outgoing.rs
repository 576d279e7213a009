//! What goes out, and what faults make of it.

use rusqlite::Transaction;

use crate::faults::{self, Fault, Faults};

fn insert_outgoing(transaction: &Transaction<'_>, kind: &str, body: &str) -> rusqlite::Result<()> {
    transaction.execute(
        "INSERT INTO outgoing (kind, body) VALUES (?1, ?2)",
        [kind, body],
    )?;
    Ok(())
}

/// Sends a message, or what the faults make of it.
pub(super) fn send(
    transaction: &Transaction<'_>,
    faults: &Faults,
    kind: &str,
    body: &str,
) -> rusqlite::Result<()> {
    if faults.contains(&Fault::Garbage) {
        let turn =
            transaction.query_row("SELECT COUNT(*) / 2 FROM outgoing", [], |row| row.get(0))?;
        let (kind, body) = faults::garbage(turn);
        insert_outgoing(transaction, kind, &body)?;
    }
    let (late, swapped) = (
        faults.contains(&Fault::Late),
        faults.contains(&Fault::OutOfOrder),
    );
    let copies = if faults.contains(&Fault::Twice) { 2 } else { 1 };
    for _ in 0..copies {
        if late || swapped {
            let sql = "INSERT INTO held (kind, body) VALUES (?1, ?2)";
            transaction.execute(sql, [kind, body])?;
        } else {
            insert_outgoing(transaction, kind, body)?;
        }
    }
    let held: i64 = transaction.query_row("SELECT COUNT(*) FROM held", [], |row| row.get(0))?;
    if swapped && !late && held >= 2 {
        move_held(transaction, "id DESC")?;
    }
    Ok(())
}

pub(super) fn move_held(transaction: &Transaction<'_>, order: &str) -> rusqlite::Result<()> {
    let sql =
        format!("INSERT INTO outgoing (kind, body) SELECT kind, body FROM held ORDER BY {order}");
    transaction.execute(&sql, [])?;
    transaction.execute("DELETE FROM held", [])?;
    Ok(())
}
