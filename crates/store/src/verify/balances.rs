//! Sums: zero over all, and each account what orders and bills say.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _, params};
use wattkey_domain::ledger::LedgerAccount;
use wattkey_domain::{BillId, OrderId, OrderState};

use super::VerifyReport;
use crate::{StoreError, row};

pub(super) fn check(connection: &Connection, report: &mut VerifyReport) -> Result<(), StoreError> {
    let mut statement = connection.prepare(
        "SELECT account, currency, sum(minor) FROM (
             SELECT debit AS account, currency, amount AS minor FROM transfers
             UNION ALL SELECT credit, currency, -amount FROM transfers)
         GROUP BY account, currency ORDER BY account, currency",
    )?;
    let mut rows = statement.query([])?;
    let mut sorts: BTreeMap<(String, String), i128> = BTreeMap::new();
    let mut sums: BTreeMap<String, i128> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let (name, currency): (String, String) = (row.get(0)?, row.get(1)?);
        let minor: i64 = row.get(2)?;
        let sort = name.split(':').next().unwrap_or_default().to_owned();
        *sorts.entry((sort, currency.clone())).or_default() += i128::from(minor);
        *sums.entry(currency.clone()).or_default() += i128::from(minor);
        account(connection, &name, &currency, minor, report)?;
    }
    for (currency, sum) in sums {
        if sum != 0 {
            report.find(
                format_args!("currency {currency}"),
                format_args!("all accounts sum to {sum}"),
            );
        }
    }
    for ((sort, currency), minor) in sorts {
        let place = format!("account {sort}");
        let Ok(minor) = i64::try_from(minor) else {
            report.find(place, "its balance is beyond any amount");
            continue;
        };
        report.trial_balance.push((sort, currency, minor));
    }
    untouched(connection, report)
}

fn account(
    connection: &Connection,
    name: &str,
    currency: &str,
    minor: i64,
    report: &mut VerifyReport,
) -> Result<(), StoreError> {
    let place = format!("account {name}");
    match name.parse() {
        Ok(LedgerAccount::Receivable(bill)) => {
            receivable(connection, &bill, currency, minor, &place, report)
        }
        Ok(LedgerAccount::InTransit(order)) => {
            in_transit(connection, order, currency, minor, &place, report)
        }
        Ok(
            LedgerAccount::Revenue
            | LedgerAccount::TaxPayable
            | LedgerAccount::LeviesPayable
            | LedgerAccount::Penalty
            | LedgerAccount::Bank
            | LedgerAccount::OtherChannels,
        ) => Ok(()),
        Err(error) => {
            report.find(place, error);
            Ok(())
        }
    }
}

fn receivable(
    connection: &Connection,
    bill: &BillId,
    currency: &str,
    minor: i64,
    place: &str,
    report: &mut VerifyReport,
) -> Result<(), StoreError> {
    let kept: Option<i64> = connection
        .prepare_cached("SELECT open_minor FROM bills WHERE id = ?1 AND currency = ?2")?
        .query_row(params![bill.as_str(), currency], |row| row.get(0))
        .optional()?;
    if kept != Some(minor) {
        report.find(
            place,
            format_args!("its transfers sum to {minor}, the bill keeps {kept:?}"),
        );
    }
    if minor < 0 {
        report.find(place, "more was paid than was owed");
    }
    Ok(())
}

fn in_transit(
    connection: &Connection,
    order: OrderId,
    currency: &str,
    minor: i64,
    place: &str,
    report: &mut VerifyReport,
) -> Result<(), StoreError> {
    let found: rusqlite::Result<Option<(OrderState, i64)>> = connection
        .prepare_cached("SELECT state, total FROM orders WHERE id = ?1 AND currency = ?2")?
        .query_row(params![order.to_string(), currency], |row| {
            Ok((row::parsed(row, 0)?, row.get(1)?))
        })
        .optional();
    let wanted = match found {
        Ok(Some((state, total))) if state.holds_claims() => total,
        Ok(_) => 0,
        Err(error) => return report.note(place, Err(error)),
    };
    if minor != wanted {
        report.find(
            place,
            format_args!("it holds {minor} where the order has {wanted} in transit"),
        );
    }
    Ok(())
}

/// Bills without any transfer that still say that something is open.
fn untouched(connection: &Connection, report: &mut VerifyReport) -> Result<(), StoreError> {
    let mut statement = connection.prepare(
        "SELECT id FROM bills WHERE open_minor <> 0
         AND NOT EXISTS (SELECT 1 FROM transfers WHERE subject = bills.id)",
    )?;
    for bill in statement.query_map([], |row| row.get::<_, String>(0))? {
        let bill = bill?;
        report.find(
            format_args!("bill {bill}"),
            "something is open, and nothing was posted",
        );
    }
    Ok(())
}
