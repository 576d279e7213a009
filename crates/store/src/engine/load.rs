//! LOAD: what the calls of a batch name, in few queries.
//!
//! Locks first, always in this order, each kind sorted: the rows of `locks` by name, bills by id
//! (disputes with their bills), notices by id, deposits by account, standing instructions by id, users with a limit by id, orders by id,
//! what is sent back by id, messages by id. What hangs on a locked row is read after the lock is had, so that
//! it is as the last holder left it. Whoever makes or moves an order holds its bills, so two
//! platforms that are sent the same order meet at its bills, and the second one finds the order.

mod bills;
mod deposits;
mod disputes;
mod messages;
mod orders;
mod own_data;
mod people;
mod resolutions;
mod sent_back;

use wattkey_domain::OrderId;

pub(crate) use own_data::{ACCESS, given_rights, own_rights};
pub(crate) use people::SPENT;

use bills::Bills;
use orders::OfOrders;
use people::People;

use super::wanted::{Bindings, Wanted};
use super::working::Working;
use crate::checkpoint;
use crate::database::{Asked, DatabaseError, Kind, Row, Session, Value};
use crate::digest::sha256;
use crate::read::{bank, bindings};

/// A name in `locks`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lock {
    /// The bank's messages are taken in one after the other.
    Bank,
    /// No order is posted while the binding log grows.
    Bindings,
    /// Checkpoints follow each other.
    Checkpoints,
    /// One import at a time.
    Import,
    /// A version of own data is replaced once.
    OwnData,
    /// What the bank said is resolved once.
    Resolutions,
    /// Files for the marketing system follow each other.
    Exports,
    /// Notices are served, and cut-offs planned, one after the other.
    Notices,
}

/// Whether others may have the lock as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hold {
    Shared,
    Alone,
}

pub(super) fn lock(session: &mut dyn Session, lock: Lock, hold: Hold) -> Result<(), DatabaseError> {
    let asked = ask_lock(session, lock, hold)?;
    answer(session, asked).map(|_| ())
}

/// Asks for a lock. It is had when the next answer has come.
fn ask_lock(
    session: &mut dyn Session,
    lock: Lock,
    hold: Hold,
) -> Result<Option<Asked>, DatabaseError> {
    if session.kind() == Kind::Sqlite {
        // Its one writer has it.
        return Ok(None);
    }
    let name = match lock {
        Lock::Bank => "bank",
        Lock::Bindings => "bindings",
        Lock::Checkpoints => "checkpoints",
        Lock::Import => "import",
        Lock::OwnData => "own-data",
        Lock::Resolutions => "resolutions",
        Lock::Exports => "exports",
        Lock::Notices => "notices",
    };
    let sql = match hold {
        Hold::Shared => "SELECT name FROM locks WHERE name = $1 FOR SHARE",
        Hold::Alone => "SELECT name FROM locks WHERE name = $1 FOR UPDATE",
    };
    session.ask(sql, vec![name.into()]).map(Some)
}

/// The rows of what was asked, none where nothing was.
fn answer(session: &mut dyn Session, asked: Option<Asked>) -> Result<Vec<Row>, DatabaseError> {
    asked.map_or(Ok(Vec::new()), |asked| session.rows(asked))
}

/// Loads it all. `wanted` is settled.
///
/// What nearly every batch wants is asked together, so that it waits for a server twice and not ten
/// times: first what hangs on nothing, then orders and messages, whose locks come last.
pub(super) fn load(
    session: &mut dyn Session,
    wanted: &Wanted,
    working: &mut Working,
) -> Result<(), DatabaseError> {
    if wanted.bank_cursor {
        lock(session, Lock::Bank, Hold::Alone)?;
        working.bank_cursor = bank::cursor(session)?;
        for number in &wanted.bank_messages {
            if let Some(body) = bank::message(session, *number)? {
                working.bank_messages.insert(*number, sha256(&body));
            }
        }
    }
    let mut head = None;
    if wanted.bindings != Bindings::Unused {
        let hold = match wanted.bindings {
            Bindings::Append => Hold::Alone,
            _ if wanted.queues_for_bindings => Hold::Alone,
            _ => Hold::Shared,
        };
        // Whatever comes next waits for it, and so has it.
        ask_lock(session, Lock::Bindings, hold)?;
        head = Some(session.ask(bindings::HEAD, Vec::new())?);
    }
    if wanted.checkpoint {
        lock(session, Lock::Checkpoints, Hold::Alone)?;
        working.checkpoint = checkpoint::head(session)?;
        let sql = "SELECT link FROM journal WHERE process = $1 AND sequence = $2";
        for (process, sequence) in &wanted.links {
            let place = [process.as_bytes().into(), (*sequence).into()];
            if let Some(row) = session.query_one(sql, &place)? {
                let link = row.array(0)?;
                working.links.insert((*process, *sequence), link);
            }
        }
    }
    own_data::load(session, wanted, working)?;
    resolutions::load(session, wanted, working)?;
    let named = named(session, wanted, working)?;
    let of_orders = if wanted.bills_of_orders {
        OfOrders::load(session, &named)?
    } else {
        OfOrders::default()
    };
    let bills = Bills::ask(session, wanted, &of_orders)?;
    let people = People::ask(session, wanted)?;
    let access = own_data::ask_access(session, wanted, working)?;
    if let Some(head) = head {
        working.bindings = bindings::read_head(session.rows(head)?.first())?;
    }
    bills.take(session, working)?;
    disputes::load(session, wanted, working)?;
    deposits::load(session, wanted, &of_orders, working)?;
    people.take(session, wanted, working)?;
    own_data::take_access(&answer(session, access)?, working)?;
    let orders = orders::ask(session, &named)?;
    sent_back::load(session, wanted, working)?;
    let messages = messages::ask(session, wanted, &named)?;
    let orders = answer(session, orders)?;
    orders::take(session, wanted, &orders, of_orders, working)?;
    let messages = answer(session, messages)?;
    messages::take(session, &messages, working)?;
    references(session, wanted, working)?;
    Ok(())
}

/// The orders that are wanted by their ids or by their references.
fn named(
    session: &mut dyn Session,
    wanted: &Wanted,
    working: &mut Working,
) -> Result<Vec<OrderId>, DatabaseError> {
    let mut orders = wanted.orders.clone();
    if wanted.transfers.is_empty() {
        return Ok(orders);
    }
    // An order keeps its reference.
    let sql = "SELECT creditor_reference, id FROM orders WHERE creditor_reference = ANY($1)";
    for row in session.query(sql, &[Value::texts(&wanted.transfers)])? {
        let order = row.parsed(1)?;
        working.transfers.insert(row.parsed(0)?, order);
        orders.push(order);
    }
    orders.sort_unstable();
    orders.dedup();
    Ok(orders)
}

fn references(
    session: &mut dyn Session,
    wanted: &Wanted,
    working: &mut Working,
) -> Result<(), DatabaseError> {
    if wanted.references.is_empty() {
        return Ok(());
    }
    let rows = session.query(
        "SELECT reference FROM bank_events WHERE reference = ANY($1)
         UNION ALL SELECT alias FROM bank_aliases WHERE alias = ANY($1)",
        &[Value::texts(&wanted.references)],
    )?;
    for row in &rows {
        working.references.insert(row.string(0)?);
    }
    Ok(())
}
