//! Messages out: one leased at a time, oldest first.

use tokio::sync::watch;
use wattkey_failpoint::failpoint;
use wattkey_store::{OutboxMessage, StoreError};

use super::{Pauses, http, pause};
use crate::answer::chain;
use crate::app::App;
use crate::config::Bank;

/// How long a message is ours. Longer than one exchange may take, short enough that a platform
/// that died does not hold its message for long.
const LEASE_S: u32 = 6;

pub(super) async fn run(app: &App, bank: &Bank, mut stopped: watch::Receiver<bool>) {
    let mut pauses = Pauses::new(bank);
    loop {
        let wait = match one(app, bank).await {
            Ok(Sent::One) => {
                pauses.after_success();
                std::time::Duration::ZERO
            }
            Ok(Sent::Nothing | Sent::Refused) => pauses.after_success(),
            Ok(Sent::Failed) => pauses.after_failure(),
            Err(error) => {
                tracing::error!(error = chain(&error), "the outbox cannot be used");
                pauses.after_failure()
            }
        };
        if !pause(wait, &mut stopped).await {
            return;
        }
    }
}

enum Sent {
    One,
    Nothing,
    Refused,
    Failed,
}

async fn one(app: &App, bank: &Bank) -> Result<Sent, StoreError> {
    let Some(message) = app.store.outbox_next(app.now(), LEASE_S).await? else {
        return Ok(Sent::Nothing);
    };
    let OutboxMessage {
        id,
        order,
        body,
        attempts,
    } = message;
    failpoint!("platform.message-leased");
    match http::post_message(bank.address, body).await {
        Ok(()) => {
            failpoint!("platform.message-sent");
            app.store.outbox_done(&id, app.now()).await?;
            failpoint!("platform.message-done");
            tracing::info!(%order, message = id, attempts, "message handed to the bank");
            Ok(Sent::One)
        }
        Err(error) if error.is_final() => {
            // The lease runs out by itself; meanwhile others have their turn.
            tracing::error!(%order, message = id, attempts, error = chain(&error), "the bank refuses this message: a person must look");
            Ok(Sent::Refused)
        }
        Err(error) => {
            tracing::warn!(%order, message = id, attempts, error = chain(&error), "message not handed over yet");
            app.store.outbox_release(&id).await?;
            Ok(Sent::Failed)
        }
    }
}
