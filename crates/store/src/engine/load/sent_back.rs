//! Money that is sent back.

use wattkey_domain::ResolutionId;
use wattkey_domain::ledger::ReturnMoney;

use crate::database::{DatabaseError, Session, Value};
use crate::engine::wanted::Wanted;
use crate::engine::working::{Return, Working};

pub(super) fn load(
    session: &mut dyn Session,
    wanted: &Wanted,
    working: &mut Working,
) -> Result<(), DatabaseError> {
    if wanted.returns.is_empty() {
        return Ok(());
    }
    let ids = [Value::texts(&wanted.returns)];
    let rows = session.query(
        "SELECT id, reference, amount, currency, state FROM returns
         WHERE id = ANY($1) ORDER BY id FOR UPDATE",
        &ids,
    )?;
    for row in &rows {
        let one = Return {
            money: ReturnMoney {
                reference: row.string(1)?,
                amount: row.money(2, row.parsed(3)?)?,
            },
            state: row.parsed(4)?,
            new: Vec::new(),
            kept: 0,
        };
        working.returns.insert(row.parsed(0)?, one);
    }
    // After the locks.
    let rows = session.query(
        "SELECT return_id, count(*) FROM return_events WHERE return_id = ANY($1)
         GROUP BY return_id",
        &ids,
    )?;
    for row in &rows {
        let count = usize::try_from(row.count(1)?).unwrap_or(usize::MAX);
        if let Some(one) = working.returns.get_mut(&row.parsed::<ResolutionId>(0)?) {
            one.kept = count;
        }
    }
    Ok(())
}

/// Their messages that nobody has sent: they are finished when it is over.
pub(super) fn unsent(
    session: &mut dyn Session,
    returns: &[ResolutionId],
) -> Result<Vec<String>, DatabaseError> {
    if returns.is_empty() {
        return Ok(Vec::new());
    }
    let sql = "SELECT id FROM outbox WHERE return_id = ANY($1) AND sent IS NULL";
    let rows = session.query(sql, &[Value::texts(returns)])?;
    rows.iter().map(|row| row.string(0)).collect()
}
