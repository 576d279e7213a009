//! `bills`, `bill show` and `bill save`.

use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;
use wattkey_client::client::Client;
use wattkey_client::documents::{bad, fetch};
use wattkey_client::output_file::{self, Existing};
use wattkey_client::payment;
use wattkey_client::requests::{BillFilter, state_name};
use wattkey_client::tables;
use wattkey_domain::{BillDocument, BillId, Line};
use wattkey_pki::Digest;
use wattkey_protocol::api::{BillDetail, BillState, BillSummary};

use super::{id, of_account};
use crate::cli::args::Bills;
use crate::cli::context::Context;
use crate::cli::fault::{self, Exit, Fault};
use crate::cli::output::Output;
use crate::cli::show;
use crate::cli::table::{Cell, Column, Table, pairs};
use crate::cli::text::Lang;

#[derive(Serialize)]
struct List {
    bills: Vec<BillSummary>,
}

#[derive(Serialize)]
struct Shown {
    bill: BillDetail,
    /// The bill document as the marketing system wrote it.
    document: Value,
}

#[derive(Serialize)]
struct Saved {
    bill: BillId,
    file: PathBuf,
    document: Digest,
}

/// What the arguments ask for.
pub(crate) fn filter(wanted: &Bills) -> Result<BillFilter, Fault> {
    let state = match wanted.state.as_deref() {
        Some("open") => Some(BillState::Open),
        Some("overdue") => Some(BillState::Overdue),
        Some("in-collection") => Some(BillState::InCollection),
        Some("paid") => Some(BillState::Paid),
        Some("cancelled") => Some(BillState::Cancelled),
        _ => None,
    };
    let account = wanted.account.as_deref().map(id).transpose()?;
    Ok(BillFilter { account, state })
}

pub(crate) async fn list(
    context: &Context<'_>,
    client: &mut Client,
    filter: &BillFilter,
) -> Result<(), Fault> {
    let document = List {
        bills: of_account(client.bills(filter).await, filter.account.as_ref())?,
    };
    for (account, period) in payment::billed_twice(&document.bills) {
        let values = [
            ("account", account.to_string().into()),
            ("period", period.to_string().into()),
        ];
        context.output.say("caution-billed-twice", &values);
    }
    context
        .output
        .table(&document, &tables::bills(&document.bills))
}

pub(crate) async fn show(
    context: &Context<'_>,
    client: &mut Client,
    bill: &BillId,
) -> Result<(), Fault> {
    let (detail, bytes) = fetch(client, bill).await?;
    let parsed = BillDocument::parse(&bytes).map_err(|error| bad(bill, show::chain(&error)))?;
    let document = serde_json::from_slice(&bytes).map_err(|error| bad(bill, error.to_string()))?;
    let shown = Shown {
        bill: detail,
        document,
    };
    let lines = lines(context.output, &parsed);
    context.output.page(&shown, &lines, |drawn| {
        human(context.output, &shown.bill, &drawn)
    })
}

/// The file that a bill document is kept in.
pub(crate) fn file(bill: &BillId, to: Option<&Path>) -> PathBuf {
    to.map_or_else(
        || PathBuf::from(format!("bill-{bill}.json")),
        Path::to_owned,
    )
}

/// Keeps the exact bytes that an order for the bill would name by their digest.
pub(crate) async fn save(
    context: &Context<'_>,
    client: &mut Client,
    bill: &BillId,
    file: &Path,
    existing: Existing,
) -> Result<(), Fault> {
    let (detail, bytes) = fetch(client, bill).await?;
    output_file::write(file, &bytes, existing).map_err(|error| {
        if error.kind() == std::io::ErrorKind::AlreadyExists {
            return fault::exists(file);
        }
        Fault::new("file-write", Exit::Fault)
            .with("file", show::path(file))
            .cause(&error)
    })?;
    let saved = Saved {
        bill: bill.clone(),
        file: file.to_owned(),
        document: detail.document,
    };
    context.output.result(&saved, || {
        let file = show::path(file);
        let note = context
            .output
            .text()
            .with("bill-saved", &[("file", file.into())]);
        show::safe(&note) + "\n"
    })
}

fn state(output: &Output, state: BillState) -> String {
    output
        .text()
        .get(&format!("bill-state-{}", state_name(state)))
}

fn human(output: &Output, detail: &BillDetail, lines: &str) -> String {
    let bill = &detail.summary;
    let money = |minor| show::money(minor, bill.currency);
    let mut rows = vec![
        output.line("label-bill", bill.bill.to_string()),
        output.line("label-account", bill.account.to_string()),
        output.line("label-period", bill.period.to_string()),
        output.line("line-issued", bill.issued.to_string()),
        output.line("line-due", bill.due.to_string()),
        output.line("line-state", state(output, bill.state)),
    ];
    let mut amounts = vec![
        output.line("line-amount", money(bill.total)),
        output.line("line-open", money(bill.open)),
    ];
    if bill.in_collection > 0 {
        amounts.push(output.line("line-in-collection", money(bill.in_collection)));
    }
    if bill.disputed > 0 {
        amounts.push(output.line("how-part-disputed", money(bill.disputed)));
    }
    if let Some(quote) = &detail.quote {
        let late = match quote.days {
            0 => String::new(),
            days => format!(
                " ({})",
                output.text().with("value-days", &[("days", days.into())])
            ),
        };
        amounts.push(output.line("label-penalty", money(quote.penalty) + &late));
        amounts.push(output.line(
            "line-to-pay",
            money(quote.principal.saturating_add(quote.penalty)),
        ));
        amounts.push(output.line("label-quote-until", show::time(quote.until)));
    }
    if let Some(order) = detail.order {
        rows.push(output.line("line-order", order.to_string()));
    }
    if let Some(order) = bill.transfer {
        rows.push(output.line("line-transfer", order.to_string()));
    }
    rows.push(output.line("label-document", detail.document.to_string()));
    format!("{}\n{}\n{}", pairs(rows), lines, pairs(amounts))
}

fn lines(output: &Output, document: &BillDocument) -> Table {
    let mut table = Table::new(&[
        Column::for_programs("number"),
        Column::for_programs("kind"),
        Column::left("column-line"),
        Column::right("column-quantity"),
        Column::left("column-unit"),
        Column::right("column-price"),
        Column::for_programs("currency"),
        Column::right("column-amount"),
    ]);
    for (line, number) in document.lines.iter().zip(1_u32..) {
        let currency = document.currency();
        table.row([
            Cell::number(number),
            Cell::Text(show::code(&line.kind)),
            Cell::Text(in_language(output, line)),
            Cell::of(line.quantity, Cell::number),
            Cell::of(line.unit.as_ref(), Cell::text),
            Cell::of(line.price, Cell::number),
            Cell::text(currency),
            Cell::Money(line.amount.minor(), currency),
        ]);
    }
    table
}

fn in_language(output: &Output, line: &Line) -> String {
    match output.text().lang() {
        Lang::En => line.text.en.clone(),
        Lang::Zh => line.text.zh.clone(),
    }
}
