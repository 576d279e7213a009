//! Messages to the bank, and where their orders, or what they send back, stand.

use std::collections::HashMap;

use wattkey_domain::{OrderId, OrderState, ResolutionId};

use super::sent_back;
use crate::database::{Asked, DatabaseError, Row, Session, Value};
use crate::engine::outbox;
use crate::engine::wanted::Wanted;
use crate::engine::working::{Message, Working};
use crate::outcome::MessageOf;

pub(super) fn ask(
    session: &mut dyn Session,
    wanted: &Wanted,
    named: &[OrderId],
) -> Result<Option<Asked>, DatabaseError> {
    let mut ids = wanted.messages.clone();
    // One that another call of this batch takes or finishes is no longer to be had.
    let limit = wanted.next_messages.len() + wanted.finished_messages;
    for now in &wanted.next_messages {
        let sql = format!(
            "SELECT id FROM outbox WHERE {} ORDER BY attempts, not_before, id LIMIT $3",
            outbox::WAITS
        );
        let waits = [
            now.as_second().into(),
            outbox::latest_end(*now).into(),
            limit.into(),
        ];
        for row in session.query(&sql, &waits)? {
            ids.push(row.string(0)?);
        }
    }
    if wanted.bills_of_orders && !named.is_empty() {
        // They are finished when the order gives up its bills.
        let unsent = "SELECT id FROM outbox WHERE order_id = ANY($1) AND sent IS NULL";
        for row in session.query(unsent, &[Value::texts(named)])? {
            ids.push(row.string(0)?);
        }
    }
    ids.extend(sent_back::unsent(session, &wanted.returns)?);
    if ids.is_empty() {
        return Ok(None);
    }
    // Another sender may have leased it between the two statements; then it no longer waits.
    let sql =
        "SELECT id, order_id, body, created, leased_until, attempts, sent, not_before, return_id
         FROM outbox WHERE id = ANY($1) ORDER BY id FOR UPDATE";
    session.ask(sql, vec![Value::Texts(ids)]).map(Some)
}

pub(super) fn take(
    session: &mut dyn Session,
    rows: &[Row],
    working: &mut Working,
) -> Result<(), DatabaseError> {
    let of = rows.iter().map(|row| {
        Ok(match row.optional(1, Row::parsed)? {
            Some(order) => MessageOf::Order(order),
            None => MessageOf::Return(row.parsed(8)?),
        })
    });
    let of = of.collect::<Result<Vec<_>, DatabaseError>>()?;
    let orders: Vec<OrderId> = of.iter().filter_map(|one| one.order()).collect();
    let returns: Vec<ResolutionId> = of.iter().filter_map(|one| one.sends_back()).collect();
    // After the locks: who moves an order to where its message is over has locked that as well.
    let states = states_of(session, "orders", &Value::texts(&orders), orders.is_empty())?;
    let of_returns = states_of(
        session,
        "returns",
        &Value::texts(&returns),
        returns.is_empty(),
    )?;
    for (row, of) in rows.iter().zip(of) {
        let state = match of {
            MessageOf::Order(order) => states.get(&order.to_string()),
            MessageOf::Return(id) => of_returns.get(&id.to_string()),
        };
        let state = state.copied();
        let message = Message {
            of,
            state: state.ok_or_else(|| DatabaseError::unreadable(1, "there is no such order"))?,
            body: row.bytes(2)?.to_vec(),
            created: row.int(3)?,
            not_before: row.int(7)?,
            leased_until: row.optional(4, Row::int)?,
            attempts: u32::try_from(row.count(5)?).unwrap_or(u32::MAX),
            sent: row.optional(6, Row::int)?,
            changed: false,
            is_new: false,
        };
        working.messages.insert(row.string(0)?, message);
    }
    Ok(())
}

/// Where orders, or what is sent back, stand.
fn states_of(
    session: &mut dyn Session,
    table: &str,
    ids: &Value,
    is_empty: bool,
) -> Result<HashMap<String, OrderState>, DatabaseError> {
    if is_empty {
        return Ok(HashMap::new());
    }
    let sql = format!("SELECT id, state FROM {table} WHERE id = ANY($1)");
    let rows = session.query(&sql, std::slice::from_ref(ids))?;
    let states = rows.iter().map(|row| Ok((row.string(0)?, row.parsed(1)?)));
    states.collect()
}
