//! `export bills`, `export payments`: lists for other programs, as CSV or as one JSON object a line.

use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::{Value, json};
use wattkey_client::client::Client;
use wattkey_client::output_file;
use wattkey_client::requests::BillFilter;
use wattkey_client::{documents, tables};
use wattkey_domain::{AccountId, BillDocument};
use wattkey_protocol::api::{BillState, BillSummary, OrderView};

use super::{existing, id, of_account};
use crate::cli::args::{Export, ExportBills, ExportInto, ExportPayments};
use crate::cli::context::{Context, runtime};
use crate::cli::fault::{self, Exit, Fault};
use crate::cli::output::to_stdout;
use crate::cli::show;
use crate::cli::table::{BYTE_ORDER_MARK, Cell, Column, Table};

#[derive(Serialize)]
struct Exported<'a> {
    file: &'a Path,
    rows: usize,
}

/// What is written: the same rows in both forms.
struct Rows {
    table: Table,
    objects: Vec<Value>,
}

pub(crate) fn run(context: &Context<'_>, wanted: &Export) -> Result<(), Fault> {
    let (Export::Bills(ExportBills { into, .. }) | Export::Payments(ExportPayments { into, .. })) =
        wanted;
    // Before the PIN is asked for.
    if let Some(file) = into
        .to
        .as_deref()
        .filter(|file| file.exists() && !into.force)
    {
        return Err(fault::exists(file));
    }
    let mut client = context.unlock(context.config()?)?;
    runtime()?.block_on(async {
        let rows = match wanted {
            Export::Bills(wanted) => bill_rows(&mut client, wanted).await,
            Export::Payments(wanted) => payment_rows(&mut client, wanted).await,
        };
        context.warn_of_clock(&client);
        write(context, into, &rows?)
    })
}

async fn bill_rows(client: &mut Client, wanted: &ExportBills) -> Result<Rows, Fault> {
    let account: Option<AccountId> = wanted.account.as_deref().map(id).transpose()?;
    let filter = BillFilter {
        account,
        state: None,
    };
    let mut found = of_account(client.bills(&filter).await, filter.account.as_ref())?;
    if !wanted.all {
        found.retain(|bill| matches!(bill.state, BillState::Open | BillState::Overdue));
    }
    if !wanted.lines {
        let objects = found.iter().map(object).collect::<Result<_, _>>()?;
        return Ok(Rows {
            table: tables::bills(&found),
            objects,
        });
    }
    let mut documents = Vec::new();
    for bill in found {
        let (_, bytes) = documents::fetch(client, &bill.bill).await?;
        let document = BillDocument::parse(&bytes)
            .map_err(|error| documents::bad(&bill.bill, show::chain(&error)))?;
        documents.push((bill, document));
    }
    let mut objects = Vec::new();
    for (bill, document) in &documents {
        for (line, number) in document.lines.iter().zip(1_u32..) {
            objects.push(json!({"bill": bill.bill, "account": bill.account,
                "period": bill.period, "currency": bill.currency, "line": number,
                "kind": line.kind, "text": line.text, "quantity": line.quantity,
                "unit": line.unit, "price": line.price, "amount": line.amount.minor()}));
        }
    }
    Ok(Rows {
        table: lines(&documents),
        objects,
    })
}

fn lines(documents: &[(BillSummary, BillDocument)]) -> Table {
    let mut table = Table::new(
        &[
            "bill", "account", "period", "currency", "line", "kind", "text_en", "text_zh",
            "quantity", "unit", "price", "amount",
        ]
        .map(Column::for_programs),
    );
    for (bill, document) in documents {
        for (line, number) in document.lines.iter().zip(1_u32..) {
            table.row([
                Cell::text(&bill.bill),
                Cell::text(&bill.account),
                Cell::text(bill.period),
                Cell::text(bill.currency),
                Cell::number(number),
                Cell::Text(show::code(&line.kind)),
                Cell::text(&line.text.en),
                Cell::text(&line.text.zh),
                Cell::of(line.quantity, Cell::number),
                Cell::of(line.unit.as_ref(), Cell::text),
                Cell::of(line.price, Cell::number),
                Cell::Money(line.amount.minor(), bill.currency),
            ]);
        }
    }
    table
}

async fn payment_rows(client: &mut Client, wanted: &ExportPayments) -> Result<Rows, Fault> {
    let mut found = client.orders().await?;
    if let Some(from) = wanted.from {
        let me = client.me().await?;
        let zone = TimeZone::get(&me.time_zone).unwrap_or(TimeZone::UTC);
        found.retain(|order| {
            let ordered = order.history.first().map(|event| event.at);
            ordered.is_none_or(|at| zone.to_datetime(at).date() >= from)
        });
    }
    if !wanted.lines {
        let objects = found.iter().map(object).collect::<Result<_, _>>()?;
        return Ok(Rows {
            table: tables::payments(&found),
            objects,
        });
    }
    let mut objects = Vec::new();
    for order in &found {
        for bill in &order.bills {
            objects.push(json!({"order": order.order, "reference": order.reference,
                "state": order.state, "currency": order.currency, "bill": bill.bill,
                "principal": bill.principal, "penalty": bill.penalty}));
        }
    }
    Ok(Rows {
        table: parts(&found),
        objects,
    })
}

/// One row for each bill of an order.
fn parts(orders: &[OrderView]) -> Table {
    let mut table = Table::new(
        &[
            "order",
            "reference",
            "state",
            "currency",
            "bill",
            "principal",
            "penalty",
        ]
        .map(Column::for_programs),
    );
    for order in orders {
        for bill in &order.bills {
            table.row([
                Cell::text(order.order),
                Cell::text(&order.reference),
                Cell::text(order.state),
                Cell::text(order.currency),
                Cell::text(&bill.bill),
                Cell::Money(bill.principal, order.currency),
                Cell::Money(bill.penalty, order.currency),
            ]);
        }
    }
    table
}

fn object(value: &impl Serialize) -> Result<Value, Fault> {
    serde_json::to_value(value).map_err(|error| Fault::new("output", Exit::Fault).cause(&error))
}

fn write(context: &Context<'_>, into: &ExportInto, rows: &Rows) -> Result<(), Fault> {
    let mut bytes = Vec::new();
    if into.bom {
        bytes.extend_from_slice(BYTE_ORDER_MARK.as_bytes());
    }
    if into.format == "csv" {
        bytes.extend(rows.table.csv());
    } else {
        for row in &rows.objects {
            bytes.extend(row.to_string().into_bytes());
            bytes.push(b'\n');
        }
    }
    let Some(file) = &into.to else {
        return to_stdout(&bytes);
    };
    let file: &PathBuf = file;
    output_file::write(file, &bytes, existing(into.force)).map_err(|error| {
        if error.kind() == std::io::ErrorKind::AlreadyExists {
            return fault::exists(file);
        }
        Fault::new("file-write", Exit::Fault)
            .with("file", show::path(file))
            .cause(&error)
    })?;
    let count = rows.objects.len();
    let exported = Exported { file, rows: count };
    context.output.result(&exported, || {
        let values = [("file", show::path(file).into()), ("rows", count.into())];
        show::safe(&context.output.text().with("exported", &values)) + "\n"
    })
}
