//! Messages out: one leased at a time, what was tried least often first, then the oldest.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tracing::field::display;
use tracing::{Instrument as _, info_span};
use wattkey_failpoint::failpoint;
use wattkey_operators::traces::TRACED;
use wattkey_store::{OutboxMessage, StoreError};

use super::{MAX_PAUSE, Pauses, Way, WayError, http, pause};
use crate::answer::chain;
use crate::app::App;
use crate::config::Bank;
use crate::receipts;

/// How long a message is ours. Longer than one exchange may take, short enough that a platform
/// that died does not hold its message for long.
const LEASE_S: u32 = 6;
/// How long a message rests that the bank refused: as long as the books let it.
const REFUSED_S: u32 = 600;

pub(super) async fn run(
    app: &Arc<App>,
    bank: &Bank,
    way: &Way,
    mut stopped: watch::Receiver<bool>,
) {
    let mut pauses = Pauses::new(bank);
    loop {
        let wait = match one(app, way, bank.poll).await {
            Ok(Sent::One) => {
                pauses.after_success();
                Duration::ZERO
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

async fn one(app: &Arc<App>, way: &Way, poll: Duration) -> Result<Sent, StoreError> {
    refuse_ended(app).await?;
    let Some(message) = app.store.outbox_next(app.now(), LEASE_S).await? else {
        return Ok(Sent::Nothing);
    };
    let OutboxMessage {
        id,
        of,
        body,
        attempts,
    } = message;
    let order = of.order().map(display);
    let resolution = of.sends_back().map(display);
    failpoint!("platform.message-leased");
    let span = info_span!(target: TRACED, "bank message out", otel.kind = "client", order, resolution, attempts);
    match hand_over(way, &id, body).instrument(span).await {
        Ok(()) => {
            failpoint!("platform.message-sent");
            app.store.outbox_done(&id, app.now()).await?;
            app.metrics.bank_sent.add(1);
            failpoint!("platform.message-done");
            tracing::info!(
                order,
                resolution,
                message = id,
                attempts,
                "message handed to the bank"
            );
            Ok(Sent::One)
        }
        Err(error) if error.is_final() => {
            // Meanwhile others have their turn.
            tracing::error!(
                order,
                resolution,
                message = id,
                attempts,
                error = chain(&error),
                "the bank refuses this message: a person must look"
            );
            app.store.outbox_release(&id, app.now(), REFUSED_S).await?;
            Ok(Sent::Refused)
        }
        Err(error) => {
            tracing::warn!(
                order,
                resolution,
                message = id,
                attempts,
                error = chain(&error),
                "message not handed over yet"
            );
            let rest = rest_s(poll, attempts);
            app.store.outbox_release(&id, app.now(), rest).await?;
            Ok(Sent::Failed)
        }
    }
}

/// Collections whose mandate has ended are refused before anything is taken to be sent.
pub(crate) async fn refuse_ended(app: &Arc<App>) -> Result<(), StoreError> {
    // Before the first import there is nothing to send.
    let Ok(service) = app.service().await else {
        return Ok(());
    };
    loop {
        let now = app.now();
        let today = service.quoting.today(now);
        let refused = app.store.refuse_under_ended_mandates(today, now).await?;
        if refused.is_empty() {
            return Ok(());
        }
        for order in refused {
            tracing::warn!(%order, "order rejected: its mandate has ended");
            receipts::catch_up_of(app, order).await;
        }
    }
}

/// How long a message rests after it could not be handed over: the poll interval, doubled with each
/// attempt, up to a minute, in whole seconds.
fn rest_s(poll: Duration, attempts: u32) -> u32 {
    let factor = 2_u32.saturating_pow(attempts.saturating_sub(1).min(16));
    let rest = poll.saturating_mul(factor).min(MAX_PAUSE);
    u32::try_from(rest.as_secs()).unwrap_or(REFUSED_S)
}

/// The same message twice does no harm: the bank knows its id, and the folder what was sent.
async fn hand_over(way: &Way, id: &str, body: Vec<u8>) -> Result<(), WayError> {
    match way {
        Way::Http(address) => http::post_message(*address, body).await?,
        Way::Folder(folder) => {
            folder.deliver(id.to_owned(), body).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::tests::world::{Client, World};

    /// Its message is never handed out, and the bill can be paid again.
    #[tokio::test]
    async fn a_collection_is_refused_whose_mandate_ended_before_its_day() {
        let world = World::new().await;
        let mut order = world.order(1, &["B-2"]).await;
        order.execute = Some("2026-09-10".parse().unwrap());
        assert_eq!(world.pay(&world.li_na, &order).await.status, 201);
        let ended = json!({"type": "mandate-end", "mandate": "M-1", "ended": "2026-09-10"});
        world.import(&[ended]).await;
        let state = async |client: &Client| {
            let path = format!("/v1/orders/{}", order.order);
            world.get(client, &path).await.json()["state"].clone()
        };
        refuse_ended(&world.app).await.unwrap();
        assert_eq!(
            state(&world.li_na).await,
            "accepted",
            "its day has not come"
        );
        // When the day begins at the bank.
        world.set_clock("2026-09-09T16:00:00Z");
        refuse_ended(&world.app).await.unwrap();
        let li_na = world.li_na.renewed(world.now());
        assert_eq!(state(&li_na).await, "rejected");
        let path = format!("/v1/orders/{}", order.order);
        let history = world.get(&li_na, &path).await.json()["history"].clone();
        assert_eq!(history[1]["note"], "the mandate has ended", "{history}");
        let next = world.app.store.outbox_next(world.now(), 5).await.unwrap();
        assert_eq!(next, None);
        let receipt = world.get(&li_na, &format!("{path}/receipt")).await;
        assert_eq!(receipt.status, 200, "{}", receipt.text());
        world.sound().await;
    }

    #[test]
    fn a_message_rests_longer_with_each_attempt() {
        let rests = |poll| (1..9).map(move |attempts| rest_s(poll, attempts));
        let seconds: Vec<_> = rests(Duration::from_secs(2)).collect();
        assert_eq!(seconds, [2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!(rest_s(Duration::from_millis(10), 1), 0);
        assert_eq!(rest_s(Duration::from_secs(2), u32::MAX), 60);
    }
}
