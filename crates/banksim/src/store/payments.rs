//! Collections and transfers as rows.

use rusqlite::{Connection, Transaction, params};

use super::KeptPayment;
use crate::message::{Kind, Payment};

/// How the database names the two kinds.
const COLLECTION: &str = "collection";
const TRANSFER: &str = "transfer";

pub(super) fn insert_payment(
    transaction: &Transaction<'_>,
    message: i64,
    kind: Kind,
    payment: &Payment,
) -> rusqlite::Result<()> {
    let kind = match kind {
        Kind::Collection => COLLECTION,
        Kind::Transfer => TRANSFER,
    };
    transaction.execute(
        "INSERT INTO payment (message, kind, payment_id, end_to_end_id, mandate, amount, currency,
            debtor, debtor_account, creditor, creditor_account, reference, text, state, reason)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, 'received', ?14)",
        params![
            message,
            kind,
            payment.payment_id,
            payment.end_to_end_id,
            payment.mandate,
            payment.amount,
            payment.currency,
            payment.debtor,
            payment.debtor_account,
            payment.creditor,
            payment.creditor_account,
            payment.reference,
            payment.text,
            payment.refused,
        ],
    )?;
    Ok(())
}

/// Payments, with what follows `FROM` besides the tables.
pub(super) fn select<P: rusqlite::Params>(
    connection: &Connection,
    clause: &str,
    values: P,
) -> rusqlite::Result<Vec<KeptPayment>> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT payment.id, payment.kind, message.message_id, payment_id, end_to_end_id, mandate,
                amount, currency, debtor, debtor_account, creditor, creditor_account, reference,
                text, payment.state, reason
         FROM payment JOIN message ON message.id = payment.message {clause}"
    ))?;
    let rows = statement.query_map(values, |row| {
        let kind: String = row.get(1)?;
        Ok(KeptPayment {
            id: row.get(0)?,
            kind: if kind == TRANSFER {
                Kind::Transfer
            } else {
                Kind::Collection
            },
            message_id: row.get(2)?,
            payment_id: row.get(3)?,
            end_to_end_id: row.get(4)?,
            mandate: row.get(5)?,
            amount: row.get(6)?,
            currency: row.get(7)?,
            debtor: row.get(8)?,
            debtor_account: row.get(9)?,
            creditor: row.get(10)?,
            creditor_account: row.get(11)?,
            reference: row.get(12)?,
            text: row.get(13)?,
            state: row.get(14)?,
            reason: row.get(15)?,
        })
    })?;
    rows.collect()
}
