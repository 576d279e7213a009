//! Who looks: what is about a contract account that is hidden from a user is left out of all lists.

use wattkey_domain::{Access, CustomerId, OrderId, UserId};

use crate::StoreError;
use crate::database::{Session, Value};

/// A user who looks at its customer's things.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    /// The customer.
    pub customer: CustomerId,
    /// The user.
    pub user: UserId,
    /// What the user may do.
    pub access: Access,
}

impl Viewer {
    /// The hidden contract accounts as a parameter, whose place is given back.
    fn hidden(&self, params: &mut Vec<Value>) -> String {
        params.push(Value::texts(self.access.hidden()));
        format!("${}", params.len())
    }

    /// A condition on a column that has a contract account.
    pub(crate) fn sees(&self, column: &str, params: &mut Vec<Value>) -> String {
        if self.access.sees_all() {
            return "1 = 1".to_owned();
        }
        if !self.access.sees_by_itself() {
            return "1 = 0".to_owned();
        }
        format!("NOT {column} = ANY({})", self.hidden(params))
    }

    /// A condition on `orders`: none of its contract accounts is hidden, or the user signed it or
    /// decided on it, and so has seen it.
    pub(crate) fn sees_order(&self, params: &mut Vec<Value>) -> String {
        if self.access.sees_all() {
            return "1 = 1".to_owned();
        }
        params.push(Value::text(self.user));
        let user = format!("${}", params.len());
        let own = format!(
            "orders.user_id = {user} OR EXISTS (SELECT 1 FROM order_decisions
                 WHERE order_decisions.order_id = orders.id AND order_decisions.user_id = {user})"
        );
        if !self.access.sees_by_itself() {
            return format!("({own})");
        }
        let hidden = self.hidden(params);
        format!(
            "({own} OR NOT EXISTS (SELECT 1 FROM order_bills JOIN bills ON bills.id = order_bills.bill
                 WHERE order_bills.order_id = orders.id AND bills.account = ANY({hidden}))
               AND NOT coalesce(orders.source_account, '') = ANY({hidden})
               AND NOT coalesce(orders.deposit_account, '') = ANY({hidden}))"
        )
    }

    /// A condition on `standing_instructions AS kept` beside its end, likewise.
    pub(crate) fn sees_instruction(&self, params: &mut Vec<Value>) -> String {
        if self.access.sees_all() {
            return "1 = 1".to_owned();
        }
        params.push(Value::text(self.user));
        let user = format!("${}", params.len());
        let own = format!("kept.user_id = {user} OR standing_ends.user_id = {user}");
        if !self.access.sees_by_itself() {
            return format!("({own})");
        }
        let hidden = self.hidden(params);
        format!(
            "({own} OR NOT kept.deposit = ANY({hidden}) AND NOT EXISTS (
                 SELECT 1 FROM standing_accounts WHERE standing_accounts.instruction = kept.id
                 AND standing_accounts.account = ANY({hidden})))"
        )
    }
}

/// Whether a user may look at an order of its customer.
pub(crate) fn sees_order(
    session: &mut dyn Session,
    viewer: &Viewer,
    order: OrderId,
) -> Result<bool, StoreError> {
    let mut params = vec![Value::text(order), Value::text(viewer.customer)];
    let seen = viewer.sees_order(&mut params);
    let sql = format!("SELECT 1 FROM orders WHERE id = $1 AND customer = $2 AND {seen}");
    Ok(session.exists(&sql, &params)?)
}
