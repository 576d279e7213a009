//! From transfers to what the marketing system is told.

use std::collections::{BTreeSet, HashMap};

use uuid::Uuid;
use wattkey_domain::ledger::{Event, LedgerAccount};
use wattkey_domain::{AccountId, BillId, Currency, Money, OrderId};

use super::{ExportHead, Movement, MovementKind};
use crate::StoreError;
use crate::database::{DatabaseError, Row, Session, Value};

/// Transfers that are read at once: more than the largest link has.
const PAGE: u32 = 100_000;
/// Bills that are looked up at once.
const BILLS: usize = 10_000;
/// Events that tell the marketing system nothing: it said so itself.
const ITS_OWN: [Event; 2] = [Event::Bill, Event::OpeningBalance];

/// What a part of a chain holds.
pub(super) struct OfChain {
    pub(super) movements: Vec<Movement>,
    /// The last link that it covers.
    pub(super) last: u64,
}

/// What an order pays of a bill, principal and penalty together.
type OrderBills = HashMap<OrderId, Vec<(BillId, Money)>>;

/// A transfer.
struct Read {
    sequence: u64,
    event: String,
    order: Option<OrderId>,
    debit: LedgerAccount,
    credit: LedgerAccount,
    amount: Money,
    at: jiff::Timestamp,
}

/// Movements of the links after `before` up to `last`, whole links, `room` of them and what belongs
/// to the last one.
pub(super) fn of_chain(
    session: &mut dyn Session,
    process: Uuid,
    [before, last]: [u64; 2],
    room: usize,
) -> Result<OfChain, StoreError> {
    let mut transfers = transfers(session, process, before)?;
    let full = transfers.len() >= PAGE as usize;
    let end = transfers.last().map_or(last, |transfer| transfer.sequence);
    // The last link of a full page may go on after it.
    let mut reached = if full { end.saturating_sub(1) } else { last };
    transfers.retain(|transfer| transfer.sequence <= reached);
    let bills = order_bills(session, &transfers)?;
    let mut movements: Vec<Movement> = Vec::new();
    for transfer in &transfers {
        let link = movements
            .last()
            .map_or(0, |movement| movement.link.sequence);
        if movements.len() >= room && transfer.sequence != link {
            reached = transfer.sequence - 1;
            break;
        }
        tell(transfer, process, &bills, &mut movements);
    }
    accounts(session, &mut movements)?;
    Ok(OfChain {
        movements,
        last: reached,
    })
}

fn transfers(
    session: &mut dyn Session,
    process: Uuid,
    before: u64,
) -> Result<Vec<Read>, DatabaseError> {
    let sql = "SELECT sequence, event, subject, debit, credit, amount, currency, at FROM transfers
               WHERE process = $1 AND sequence > $2 AND NOT event = ANY($3)
               ORDER BY sequence, position LIMIT $4";
    let params = [
        process.as_bytes().into(),
        before.into(),
        Value::texts(ITS_OWN),
        PAGE.into(),
    ];
    session.query(sql, &params)?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Read, DatabaseError> {
    let currency: Currency = row.parsed(6)?;
    Ok(Read {
        sequence: row.count(0)?,
        event: row.string(1)?,
        // A bill, an order, or something else.
        order: row.text(2)?.parse().ok(),
        debit: row.parsed(3)?,
        credit: row.parsed(4)?,
        amount: row.money(5, currency)?,
        at: row.time(7)?,
    })
}

/// What the orders pay whose collection came to an end in one of the transfers.
fn order_bills(session: &mut dyn Session, transfers: &[Read]) -> Result<OrderBills, DatabaseError> {
    let ids: BTreeSet<OrderId> = transfers
        .iter()
        .filter_map(|transfer| match &transfer.credit {
            LedgerAccount::InTransit(order) => Some(*order),
            _ => None,
        })
        .collect();
    let mut bills = OrderBills::new();
    if ids.is_empty() {
        return Ok(bills);
    }
    let sql = "SELECT order_id, bill, principal + penalty, currency FROM order_bills
               JOIN orders ON orders.id = order_bills.order_id
               WHERE order_id = ANY($1) ORDER BY order_id, position";
    for row in session.query(sql, &[Value::texts(ids)])? {
        let amount = row.money(2, row.parsed(3)?)?;
        let of_order: &mut Vec<_> = bills.entry(row.parsed(0)?).or_default();
        of_order.push((row.parsed(1)?, amount));
    }
    Ok(bills)
}

/// What one transfer says, if anything.
fn tell(transfer: &Read, process: Uuid, bills: &OrderBills, to: &mut Vec<Movement>) {
    use LedgerAccount as Account;
    let order = transfer.order;
    let mut say = |kind, bill: Option<&BillId>, account: Option<&AccountId>, amount: Money| {
        to.push(Movement {
            kind,
            event: transfer.event.clone(),
            bill: bill.cloned(),
            account: account.cloned(),
            order,
            amount,
            at: transfer.at,
            link: ExportHead {
                process,
                sequence: transfer.sequence,
            },
        });
    };
    let amount = transfer.amount;
    match (&transfer.debit, &transfer.credit) {
        (Account::Receivable(bill), Account::InTransit(_))
            if transfer.event == Event::Rejected.as_str() =>
        {
            say(MovementKind::Rejection, Some(bill), None, amount);
        }
        // Refused, cancelled, lapsed: nobody was told of it.
        (Account::Receivable(_), Account::InTransit(_)) => {}
        (_, Account::InTransit(collected)) => {
            for (bill, amount) in bills.get(collected).into_iter().flatten() {
                say(MovementKind::Settlement, Some(bill), None, *amount);
            }
        }
        (Account::Receivable(bill), Account::Penalty) => {
            say(MovementKind::PenaltyFixed, Some(bill), None, amount);
        }
        (Account::Penalty, Account::Receivable(bill)) => {
            say(MovementKind::PenaltyTakenBack, Some(bill), None, amount);
        }
        (Account::Bank | Account::Unmatched | Account::Deposit(_), Account::Receivable(bill)) => {
            say(MovementKind::Settlement, Some(bill), None, amount);
        }
        (Account::Receivable(bill), Account::Bank) => {
            say(MovementKind::Return, Some(bill), None, amount);
        }
        _ => {}
    }
    match (&transfer.debit, &transfer.credit) {
        (Account::RefundsPayable, Account::Bank) => {
            say(MovementKind::Refund, None, None, amount);
        }
        (Account::Deposit(account), _) => {
            say(MovementKind::DepositOut, None, Some(account), amount);
        }
        (_, Account::Deposit(account)) => {
            say(MovementKind::DepositIn, None, Some(account), amount);
        }
        _ => {}
    }
}

/// The contract accounts of bills, and of orders that refund.
fn accounts(session: &mut dyn Session, movements: &mut [Movement]) -> Result<(), StoreError> {
    let ids: BTreeSet<_> = movements
        .iter()
        .filter_map(|one| one.bill.clone())
        .collect();
    let ids: Vec<_> = ids.into_iter().collect();
    let mut of_bills: HashMap<BillId, AccountId> = HashMap::new();
    for ids in ids.chunks(BILLS) {
        let sql = "SELECT id, account FROM bills WHERE id = ANY($1)";
        for row in session.query(sql, &[Value::texts(ids)])? {
            of_bills.insert(row.parsed(0)?, row.parsed(1)?);
        }
    }
    let refunds = movements
        .iter()
        .filter(|one| one.kind == MovementKind::Refund);
    let refunds: BTreeSet<_> = refunds.filter_map(|one| one.order).collect();
    let mut of_orders: HashMap<OrderId, Option<AccountId>> = HashMap::new();
    if !refunds.is_empty() {
        let sql = "SELECT id, source_account FROM orders WHERE id = ANY($1)";
        for row in session.query(sql, &[Value::texts(refunds)])? {
            of_orders.insert(row.parsed(0)?, row.optional(1, Row::parsed)?);
        }
    }
    for one in movements {
        if let Some(bill) = &one.bill {
            one.account = of_bills.get(bill).cloned();
        } else if one.kind == MovementKind::Refund {
            let order = one.order.and_then(|order| of_orders.get(&order));
            one.account = order.cloned().flatten();
        }
    }
    Ok(())
}
