//! `pay --resume`: what became of everything that was signed on this PC and is of unknown outcome.

use wattkey_client::client::Client;
use wattkey_client::journal::{Entry, Journal, Key};
use wattkey_client::sending::{Kind, Outcome, PaymentError, Recorded};
use wattkey_protocol::api::Me;
use wattkey_protocol::change::{Change, ChangeDecision};
use wattkey_protocol::decision::DecisionDocument;
use wattkey_protocol::dispute::Dispute;
use wattkey_protocol::notice::Acknowledgement;
use wattkey_protocol::order::Order;
use wattkey_protocol::standing_instruction::StandingInstruction;

use super::report::{self, Other, Resumed};
use crate::cli::context::{self, Context, runtime};
use crate::cli::fault::Fault;
use crate::commands::payments;

pub(super) fn run(context: &Context<'_>) -> Result<(), Fault> {
    let config = context.config()?;
    let journal = context::journal(&config)?;
    let mut client = context
        .unlock(config)
        .map_err(|fault| fault.means("means-still-unknown"))?;
    runtime()?.block_on(async {
        let result = resume(context, &mut client, &journal).await;
        context.warn_of_clock(&client);
        result
    })
}

async fn resume(
    context: &Context<'_>,
    client: &mut Client,
    journal: &Journal,
) -> Result<(), Fault> {
    let unresolved = payments::unresolved(context, journal)?;
    let me = client.me().await.map_err(Fault::from);
    let me = me.map_err(|fault| fault.means("means-still-unknown"))?;
    let mut resumed = Resumed::default();
    for entry in unresolved {
        match entry.key {
            Key::Order(order) => {
                let (_, outcome) = resolved::<Order>(client, journal, &me, &entry).await;
                resumed.orders.push((order, outcome));
            }
            Key::Decision(digest) => {
                let resolved = resolved::<DecisionDocument>(client, journal, &me, &entry);
                let (document, outcome) = resolved.await;
                resumed.decisions.push((digest, document, outcome));
            }
            Key::Instruction(digest) => {
                let resolved = resolved::<StandingInstruction>(client, journal, &me, &entry);
                let (document, outcome) = resolved.await;
                resumed.instructions.push((digest, document, outcome));
            }
            Key::Change(_) => {
                let other = other::<Change>(client, journal, &me, &entry).await;
                resumed.others.push(other);
            }
            Key::ChangeDecision(_) => {
                let other = other::<ChangeDecision>(client, journal, &me, &entry).await;
                resumed.others.push(other);
            }
            Key::Dispute(_) => {
                let other = other::<Dispute>(client, journal, &me, &entry).await;
                resumed.others.push(other);
            }
            Key::Acknowledgement(_) => {
                let other = other::<Acknowledgement>(client, journal, &me, &entry).await;
                resumed.others.push(other);
            }
        }
    }
    report::all(context.output, resumed)
}

async fn other<D: Kind>(client: &mut Client, journal: &Journal, me: &Me, entry: &Entry) -> Other {
    let (document, outcome) = resolved::<D>(client, journal, me, entry).await;
    Other::of(entry.key, document.as_ref(), outcome)
}

/// What was signed, and what became of it.
async fn resolved<D: Kind>(
    client: &mut Client,
    journal: &Journal,
    me: &Me,
    entry: &Entry,
) -> (Option<D>, Result<Outcome<D::View>, PaymentError>) {
    match Recorded::<D>::from_entry(entry) {
        Ok(mut recorded) => {
            let outcome = recorded.resolve(client, journal, me).await;
            (Some(recorded.document().clone()), outcome)
        }
        Err(error) => (None, Err(error)),
    }
}
