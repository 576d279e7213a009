//! Postings under the bank's references and under deposits: nothing but what belongs there. Those of
//! bills and orders are compared one by one where bills and orders are.

use super::VerifyReport;
use crate::StoreError;
use crate::database::Session;

/// Subjects, and what is wrong with what was posted under them.
const STRANGERS: [(&str, &str); 4] = [
    (
        "SELECT DISTINCT subject FROM transfers
         WHERE subject LIKE 'deposit:%' AND event <> 'opening-balance' ORDER BY subject",
        "something else than its opening balance was posted under it",
    ),
    (
        "SELECT subject FROM transfers WHERE event = 'opening-balance'
         GROUP BY subject HAVING count(*) > 1 ORDER BY subject",
        "its opening balance was posted more than once",
    ),
    // What a resolution posted is compared with what was signed.
    (
        "SELECT DISTINCT subject FROM transfers
         WHERE subject LIKE 'bank:%' AND event NOT IN ('unmatched-receipt', 'bank-fee')
         AND NOT EXISTS (SELECT 1 FROM resolved_items
             WHERE resolved_items.item = 'receipt:' || substr(transfers.subject, 6))
         ORDER BY subject",
        "something was posted under it that the bank did not say, and no resolution says so",
    ),
    (
        "SELECT DISTINCT subject FROM transfers
         WHERE subject LIKE 'bank:%' AND event IN ('unmatched-receipt', 'bank-fee')
         AND NOT EXISTS (SELECT 1 FROM bank_events
             WHERE bank_events.reference = substr(transfers.subject, 6)
             AND bank_events.outcome IN ('unmatched', 'fee-posted'))
         AND NOT EXISTS (SELECT 1 FROM resolved_items
             WHERE resolved_items.item = 'event:' || substr(transfers.subject, 6))
         ORDER BY subject",
        "it is no receipt and no fee, and was posted as one",
    ),
];

pub(super) fn check(
    session: &mut dyn Session,
    report: &mut VerifyReport,
) -> Result<(), StoreError> {
    for (sql, problem) in STRANGERS {
        session.for_each(sql, &[], &mut |row| {
            report.find(row.text(0)?, problem);
            Ok(())
        })?;
    }
    Ok(())
}
