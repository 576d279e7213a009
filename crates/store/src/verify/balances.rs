//! Sums: zero over all, and each account what orders and bills say.

use std::collections::BTreeMap;

use wattkey_domain::OrderState;
use wattkey_domain::ledger::LedgerAccount;

use super::VerifyReport;
use crate::StoreError;
use crate::database::{DatabaseError, Row, Session};

/// Each account with its sum, and what the bill or order that it is of keeps.
const ACCOUNTS: &str = "
    SELECT sums.account, sums.currency, sums.minor, bills.open_minor, orders.state,
        (SELECT CAST(sum(principal + penalty) AS BIGINT) FROM order_bills
         WHERE order_bills.order_id = orders.id), deposits.balance
    FROM (SELECT account, currency, CAST(sum(minor) AS BIGINT) AS minor FROM (
              SELECT debit AS account, currency, amount AS minor FROM transfers
              UNION ALL SELECT credit, currency, -amount FROM transfers) AS sides
          GROUP BY account, currency) AS sums
    LEFT JOIN bills ON bills.currency = sums.currency
        AND bills.id = CASE WHEN sums.account LIKE 'receivable:%' THEN substr(sums.account, 12) END
    LEFT JOIN orders ON orders.currency = sums.currency
        AND orders.id = CASE WHEN sums.account LIKE 'in-transit:%' THEN substr(sums.account, 12) END
    LEFT JOIN deposits ON deposits.currency = sums.currency
        AND deposits.account = CASE WHEN sums.account LIKE 'deposit:%' THEN substr(sums.account, 9) END";

type Sums = BTreeMap<(String, String), i128>;

pub(super) fn check(
    session: &mut dyn Session,
    report: &mut VerifyReport,
) -> Result<(), StoreError> {
    let mut sorts = Sums::new();
    session.for_each(ACCOUNTS, &[], &mut |row| {
        let (name, currency) = (row.text(0)?, row.string(1)?);
        let sort = name.split(':').next().unwrap_or_default().to_owned();
        *sorts.entry((sort, currency)).or_default() += i128::from(row.int(2)?);
        account(&row, report)
    })?;
    let mut sums: BTreeMap<&str, i128> = BTreeMap::new();
    for ((_, currency), minor) in &sorts {
        *sums.entry(currency).or_default() += minor;
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
    untouched(session, report)
}

fn account(row: &Row, report: &mut VerifyReport) -> Result<(), DatabaseError> {
    let (name, minor) = (row.text(0)?, row.int(2)?);
    let place = format!("account {name}");
    match name.parse() {
        Ok(LedgerAccount::Receivable(_)) => {
            let kept = row.optional(3, Row::int)?;
            if kept != Some(minor) {
                report.find(
                    &place,
                    format_args!("its transfers sum to {minor}, the bill keeps {kept:?}"),
                );
            }
            if minor < 0 {
                report.find(&place, "more was paid than was owed");
            }
        }
        Ok(LedgerAccount::InTransit(_)) => in_transit(row, minor, &place, report)?,
        Ok(LedgerAccount::Deposit(_)) => {
            let kept = row.optional(6, Row::int)?;
            if kept != Some(-minor) {
                report.find(
                    &place,
                    format_args!("its transfers leave {}, the deposit keeps {kept:?}", -minor),
                );
            }
        }
        Ok(
            LedgerAccount::Revenue
            | LedgerAccount::TaxPayable
            | LedgerAccount::LeviesPayable
            | LedgerAccount::Penalty
            | LedgerAccount::Bank
            | LedgerAccount::OtherChannels
            | LedgerAccount::RefundsPayable
            | LedgerAccount::ReturnsPayable
            | LedgerAccount::Unmatched
            | LedgerAccount::BankCharges
            | LedgerAccount::OpeningBalances,
        ) => {}
        Err(error) => report.find(place, error),
    }
    Ok(())
}

fn in_transit(
    row: &Row,
    minor: i64,
    place: &str,
    report: &mut VerifyReport,
) -> Result<(), DatabaseError> {
    let state = match row.optional(4, Row::parsed::<OrderState>) {
        Ok(state) => state,
        Err(error) => {
            report.find(place, format_args!("its order cannot be read: {error}"));
            return Ok(());
        }
    };
    let wanted = match state {
        Some(state) if state.holds_claims() => row.int(5)?,
        _ => 0,
    };
    if minor != wanted {
        report.find(
            place,
            format_args!("it holds {minor} where the order has {wanted} in transit"),
        );
    }
    Ok(())
}

/// Bills and deposits without any transfer that still say that something is open or there.
fn untouched(session: &mut dyn Session, report: &mut VerifyReport) -> Result<(), StoreError> {
    let sql = "SELECT id FROM bills WHERE open_minor <> 0
               AND NOT EXISTS (SELECT 1 FROM transfers WHERE process = posted_process
                   AND sequence = posted_sequence AND position = posted_position
                   AND subject = bills.id)";
    session.for_each(sql, &[], &mut |row| {
        let bill = row.text(0)?;
        report.find(
            format_args!("bill {bill}"),
            "something is open, and nothing was posted",
        );
        Ok(())
    })?;
    let sql = "SELECT account FROM deposits WHERE balance <> 0 AND 'deposit:' || account NOT IN (
                   SELECT debit FROM transfers WHERE debit LIKE 'deposit:%'
                   UNION SELECT credit FROM transfers WHERE credit LIKE 'deposit:%')";
    session.for_each(sql, &[], &mut |row| {
        let account = row.text(0)?;
        report.find(
            format_args!("deposit {account}"),
            "it has a balance, and nothing was posted",
        );
        Ok(())
    })?;
    Ok(())
}
