//! What time does by itself: orders and changes that nobody decided on lapse, deposits pay what falls due under
//! standing instructions, notices are served.
//!
//! Every platform of a database looks by itself; the books let each thing happen once.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use wattkey_failpoint::failpoint;
use wattkey_store::StoreError;

use crate::answer::{Refusal, chain};
use crate::app::{App, Service};
use crate::{notices, receipts};

/// Pause between two looks. An order lapses, and a bill is paid from a deposit, at most so much
/// later than it could be.
const LOOK: Duration = Duration::from_secs(10);
/// Bills that are paid from deposits before the next look at whether more are due.
const BILLS_AT_ONCE: u32 = 100;
/// How often in one look: what is left waits for the next one.
const MOST_AT_ONCE: usize = 100;

/// Looks until `stopped` says so.
pub async fn run(app: Arc<App>, mut stopped: watch::Receiver<bool>) {
    loop {
        look(&app).await;
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

/// Looks once.
pub async fn look(app: &Arc<App>) {
    let service = match app.service().await {
        Ok(service) => service,
        // Before the first import there is nothing to do; the rest is in the log already.
        Err(refusal) => return not_now(&refusal),
    };
    if let Err(error) = lapse(app).await {
        tracing::error!(error = chain(&error), "orders cannot be let lapse");
    }
    if let Err(error) = lapse_changes(app).await {
        tracing::error!(error = chain(&error), "changes cannot be let lapse");
    }
    if let Err(error) = notices::serve(app, &service).await {
        tracing::error!(error = chain(&error), "notices cannot be served");
    }
    if let Err(error) = apply(app, &service).await {
        tracing::error!(error = chain(&error), "deposits cannot be applied");
    }
}

fn not_now(refusal: &Refusal) {
    tracing::debug!(detail = refusal.problem().detail, "nothing is scheduled");
}

async fn lapse(app: &Arc<App>) -> Result<(), StoreError> {
    for _ in 0..MOST_AT_ONCE {
        let lapsed = app.store.lapse_orders(app.now()).await?;
        if lapsed.is_empty() {
            return Ok(());
        }
        app.metrics.lapsed.add(lapsed.len() as u64);
        for order in lapsed {
            tracing::info!(%order, "order lapsed");
            receipts::catch_up_of(app, order).await;
        }
    }
    Ok(())
}

async fn lapse_changes(app: &Arc<App>) -> Result<(), StoreError> {
    for _ in 0..MOST_AT_ONCE {
        let lapsed = app.store.lapse_changes(app.now()).await?;
        if lapsed.is_empty() {
            return Ok(());
        }
        for change in lapsed {
            tracing::info!(%change, "change of own data lapsed");
        }
    }
    Ok(())
}

async fn apply(app: &Arc<App>, service: &Service) -> Result<(), StoreError> {
    for _ in 0..MOST_AT_ONCE {
        let quoting = Arc::clone(&service.quoting);
        let applied = app
            .store
            .apply_deposits(app.now(), quoting, BILLS_AT_ONCE)
            .await?;
        if applied.is_empty() {
            return Ok(());
        }
        failpoint!("platform.deposit-use-committed");
        app.metrics.applied.add(applied.len() as u64);
        for one in applied {
            tracing::info!(bill = %one.bill, deposit = %one.deposit, instruction = %one.instruction, "bill paid from a deposit");
        }
    }
    Ok(())
}
