//! From transfers to what the marketing system is told.

use std::collections::{BTreeSet, HashMap};

use uuid::Uuid;
use wattkey_domain::ledger::{Event, LedgerAccount};
use wattkey_domain::{AccountId, BillId, Currency, Money, OrderId};

use super::{ExportHead, Movement, MovementKind};
use crate::StoreError;
use crate::database::{DatabaseError, Row, Session, Value};

/// Transfers that are read at once.
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

/// What is known of orders whose collection came to an end.
#[derive(Default)]
struct Ended {
    /// What they pay of each bill, principal and penalty together.
    bills: HashMap<OrderId, Vec<(BillId, Money)>>,
    /// Those that a deposit pays: their end tells nothing that was not told.
    from_deposit: BTreeSet<OrderId>,
}

/// A transfer.
struct Read {
    sequence: u64,
    position: u64,
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
    ends: [u64; 2],
    room: usize,
) -> Result<OfChain, StoreError> {
    of_pages(session, process, ends, room, PAGE)
}

fn of_pages(
    session: &mut dyn Session,
    process: Uuid,
    [before, last]: [u64; 2],
    room: usize,
    page: u32,
) -> Result<OfChain, StoreError> {
    let (transfers, mut reached) = whole_links(session, process, [before, last], page)?;
    let ended = ended(session, &transfers)?;
    let mut movements: Vec<Movement> = Vec::new();
    for transfer in &transfers {
        let link = movements
            .last()
            .map_or(0, |movement| movement.link.sequence);
        if movements.len() >= room && transfer.sequence != link {
            reached = transfer.sequence - 1;
            break;
        }
        tell(transfer, process, &ended, &mut movements);
    }
    accounts(session, &mut movements)?;
    Ok(OfChain {
        movements,
        last: reached,
    })
}

/// Transfers of the links after `before` up to `last`, a page of them or one link, and the last link
/// that they cover.
fn whole_links(
    session: &mut dyn Session,
    process: Uuid,
    [before, last]: [u64; 2],
    page: u32,
) -> Result<(Vec<Read>, u64), DatabaseError> {
    let is_full = |transfers: &[Read]| transfers.len() >= page as usize;
    let mut all = transfers(session, process, None, [before + 1, last], page)?;
    let (Some(first), Some(end)) = (all.first(), all.last()) else {
        return Ok((all, last));
    };
    if !is_full(&all) {
        return Ok((all, last));
    }
    let (first, end) = (first.sequence, end.sequence);
    if first < end {
        // The last link of the page may go on after it.
        all.retain(|transfer| transfer.sequence < end);
        return Ok((all, end - 1));
    }
    // One link fills the page: a file has whole links.
    loop {
        let after = all.last().map(|transfer| transfer.position);
        let more = transfers(session, process, after, [end, end], page)?;
        let is_last = !is_full(&more);
        all.extend(more);
        if is_last {
            return Ok((all, end));
        }
    }
}

/// A page of transfers of some links; with `after`, those after this place in the first of them.
fn transfers(
    session: &mut dyn Session,
    process: Uuid,
    after: Option<u64>,
    [first, last]: [u64; 2],
    page: u32,
) -> Result<Vec<Read>, DatabaseError> {
    let place = match after {
        Some(_) => "AND position > $6",
        None => "",
    };
    let sql = format!(
        "SELECT sequence, event, subject, debit, credit, amount, currency, at, position
         FROM transfers
         WHERE process = $1 AND sequence >= $2 AND sequence <= $3 AND NOT event = ANY($4) {place}
         ORDER BY sequence, position LIMIT $5"
    );
    let mut params = vec![
        process.as_bytes().into(),
        first.into(),
        last.into(),
        Value::texts(ITS_OWN),
        page.into(),
    ];
    params.extend(after.map(Value::from));
    session.query(&sql, &params)?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Read, DatabaseError> {
    let currency: Currency = row.parsed(6)?;
    Ok(Read {
        sequence: row.count(0)?,
        position: row.count(8)?,
        event: row.string(1)?,
        // A bill, an order, or something else.
        order: row.text(2)?.parse().ok(),
        debit: row.parsed(3)?,
        credit: row.parsed(4)?,
        amount: row.money(5, currency)?,
        at: row.time(7)?,
    })
}

/// The orders whose collection came to an end in one of the transfers.
fn ended(session: &mut dyn Session, transfers: &[Read]) -> Result<Ended, DatabaseError> {
    let ids: BTreeSet<OrderId> = transfers
        .iter()
        .filter_map(|transfer| match &transfer.credit {
            LedgerAccount::InTransit(order) => Some(*order),
            _ => None,
        })
        .collect();
    let mut ended = Ended::default();
    if ids.is_empty() {
        return Ok(ended);
    }
    let sql = "SELECT order_id, bill, principal + penalty, currency, source FROM order_bills
               JOIN orders ON orders.id = order_bills.order_id
               WHERE order_id = ANY($1) ORDER BY order_id, position";
    for row in session.query(sql, &[Value::texts(ids)])? {
        let amount = row.money(2, row.parsed(3)?)?;
        let order = row.parsed(0)?;
        let of_order = ended.bills.entry(order).or_default();
        of_order.push((row.parsed(1)?, amount));
        if row.text(4)? == "deposit" {
            ended.from_deposit.insert(order);
        }
    }
    Ok(ended)
}

/// What one transfer says, if anything.
fn tell(transfer: &Read, process: Uuid, ended: &Ended, to: &mut Vec<Movement>) {
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
        (Account::Receivable(bill), Account::InTransit(collected))
            if transfer.event == Event::Rejected.as_str()
                && !ended.from_deposit.contains(collected) =>
        {
            say(MovementKind::Rejection, Some(bill), None, amount);
        }
        // Refused, cancelled, lapsed, not covered by the deposit: no collection was refused.
        (Account::Receivable(_), Account::InTransit(_)) => {}
        (_, Account::InTransit(collected)) => {
            for (bill, amount) in ended.bills.get(collected).into_iter().flatten() {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::{Location, migrations};

    /// A link that is larger than what is read at once.
    #[test]
    fn whole_links_however_large_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let location = Location::Sqlite(folder.path().join("books.sqlite"));
        let mut session = location.open().unwrap();
        migrations::run(&mut *session).unwrap();
        let process = Uuid::from_u128(7);
        for (sequence, count) in [(1_u64, 1_u64), (2, 5), (3, 4), (4, 1), (5, 1)] {
            for position in 0..count {
                session
                    .execute(
                        "INSERT INTO transfers (process, sequence, position, event, subject,
                             debit, credit, amount, currency, at)
                         VALUES ($1, $2, $3, 'credit-matched', 'x', 'bank', 'receivable:B-1', $2,
                             'CNY', 1)",
                        &[process.as_bytes().into(), sequence.into(), position.into()],
                    )
                    .unwrap();
            }
        }
        for page in 1..8 {
            let (mut told, mut place) = (Vec::new(), 0);
            while place < 5 {
                let chain = of_pages(&mut *session, process, [place, 5], 100, page).unwrap();
                assert!(chain.last > place, "{page}: no further than {place}");
                told.extend(chain.movements.iter().map(|one| one.link.sequence));
                place = chain.last;
            }
            assert_eq!(told, [1, 2, 2, 2, 2, 2, 3, 3, 3, 3, 4, 5], "{page}");
        }
        let part = of_pages(&mut *session, process, [0, 5], 3, 2).unwrap();
        assert_eq!((part.movements.len(), part.last), (1, 1));
        let part = of_pages(&mut *session, process, [0, 5], 3, 8).unwrap();
        assert_eq!((part.movements.len(), part.last), (6, 2));
    }
}
