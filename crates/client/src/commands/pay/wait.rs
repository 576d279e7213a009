//! `--wait`: follows an accepted order until the bank has booked or refused it.

use std::time::Duration;

use wattkey_client::client::Client;
use wattkey_client::journal::{Event, Journal};
use wattkey_client::lock::Locked;
use wattkey_domain::OrderState;
use wattkey_protocol::api::OrderView;

use super::report;
use crate::cli::context::Context;
use crate::cli::fault::Fault;
use crate::cli::token_fault;
use crate::commands::payments;

/// Pause between two questions.
const POLL: Duration = Duration::from_secs(1);

pub(super) async fn until_settled(
    context: &Context<'_>,
    client: &mut Client,
    journal: &Journal,
    mut view: OrderView,
    seconds: u32,
) -> Result<(), Fault> {
    let lock = client.session_lock();
    let deadline = tokio::time::Instant::now() + Duration::from_secs(seconds.into());
    progress(context, &view);
    while is_pending(view.state) && tokio::time::Instant::now() < deadline {
        tokio::select! {
            biased;
            why = lock.until_locked() => return ended(context, view, why),
            () = tokio::time::sleep(POLL) => {}
        }
        // The order is accepted whatever happens here: a lost answer only costs one question.
        let Ok(Some(now)) = client.order(view.order).await else {
            continue;
        };
        if now.state != view.state {
            let state = now.state.as_str().to_owned();
            // That it was accepted is in the journal already; a full disk does not undo that.
            let _ = journal.append(now.order, Event::Accepted { state }, client.now());
            progress(context, &now);
        }
        view = now;
    }
    let (order, state) = (view.order.to_string(), view.state);
    report::accepted_one(context.output, view)?;
    if is_pending(state) {
        context
            .output
            .say("not-settled-yet", &[("order", order.into())]);
    }
    Ok(())
}

/// Whether somebody still has to do something: another person, the bank, the customer.
fn is_pending(state: OrderState) -> bool {
    matches!(
        state,
        OrderState::AwaitingApproval | OrderState::Accepted | OrderState::Submitted
    )
}

/// The session ended with the key; the order does not need it any more.
fn ended(context: &Context<'_>, view: OrderView, why: Locked) -> Result<(), Fault> {
    let order = view.order.to_string();
    report::accepted_one(context.output, view)?;
    let why = token_fault::locked(why);
    let exit = why.exit;
    Err(Fault::new("waiting-ended", exit)
        .because(why)
        .with("order", order))
}

fn progress(context: &Context<'_>, view: &OrderView) {
    let state = payments::state(context.output, view.state.as_str());
    context.output.say("progress", &[("state", state.into())]);
}
