//! `bill reckon`: a bill beside what its tariff and its readings make, without key and network.

mod document;

use std::io::Read as _;
use std::path::Path;

use wattkey_client::money;
use wattkey_domain::BillDocument;
use wattkey_domain::tariff::{
    Assumption, Cause, Comparison, LineComparison, Metered, Part, Reckoning, Tariff, compare,
    reckon,
};

use crate::cli::args::BillReckon;
use crate::cli::context::Context;
use crate::cli::fault::{Exit, Fault};
use crate::cli::output::Output;
use crate::cli::show;
use crate::cli::table::{Side, Table, pairs};
use crate::cli::text::Lang;

/// More than any of the documents may have; their readers say how much that is.
const MAX_FILE: u64 = 2 * 1024 * 1024;

pub(crate) fn run(context: &Context<'_>, wanted: &BillReckon) -> Result<(), Fault> {
    let bill = document(&wanted.file, BillDocument::parse)?;
    let metered = document(&wanted.readings, Metered::parse)?;
    let tariffs = wanted
        .tariff
        .iter()
        .map(|file| document(file, Tariff::parse));
    let tariffs: Vec<Tariff> = tariffs.collect::<Result<_, _>>()?;
    if (&bill.account, bill.period) != (&metered.account, metered.month) {
        return Err(Fault::new("reckon-other-month", Exit::Usage)
            .with("bill", bill.bill.to_string())
            .with("wanted", format!("{} {}", bill.account, bill.period))
            .with("readings", format!("{} {}", metered.account, metered.month)));
    }
    let impossible = |error: &dyn std::error::Error| {
        Fault::new("reckon-impossible", Exit::Usage)
            .with("bill", bill.bill.to_string())
            .cause(error)
    };
    let reckoning = reckon(&tariffs, &metered).map_err(|error| impossible(&error))?;
    let comparison = compare(&bill, &reckoning).map_err(|error| impossible(&error))?;
    let shown = document::of(&bill, &reckoning, &comparison);
    context.output.result(&shown, || {
        human(context.output, &bill, &reckoning, &comparison)
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

fn human(
    output: &Output,
    bill: &BillDocument,
    reckoning: &Reckoning,
    comparison: &Comparison,
) -> String {
    let mut table = Table::new(&[
        output.heading("column-line", Side::Left),
        output.heading("column-quantity", Side::Right),
        output.heading("column-unit", Side::Left),
        output.heading("column-price", Side::Right),
        output.heading("column-billed", Side::Right),
        output.heading("column-reckoned", Side::Right),
        output.heading("column-difference", Side::Right),
        output.heading("column-why", Side::Left),
    ]);
    for line in &comparison.lines {
        table.row(row(output, bill, reckoning, line));
    }
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
    let mut text = format!(
        "{}\n{}",
        table.text_or(&output.text().get("nothing-found")),
        pairs(rows)
    );
    for assumption in &reckoning.assumptions {
        text.push_str(&show::safe(&assumed(output, assumption)));
        text.push('\n');
    }
    text
}

fn row(
    output: &Output,
    bill: &BillDocument,
    reckoning: &Reckoning,
    line: &LineComparison,
) -> [String; 8] {
    let billed = line.billed.and_then(|index| bill.lines.get(index));
    let other = line.reckoned.and_then(|index| reckoning.lines.get(index));
    let shown = other.map(|other| &other.line).or(billed);
    let name = shown.map_or_else(String::new, |line| match output.text().lang() {
        Lang::En => line.text.en.clone(),
        Lang::Zh => line.text.zh.clone(),
    });
    let name = match other.and_then(|other| other.share) {
        None => name,
        Some(share) => output.text().with(
            "reckon-share",
            &[
                ("line", name.into()),
                ("days", share.days.into()),
                ("of", share.of.into()),
            ],
        ),
    };
    let optional = |value: Option<String>| value.unwrap_or_default();
    let currency = bill.currency();
    let amount = |minor: Option<i64>| optional(minor.map(|minor| show::money(minor, currency)));
    let causes: Vec<_> = line
        .causes
        .iter()
        .map(|cause| why(output, *cause))
        .collect();
    let difference = (line.difference.minor() != 0).then_some(line.difference.minor());
    [
        name,
        optional(shown.and_then(|line| Some(line.quantity?.to_string()))),
        optional(shown.and_then(|line| line.unit.clone())),
        optional(shown.and_then(|line| Some(line.price?.to_string()))),
        amount(billed.map(|line| line.amount.minor())),
        amount(other.map(|other| other.line.amount.minor())),
        amount(difference),
        causes.join("; "),
    ]
}

fn why(output: &Output, cause: Cause) -> String {
    let id = format!("cause-{}", cause.as_str());
    match cause {
        Cause::Quantity { billed, .. } | Cause::Price { billed, .. } => {
            let billed = billed.map_or_else(|| "–".to_owned(), |billed| billed.to_string());
            output.text().with(&id, &[("billed", billed.into())])
        }
        _ => output.text().get(&id),
    }
}

fn assumed(output: &Output, assumption: &Assumption) -> String {
    let id = format!("assumed-{}", assumption.as_str());
    let text = output.text();
    match assumption {
        Assumption::SplitByDays { point, first, last } => text.with(
            &id,
            &[
                ("point", point.to_string().into()),
                ("first", first.to_string().into()),
                ("last", last.to_string().into()),
            ],
        ),
        Assumption::RolledOver {
            point,
            register,
            at,
        } => text.with(
            &id,
            &[
                ("point", point.to_string().into()),
                ("register", register.as_str().into()),
                ("at", at.to_string().into()),
            ],
        ),
        Assumption::DeductedByShares { point } => {
            text.with(&id, &[("point", point.to_string().into())])
        }
        Assumption::NoPowerFactor { tariff } => {
            text.with(&id, &[("tariff", tariff.to_string().into())])
        }
    }
}
