//! `orders preview`: what a file comes to, before anything is signed.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;
use wattkey_client::batch::{self, Batch, BatchId, Preview, Previewed};
use wattkey_client::client::Client;
use wattkey_client::journal::Journal;
use wattkey_domain::{Currency, OrderId};
use wattkey_pki::Digest;

use super::{Wrong, batches, named, not_right, table_of};
use crate::cli::context::{self, Context, runtime};
use crate::cli::fault::Fault;
use crate::cli::output::Output;
use crate::cli::show;
use crate::cli::table::{Cell, Column, Table};
use crate::commands::pay::refuse_while_any_is_unresolved;

#[derive(Serialize)]
struct Document {
    batch: BatchId,
    file: String,
    /// What `orders approve` names and signs; null with problems, or when nothing is left.
    preview: Option<Digest>,
    currency: Option<Currency>,
    total: i64,
    orders: Vec<Planned>,
    by_account: Vec<Sum>,
    by_source: Vec<Sum>,
    /// Lines that were ordered before.
    done: Vec<Done>,
    problems: Vec<Wrong>,
}

#[derive(Serialize)]
struct Planned {
    order: OrderId,
    source: String,
    execute: Option<Date>,
    reference: String,
    total: i64,
    bills: Vec<batch::PlannedBill>,
}

#[derive(Serialize)]
struct Sum {
    name: String,
    bills: usize,
    total: i64,
}

#[derive(Serialize)]
struct Done {
    line: u32,
    order: OrderId,
}

pub(crate) fn run(context: &Context<'_>, wanted: Option<&String>) -> Result<(), Fault> {
    let wanted = named(wanted)?;
    let config = context.config()?;
    let journal = context::journal(&config)?;
    let batches = batches(&config)?;
    let _held = batches.hold()?;
    let batch = batches.find(wanted.as_ref())?;
    let others = batches.list()?.batches;
    let mut client = context
        .unlock(config)
        .map_err(|fault| fault.means("means-nothing-signed"))?;
    runtime()?.block_on(async {
        let found = ask(context, &mut client, &journal, batch, &others).await;
        context.warn_of_clock(&client);
        let found = found?;
        batches.keep(&found.batch)?;
        show(context.output, &found)?;
        match found.problems.len() {
            0 => Ok(()),
            count => Err(not_right(count)),
        }
    })
}

async fn ask(
    context: &Context<'_>,
    client: &mut Client,
    journal: &Journal,
    batch: Batch,
    others: &[Batch],
) -> Result<Previewed, Fault> {
    let me = client.me().await?;
    refuse_while_any_is_unresolved(context, journal, &me)?;
    Ok(batch::preview(client, journal, &me, batch, others).await?)
}

fn show(output: &Output, found: &Previewed) -> Result<(), Fault> {
    let preview = found.batch.preview.as_ref();
    let document = document(output, found);
    if !document.problems.is_empty() {
        let table = table_of(&document.problems);
        return output.table(&document, &table);
    }
    let table = preview.map_or_else(
        || bills(&[], Currency::CNY),
        |preview| bills(&preview.orders, preview.currency),
    );
    output.page(&document, &table, |drawn| match preview {
        Some(preview) => human(output, found, &document, preview, &drawn),
        None => output.text().get("orders-nothing-left") + "\n",
    })
}

fn document(output: &Output, found: &Previewed) -> Document {
    let preview = found.batch.preview.as_ref();
    let orders = preview.iter().flat_map(|preview| &preview.orders);
    let planned = orders.map(|order| Planned {
        order: order.order,
        source: order.source.to_string(),
        execute: order.execute,
        reference: order.reference.clone(),
        total: order.total(),
        bills: order.bills.clone(),
    });
    Document {
        batch: found.batch.id.clone(),
        file: found.batch.name.clone(),
        preview: preview.map(Preview::digest),
        currency: preview.map(|preview| preview.currency),
        total: preview.map_or(0, Preview::total),
        orders: planned.collect(),
        by_account: sums(preview, |_, bill| bill.account.to_string()),
        by_source: sums(preview, |order, _| order.source.to_string()),
        done: found
            .done
            .iter()
            .map(|(line, order)| Done {
                line: *line,
                order: *order,
            })
            .collect(),
        problems: Wrong::all(output, &found.problems),
    }
}

/// Bills and amounts under each name.
fn sums(
    preview: Option<&Preview>,
    name: impl Fn(&batch::PlannedOrder, &batch::PlannedBill) -> String,
) -> Vec<Sum> {
    let mut sums: BTreeMap<String, (usize, i64)> = BTreeMap::new();
    for (order, bill) in preview.iter().flat_map(|preview| preview.bills()) {
        let sum = sums.entry(name(order, bill)).or_default();
        *sum = (sum.0 + 1, sum.1.saturating_add(bill.total()));
    }
    let sums = sums.into_iter();
    sums.map(|(name, (bills, total))| Sum { name, bills, total })
        .collect()
}

fn bills(orders: &[batch::PlannedOrder], currency: Currency) -> Table {
    let mut table = Table::new(&[
        Column::right("column-file-line"),
        Column::left("column-bill"),
        Column::left("column-account"),
        Column::for_programs("currency"),
        Column::right("column-principal"),
        Column::right("column-penalty"),
        Column::left("column-source"),
        Column::left("column-execute"),
        Column::left("column-reference"),
        Column::for_programs("order"),
    ]);
    for order in orders {
        for bill in &order.bills {
            table.row([
                Cell::number(bill.line),
                Cell::text(&bill.bill),
                Cell::text(&bill.account),
                Cell::text(currency),
                Cell::Money(bill.principal, currency),
                Cell::Money(bill.penalty, currency),
                Cell::text(&order.source),
                Cell::of(order.execute, Cell::text),
                Cell::text(&order.reference),
                Cell::text(order.order),
            ]);
        }
    }
    table
}

fn totals(output: &Output, heading: &'static str, sums: &[Sum], currency: Currency) -> String {
    let mut table = Table::new(&[
        Column::left(heading),
        Column::right("column-bills"),
        Column::right("column-total"),
    ]);
    for sum in sums {
        table.row([
            Cell::text(&sum.name),
            Cell::number(sum.bills),
            Cell::Money(sum.total, currency),
        ]);
    }
    table.drawn(output.text())
}

fn human(
    output: &Output,
    found: &Previewed,
    document: &Document,
    preview: &Preview,
    drawn: &str,
) -> String {
    let text = output.text();
    let currency = preview.currency;
    let mut parts = vec![
        drawn.to_owned(),
        totals(output, "column-account", &document.by_account, currency),
        totals(output, "column-source", &document.by_source, currency),
    ];
    if !document.done.is_empty() {
        let lines: Vec<String> = document
            .done
            .iter()
            .map(|done| done.line.to_string())
            .collect();
        let values = [("lines", lines.join(", ").into())];
        parts.push(text.with("orders-done-before", &values) + "\n");
    }
    let values = [
        ("orders", preview.orders.len().into()),
        ("total", show::money(preview.total(), currency).into()),
        ("batch", found.batch.id.to_string().into()),
        ("file", found.batch.name.as_str().into()),
        ("preview", preview.digest().to_string().into()),
    ];
    parts.push(text.with("orders-previewed", &values) + "\n");
    parts.join("\n")
}
