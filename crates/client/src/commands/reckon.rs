//! `bill reckon`: a bill beside what its tariff and its readings make: those of the service, or files
//! without key and network.

mod document;

use std::io::Read as _;
use std::path::Path;

use wattkey_client::reckoning::{self, Reckoned};
use wattkey_client::{money, own};
use wattkey_domain::BillDocument;
use wattkey_domain::tariff::{Cause, LineComparison, Metered, Part, Tariff};

use super::{id, online};
use crate::cli::args::BillReckon;
use crate::cli::context::Context;
use crate::cli::fault::{Exit, Fault};
use crate::cli::output::Output;
use crate::cli::show;
use crate::cli::table::{Cell, Column, Table, pairs};

/// More than any of the documents may have; their readers say how much that is.
const MAX_FILE: u64 = 2 * 1024 * 1024;

pub(crate) fn run(context: &Context<'_>, wanted: &BillReckon) -> Result<(), Fault> {
    let Some(readings) = &wanted.readings else {
        let bill = id(&wanted.bill)?;
        return online(context, async |client| {
            let (document, _) = own::bill(client, &bill).await?;
            let (tariffs, metered) = reckoning::basis(client, &bill).await?;
            shown(context, &document, &tariffs, metered)
        });
    };
    let bill = document(Path::new(&wanted.bill), BillDocument::parse)?;
    let metered = document(readings, Metered::parse)?;
    let tariffs = wanted
        .tariff
        .iter()
        .map(|file| document(file, Tariff::parse));
    let tariffs: Vec<Tariff> = tariffs.collect::<Result<_, _>>()?;
    shown(context, &bill, &tariffs, metered)
}

/// Reckons, compares, tells.
fn shown(
    context: &Context<'_>,
    bill: &BillDocument,
    tariffs: &[Tariff],
    metered: Metered,
) -> Result<(), Fault> {
    let reckoned = Reckoned::new(bill, tariffs, metered)?;
    let comparison = &reckoned.comparison;
    let shown = document::of(bill, &reckoned.reckoning, comparison);
    let table = table(context.output, bill, &reckoned);
    context.output.page(&shown, &table, |drawn| {
        human(context.output, bill, &reckoned, &drawn)
    })?;
    if comparison.agrees() {
        return Ok(());
    }
    let currency = bill.currency();
    Err(Fault::new("bill-differs", Exit::BillDiffers)
        .with("bill", bill.bill.to_string())
        .with(
            "difference",
            money::with_currency(comparison.difference.minor(), currency),
        ))
}

/// Reads a file and what is in it.
fn document<T, E: std::error::Error>(
    file: &Path,
    parse: impl FnOnce(&[u8]) -> Result<T, E>,
) -> Result<T, Fault> {
    let mut bytes = Vec::new();
    std::fs::File::open(file)
        .and_then(|open| open.take(MAX_FILE).read_to_end(&mut bytes))
        .map_err(|error| {
            let exit = match error.kind() {
                std::io::ErrorKind::NotFound => Exit::NotFound,
                _ => Exit::Usage,
            };
            Fault::new("file-read", exit)
                .with("file", show::path(file))
                .cause(&error)
        })?;
    parse(&bytes).map_err(|error| {
        Fault::new("reckon-document", Exit::Usage)
            .with("file", show::path(file))
            .cause(&error)
    })
}

fn table(output: &Output, bill: &BillDocument, reckoned: &Reckoned) -> Table {
    let mut table = Table::new(&[
        Column::left("column-line"),
        Column::right("column-quantity"),
        Column::left("column-unit"),
        Column::right("column-price"),
        Column::for_programs("currency"),
        Column::right("column-billed"),
        Column::right("column-reckoned"),
        Column::right("column-difference"),
        Column::left("column-why"),
    ]);
    for line in &reckoned.comparison.lines {
        table.row(row(output, bill, reckoned, line));
    }
    table
}

fn human(output: &Output, bill: &BillDocument, reckoned: &Reckoned, table: &str) -> String {
    let (reckoning, comparison) = (&reckoned.reckoning, &reckoned.comparison);
    let currency = bill.currency();
    let amount = |minor| show::money(minor, currency);
    let mut rows = vec![
        output.line("line-billed", amount(bill.total.minor())),
        output.line("line-reckoned", amount(reckoning.total.minor())),
        output.line("line-difference", amount(comparison.difference.minor())),
    ];
    for (part, billed, reckoned) in &comparison.parts {
        if *part != Part::Total {
            let id = format!("part-{}", part.as_str());
            let both = format!("{} / {}", amount(billed.minor()), amount(reckoned.minor()));
            rows.push(output.line(&id, both));
        }
    }
    for (tariff, factor) in &reckoning.power_factors {
        rows.push(output.line("line-power-factor", format!("{factor} ({tariff})")));
    }
    let mut text = format!("{table}\n{}", pairs(rows));
    for assumption in &reckoning.assumptions {
        text.push_str(&show::safe(&output.text().assumption(assumption)));
        text.push('\n');
    }
    text
}

fn row(
    output: &Output,
    bill: &BillDocument,
    reckoned: &Reckoned,
    line: &LineComparison,
) -> [Cell; 9] {
    let billed = line.billed.and_then(|index| bill.lines.get(index));
    let other = line
        .reckoned
        .and_then(|index| reckoned.reckoning.lines.get(index));
    let (shown, name) = reckoned.shown(bill, line, output.text());
    let currency = bill.currency();
    let amount = |minor: Option<i64>| Cell::of(minor, |minor| Cell::Money(minor, currency));
    let codes: Vec<_> = line.causes.iter().map(Cause::as_str).collect();
    let difference = (line.difference.minor() != 0).then_some(line.difference.minor());
    [
        Cell::Text(name),
        Cell::of(shown.and_then(|line| line.quantity), Cell::number),
        Cell::of(shown.and_then(|line| line.unit.as_ref()), Cell::text),
        Cell::of(shown.and_then(|line| line.price), Cell::number),
        Cell::text(currency),
        amount(billed.map(|line| line.amount.minor())),
        amount(other.map(|other| other.line.amount.minor())),
        amount(difference),
        Cell::Both(reckoning::why(output.text(), line), codes.join(" ")),
    ]
}
