//! Bills, and which orders hold them.

use wattkey_domain::BillId;

use super::{OfOrders, disputes};
use crate::database::{Asked, DatabaseError, Session, Value};
use crate::engine::wanted::Wanted;
use crate::engine::working::{Bill, Working};
use crate::read;

const BILLS: &str = "SELECT id, customer, account, currency, due, digest, open_minor FROM bills
    WHERE id = ANY($1) ORDER BY id FOR UPDATE";
const CLAIMS: &str = "SELECT order_bills.bill, orders.id, orders.user_id FROM order_bills
    JOIN orders ON orders.id = order_bills.order_id
    WHERE order_bills.bill = ANY($1) AND order_bills.claimed = 1
    ORDER BY order_bills.bill, orders.accepted, orders.id";

const DISPUTES: &str = "SELECT bill, day, until, amount, currency FROM disputes
    WHERE bill = ANY($1) ORDER BY bill, day, at, id";

/// Questions about bills: themselves, locked, and then who holds them and what is disputed.
#[derive(Debug)]
pub(super) struct Bills(Option<[Asked; 3]>);

impl Bills {
    pub(super) fn ask(
        session: &mut dyn Session,
        wanted: &Wanted,
        of_orders: &OfOrders,
    ) -> Result<Self, DatabaseError> {
        let of_disputes = disputes::bills(session, &wanted.disputes)?;
        let mut ids: Vec<&BillId> = wanted.bills.iter().collect();
        if !of_orders.bills.is_empty() || !of_disputes.is_empty() {
            ids.extend(of_orders.bills.values().flatten().map(|bill| &bill.bill));
            ids.extend(&of_disputes);
            ids.sort_unstable();
            ids.dedup();
        }
        if ids.is_empty() {
            return Ok(Self(None));
        }
        let ids = Value::texts(ids);
        let bills = session.ask(BILLS, vec![ids.clone()])?;
        let claims = session.ask(CLAIMS, vec![ids.clone()])?;
        let disputes = session.ask(DISPUTES, vec![ids])?;
        Ok(Self(Some([bills, claims, disputes])))
    }

    pub(super) fn take(
        self,
        session: &mut dyn Session,
        working: &mut Working,
    ) -> Result<(), DatabaseError> {
        let Some([bills, claims, disputes]) = self.0 else {
            return Ok(());
        };
        for row in &session.rows(bills)? {
            let open = row.int(6)?;
            let bill = Bill {
                customer: row.parsed(1)?,
                account: row.parsed(2)?,
                currency: row.parsed(3)?,
                due: row.parsed(4)?,
                digest: row.array(5)?,
                open,
                claims: Vec::new(),
                disputes: Vec::new(),
                answered: Vec::new(),
                kept_open: open,
            };
            working.bills.insert(row.parsed(0)?, bill);
        }
        for row in &session.rows(claims)? {
            if let Some(bill) = working.bills.get_mut(&row.parsed::<BillId>(0)?) {
                bill.claims.push((row.parsed(1)?, row.parsed(2)?));
            }
        }
        for row in &session.rows(disputes)? {
            if let Some(bill) = working.bills.get_mut(&row.parsed::<BillId>(0)?) {
                bill.disputes.push(read::disputes::period(row, 1)?);
            }
        }
        Ok(())
    }
}
