//! `approvals`, `approve`, `refuse`, `cancel`: a person's word on an order that is there.
//!
//! What is shown is the order's own signed document, verified on this PC, and below it the decision
//! that will be signed.

use serde::Serialize;
use wattkey_client::client::Client;
use wattkey_client::journal::Journal;
use wattkey_client::payment::Total;
use wattkey_client::receipt;
use wattkey_client::review::Reviewed;
use wattkey_client::sending::unresolved_about;
use wattkey_domain::{Decision, OrderId};
use wattkey_pki::TrustAnchor;
use wattkey_protocol::api::{Me, OrderView};
use wattkey_protocol::decision::SignedDecision;

use super::pay::report;
use super::sign::{self, Agreement};
use super::{id, payments};
use crate::cli::args::Decide;
use crate::cli::context::{self, Context, runtime};
use crate::cli::fault::{Exit, Fault};
use crate::cli::show;
use crate::cli::table::{Cell, Column, Table};

#[derive(Serialize)]
struct Document {
    approvals: Vec<OrderView>,
}

/// `approvals`: the orders that await a decision.
pub(crate) async fn list(context: &Context<'_>, client: &mut Client) -> Result<(), Fault> {
    let document = Document {
        approvals: client.orders_awaiting_approval().await?,
    };
    context.output.table(&document, &table(&document.approvals))
}

fn table(orders: &[OrderView]) -> Table {
    let mut table = Table::new(&[
        Column::left("column-order"),
        Column::left("column-user"),
        Column::right("column-bills"),
        Column::for_programs("currency"),
        Column::right("column-total"),
        Column::left("column-lapses"),
    ]);
    for order in orders {
        let until = order.awaiting.and_then(|awaiting| awaiting.until);
        table.row([
            Cell::text(order.order),
            Cell::text(&order.user.name),
            Cell::number(order.bills.len()),
            Cell::text(order.currency),
            Cell::Money(order.total, order.currency),
            Cell::of(until, Cell::Time),
        ]);
    }
    table
}

/// `approve`, `refuse`, `cancel`.
pub(crate) fn run(context: &Context<'_>, decision: Decision, wanted: &Decide) -> Result<(), Fault> {
    let order: OrderId = id(&wanted.order)?;
    let config = context.config()?;
    // Opened first: what cannot be kept is not signed.
    let journal = context::journal(&config)?;
    refuse_while_unresolved(context, &journal, order)?;
    let issuing_ca = receipt::anchor(&config.issuing_ca)?;
    let agreement = Agreement::from(&wanted.agreement);
    let mut client = context
        .unlock(config)
        .map_err(|fault| fault.means("means-nothing-signed"))?;
    runtime()?.block_on(async {
        let result = async {
            let signed = sign(
                context,
                &mut client,
                &issuing_ca,
                order,
                decision,
                &agreement,
            );
            let signed = signed.await;
            let (me, signed) = signed.map_err(|fault| fault.means("means-nothing-signed"))?;
            let outcome = sign::deliver(context, &mut client, &journal, &me, signed).await?;
            report::decision(context.output, order, decision, outcome)
        };
        let result = result.await;
        context.warn_of_clock(&client);
        result
    })
}

async fn sign(
    context: &Context<'_>,
    client: &mut Client,
    issuing_ca: &TrustAnchor,
    order: OrderId,
    decision: Decision,
    agreement: &Agreement<'_>,
) -> Result<(Me, SignedDecision), Fault> {
    let output = context.output;
    let me = client.me().await?;
    let reviewed = Reviewed::fetch(client, &me, issuing_ca, order).await?;
    let draft = reviewed.decide(client, &me, decision);
    let draft = draft.map_err(|error| Fault::new("answer", Exit::Refused).reason(&error))?;
    context.warn_of_clock(client);
    let key = reviewed.key_serial().unwrap_or("?").to_owned();
    let signer = output
        .text()
        .with("order-signed-with", &[("serial", key.into())]);
    let shown = format!(
        "{}\n\n{}\n{}\n\n{}\n\n{}\n",
        output.text().get("order-reviewed"),
        sign::rendered(output, &reviewed.lines()),
        show::safe(&signer),
        output.text().get("decision-shown"),
        sign::rendered(output, &draft.lines()),
    );
    let prompt = match decision {
        Decision::Approve => "confirm-approve",
        Decision::Refuse => "confirm-refuse",
        Decision::Cancel => "confirm-cancel",
    };
    let total = Total::of(reviewed.order());
    sign::agree_by_total(output, agreement, &shown, total, prompt)?;
    let signed = sign::signed(context, client, agreement.pin_fd, draft)?;
    Ok((me, signed))
}

/// A second decision on an order is not signed while what became of the first is unknown.
fn refuse_while_unresolved(
    context: &Context<'_>,
    journal: &Journal,
    order: OrderId,
) -> Result<(), Fault> {
    match unresolved_about(&payments::unresolved(context, journal)?, order) {
        true => Err(Fault::unresolved_order(order)),
        false => Ok(()),
    }
}
