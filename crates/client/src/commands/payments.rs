//! `payments`, `payment show`, `payment export`.

use std::path::Path;

use serde::Serialize;
use wattkey_client::client::Client;
use wattkey_client::journal::{Damage, Entry, Journal, JournalError, Key, Record, Standing};
use wattkey_client::output_file::{self, Existing};
use wattkey_client::{tables, words};
use wattkey_domain::OrderId;
use wattkey_protocol::api::OrderView;
use wattkey_protocol::order::SignedOrder;

use super::id;
use crate::cli::context::{self, Context};
use crate::cli::fault::{self, Exit, Fault};
use crate::cli::output::Output;
use crate::cli::show;
use crate::cli::table::pairs;

#[derive(Serialize)]
struct List {
    payments: Vec<OrderView>,
    /// What was signed on this PC and is of unknown outcome: order ids; decisions and standing
    /// instructions by their digests.
    unresolved: Vec<Key>,
}

#[derive(Serialize)]
struct Shown {
    /// As the service knows it, or null.
    payment: Option<OrderView>,
    /// What this PC's journal has of it, or null.
    journal: Option<Vec<Record>>,
}

#[derive(Serialize)]
struct Exported<'a> {
    order: OrderId,
    file: &'a Path,
}

pub(crate) async fn list(context: &Context<'_>, client: &mut Client) -> Result<(), Fault> {
    let journal = context::journal(client.config())?;
    let payments = client.orders().await?;
    let unresolved = unresolved(context, &journal)?
        .iter()
        .map(|entry| entry.key)
        .collect();
    let list = List {
        payments,
        unresolved,
    };
    let table = tables::payments(&list.payments);
    context.output.page(&list, &table, |mut text| {
        for order in &list.unresolved {
            let order = order.to_string();
            let note = context
                .output
                .text()
                .with("unresolved-order", &[("order", order.into())]);
            text.push_str(&note);
            text.push('\n');
        }
        text
    })
}

/// What of the journal has no known outcome; damaged files are named.
pub(crate) fn unresolved(context: &Context<'_>, journal: &Journal) -> Result<Vec<Entry>, Fault> {
    let listing = journal.unresolved()?;
    for (file, damage) in &listing.damaged {
        name_damaged(context, file, *damage);
    }
    Ok(listing.entries)
}

fn name_damaged(context: &Context<'_>, file: &Path, damage: Damage) {
    let output = context.output;
    let why = output.text().get(&format!("damage-{}", damage.code()));
    output.say(
        "journal-damaged-note",
        &[("file", show::path(file).into()), ("why", why.into())],
    );
}

pub(crate) async fn show(
    context: &Context<'_>,
    client: &mut Client,
    order: OrderId,
) -> Result<(), Fault> {
    let journal = context::journal(client.config())?;
    let entry = match journal.entry(order) {
        // The service still knows the order.
        Err(JournalError::Damaged { path, damage }) => {
            name_damaged(context, &path, damage);
            None
        }
        entry => entry?,
    };
    let payment = client.order(order).await?;
    if payment.is_none() && entry.is_none() {
        return Err(not_found(order));
    }
    let shown = Shown {
        payment,
        journal: entry.as_ref().map(|entry| entry.records.clone()),
    };
    context
        .output
        .result(&shown, || match (&shown.payment, &entry) {
            (Some(payment), _) => human(context.output, payment),
            (None, Some(entry)) => local(context.output, entry),
            (None, None) => String::new(),
        })
}

pub(crate) fn export(
    context: &Context<'_>,
    order: &str,
    to: &Path,
    existing: Existing,
) -> Result<(), Fault> {
    let order: OrderId = id(order)?;
    let journal = context::journal(&context.config()?)?;
    let entry = journal.entry(order)?.ok_or_else(|| not_found(order))?;
    output_file::write(to, entry.signed.as_bytes(), existing).map_err(|error| {
        if error.kind() == std::io::ErrorKind::AlreadyExists {
            return fault::exists(to);
        }
        Fault::new("file-write", Exit::Fault)
            .with("file", show::path(to))
            .cause(&error)
    })?;
    context.output.result(&Exported { order, file: to }, || {
        let file = show::path(to);
        show::safe(
            &context
                .output
                .text()
                .with("order-exported", &[("file", file.into())]),
        ) + "\n"
    })
}

pub(crate) fn not_found(order: OrderId) -> Fault {
    Fault::new("no-order", Exit::NotFound).with("order", order.to_string())
}

/// Words for the state of an order.
pub(crate) fn state(output: &Output, state: &str) -> String {
    output
        .text()
        .find(&format!("state-{state}"), &[])
        .unwrap_or_else(|| state.to_owned())
}

/// An order as the service knows it.
pub(crate) fn human(output: &Output, payment: &OrderView) -> String {
    let money = |minor| show::money(minor, payment.currency);
    let mut rows = vec![
        output.line("label-order", payment.order.to_string()),
        output.line("line-state", state(output, payment.state.as_str())),
        output.line("label-user", payment.user.name.clone()),
    ];
    for bill in &payment.bills {
        rows.push(output.line("label-bill", bill.bill.to_string()));
        rows.push(output.line("label-principal", money(bill.principal)));
        rows.push(output.line("label-penalty", money(bill.penalty)));
    }
    if let Some(part) = &payment.deposit {
        rows.push(output.line("label-deposit", part.account.to_string()));
        rows.push(output.line("label-deposit-amount", money(part.amount)));
    }
    if let Some(part) = &payment.refund {
        rows.push(output.line("label-refund", part.mandate.to_string()));
        rows.push(output.line("label-refund-amount", money(part.amount)));
    }
    rows.push(output.line("label-total", money(payment.total)));
    rows.extend(words::order::terms(output.text(), payment));
    rows.extend(words::order::history(output.text(), payment));
    pairs(rows)
}

/// An order that only this PC knows.
fn local(output: &Output, entry: &Entry) -> String {
    let standing = match entry.standing() {
        Standing::Signed => output.text().get("standing-signed"),
        Standing::Sent => output.text().get("standing-sent"),
        Standing::Accepted { state: name } => state(output, &name),
        Standing::Refused { problem } => output
            .text()
            .with("standing-refused", &[("problem", problem.into())]),
        Standing::NeverAccepted => output.text().get("standing-never-accepted"),
    };
    let mut rows = vec![
        output.line("label-order", entry.key.to_string()),
        output.line("line-state", standing),
    ];
    if let Ok(signed) = SignedOrder::parse(&entry.signed) {
        let order = signed.order();
        rows.push(output.line("label-total", show::money(order.total, order.currency)));
        rows.push(output.line("label-created", show::time(order.created)));
        rows.push(output.line("label-expires", show::time(order.expires)));
    }
    pairs(rows)
}
