//! Penalties, by the configured rates of their days.

use jiff::tz::TimeZone;
use wattkey_domain::PenaltyHistory;
use wattkey_store::{Store, StoreError};

/// Penalties that are not what the rates give.
pub(crate) async fn check(store: &Store, rates: PenaltyHistory) -> Result<Vec<String>, StoreError> {
    // Before there is a payee nothing is owed.
    let Some(payee) = store.payee().await? else {
        return Ok(Vec::new());
    };
    let Ok(time_zone) = TimeZone::get(&payee.time_zone) else {
        let zone = &payee.time_zone;
        return Ok(vec![format!(
            "payee: the time zone {zone} is not known here"
        )]);
    };
    let findings = store.verify_penalties(rates, time_zone).await?;
    Ok(findings.iter().map(ToString::to_string).collect())
}
