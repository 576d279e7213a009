//! Contract accounts, their deposits, and standing instructions.

use std::collections::HashMap;

use wattkey_domain::{AccountId, InstructionId, Money};

use super::OfOrders;
use crate::database::{DatabaseError, Row, Session, Value};
use crate::engine::wanted::Wanted;
use crate::engine::working::{Deposit, Instruction, Working};
use crate::outcome::StandingTerms;

/// Locks the deposits, by account, then the standing instructions, by id.
pub(super) fn load(
    session: &mut dyn Session,
    wanted: &Wanted,
    of_orders: &OfOrders,
    working: &mut Working,
) -> Result<(), DatabaseError> {
    let mut ids = wanted.deposits.clone();
    ids.extend_from_slice(&of_orders.deposits);
    let surplus = of_orders.surplus.iter();
    let surplus = surplus.filter_map(|bill| working.bills.get(bill));
    ids.extend(surplus.map(|bill| bill.account.clone()));
    ids.sort_unstable();
    ids.dedup();
    if !ids.is_empty() {
        deposits(session, &ids, working)?;
    }
    ids.extend(wanted.accounts.iter().cloned());
    if !ids.is_empty() {
        let sql = "SELECT id, customer FROM accounts WHERE id = ANY($1)";
        for row in session.query(sql, &[Value::texts(&ids)])? {
            working.accounts.insert(row.parsed(0)?, row.parsed(1)?);
        }
    }
    if wanted.instructions.is_empty() {
        return Ok(());
    }
    instructions(session, &wanted.instructions, working)
}

/// Those that have no row yet are empty.
fn deposits(
    session: &mut dyn Session,
    ids: &[AccountId],
    working: &mut Working,
) -> Result<(), DatabaseError> {
    for id in ids {
        working.deposits.insert(id.clone(), Deposit::default());
    }
    let rows = session.query(
        "SELECT account, currency, balance FROM deposits WHERE account = ANY($1)
         ORDER BY account FOR UPDATE",
        &[Value::texts(ids)],
    )?;
    for row in &rows {
        let balance = row.int(2)?;
        let deposit = Deposit {
            currency: Some(row.parsed(1)?),
            balance,
            kept: Some(balance),
        };
        working.deposits.insert(row.parsed(0)?, deposit);
    }
    Ok(())
}

fn instructions(
    session: &mut dyn Session,
    ids: &[InstructionId],
    working: &mut Working,
) -> Result<(), DatabaseError> {
    let ids = Value::texts(ids);
    let rows = session.query(
        "SELECT id, customer, digest, deposit, most, keep, currency, valid_from, valid_until, at
         FROM standing_instructions WHERE id = ANY($1) ORDER BY id FOR UPDATE",
        std::slice::from_ref(&ids),
    )?;
    if rows.is_empty() {
        return Ok(());
    }
    let accounts = "SELECT instruction, account FROM standing_accounts
        WHERE instruction = ANY($1) ORDER BY instruction, position";
    let mut of_accounts: HashMap<InstructionId, Vec<AccountId>> = HashMap::new();
    for row in session.query(accounts, std::slice::from_ref(&ids))? {
        let accounts = of_accounts.entry(row.parsed(0)?).or_default();
        accounts.push(row.parsed(1)?);
    }
    for row in &rows {
        let (id, currency) = (row.parsed(0)?, row.parsed(6)?);
        let most = row.optional(4, |row, column| row.money(column, currency))?;
        let keep: Money = row.money(5, currency)?;
        let instruction = Instruction {
            customer: row.parsed(1)?,
            digest: row.array(2)?,
            terms: StandingTerms {
                deposit: row.parsed(3)?,
                accounts: of_accounts.remove(&id).unwrap_or_default(),
                most,
                keep,
                currency,
                from: row.parsed(7)?,
                until: row.optional(8, Row::parsed)?,
            },
            at: row.int(9)?,
            paid: None,
            ended: None,
        };
        working.instructions.insert(id, instruction);
    }
    let paid = "SELECT instruction, max(at) FROM applications
        WHERE instruction = ANY($1) GROUP BY instruction";
    for row in session.query(paid, std::slice::from_ref(&ids))? {
        if let Some(instruction) = working.instructions.get_mut(&row.parsed(0)?) {
            instruction.paid = Some(row.int(1)?);
        }
    }
    let ends = "SELECT instruction, digest FROM standing_ends WHERE instruction = ANY($1)";
    for row in session.query(ends, &[ids])? {
        if let Some(instruction) = working.instructions.get_mut(&row.parsed(0)?) {
            instruction.ended = Some(row.array(1)?);
        }
    }
    Ok(())
}
