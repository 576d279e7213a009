//! `bill reckon`: a bill beside what its tariff and its readings make: those of the service, or files
//! without key and network.

mod document;

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::Path;

use wattkey_client::client::Client;
use wattkey_client::{money, own};
use wattkey_domain::tariff::{
    Assumption, Cause, Comparison, LineComparison, Metered, Part, Reckoning, Tariff, compare,
    reckon,
};
use wattkey_domain::{BillDocument, BillId, TariffId};

use super::{id, online};
use crate::cli::args::BillReckon;
use crate::cli::context::Context;
use crate::cli::fault::{Exit, Fault};
use crate::cli::output::Output;
use crate::cli::show;
use crate::cli::table::{Cell, Column, Table, pairs};
use crate::cli::text::Lang;

/// More than any of the documents may have; their readers say how much that is.
const MAX_FILE: u64 = 2 * 1024 * 1024;

pub(crate) fn run(context: &Context<'_>, wanted: &BillReckon) -> Result<(), Fault> {
    let Some(readings) = &wanted.readings else {
        let bill = id(&wanted.bill)?;
        return online(context, async |client| {
            let (bill, tariffs, metered) = fetch(client, &bill).await?;
            shown(context, &bill, &tariffs, &metered)
        });
    };
    let bill = document(Path::new(&wanted.bill), BillDocument::parse)?;
    let metered = document(readings, Metered::parse)?;
    let tariffs = wanted
        .tariff
        .iter()
        .map(|file| document(file, Tariff::parse));
    let tariffs: Vec<Tariff> = tariffs.collect::<Result<_, _>>()?;
    shown(context, &bill, &tariffs, &metered)
}

/// A bill, the tariffs of its metering points, and what they metered, as the service has them.
async fn fetch(
    client: &mut Client,
    id: &BillId,
) -> Result<(BillDocument, Vec<Tariff>, Metered), Fault> {
    let (bill, _) = own::bill(client, id).await?;
    let (tariffs, metered) = basis(client, id).await?;
    Ok((bill, tariffs, metered))
}

/// What a bill is reckoned from, as the service has it.
pub(super) async fn basis(
    client: &mut Client,
    id: &BillId,
) -> Result<(Vec<Tariff>, Metered), Fault> {
    let missing = |what: &str| {
        Fault::new("reckon-nothing", Exit::NotFound)
            .with("bill", id.to_string())
            .with("what", what)
    };
    let unfit = |error: &dyn std::error::Error| {
        Fault::new("reckon-impossible", Exit::Refused)
            .with("bill", id.to_string())
            .cause(error)
    };
    let metered = client.metered(id).await?;
    let metered = metered.ok_or_else(|| missing("metered"))?;
    let metered = Metered::parse(&metered).map_err(|error| unfit(&error))?;
    let names: BTreeSet<&TariffId> = metered.points.iter().map(|point| &point.tariff).collect();
    let mut tariffs = Vec::new();
    for name in names {
        let bytes = client.tariff(name).await?;
        let bytes = bytes.ok_or_else(|| missing(&name.to_string()))?;
        tariffs.push(Tariff::parse(&bytes).map_err(|error| unfit(&error))?);
    }
    Ok((tariffs, metered))
}

/// Reckons, compares, tells.
fn shown(
    context: &Context<'_>,
    bill: &BillDocument,
    tariffs: &[Tariff],
    metered: &Metered,
) -> Result<(), Fault> {
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
    let reckoning = reckon(tariffs, metered).map_err(|error| impossible(&error))?;
    let comparison = compare(bill, &reckoning).map_err(|error| impossible(&error))?;
    let shown = document::of(bill, &reckoning, &comparison);
    let table = table(context.output, bill, &reckoning, &comparison);
    context.output.page(&shown, &table, |drawn| {
        human(context.output, bill, &reckoning, &comparison, &drawn)
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

fn table(
    output: &Output,
    bill: &BillDocument,
    reckoning: &Reckoning,
    comparison: &Comparison,
) -> Table {
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
    for line in &comparison.lines {
        table.row(row(output, bill, reckoning, line));
    }
    table
}

fn human(
    output: &Output,
    bill: &BillDocument,
    reckoning: &Reckoning,
    comparison: &Comparison,
    table: &str,
) -> String {
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
) -> [Cell; 9] {
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
    let currency = bill.currency();
    let amount = |minor: Option<i64>| Cell::of(minor, |minor| Cell::Money(minor, currency));
    let causes = line.causes.iter();
    let causes: Vec<_> = causes.map(|cause| why(output, *cause)).collect();
    let codes: Vec<_> = line
        .causes
        .iter()
        .map(wattkey_domain::tariff::Cause::as_str)
        .collect();
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
        Cell::Both(causes.join("; "), codes.join(" ")),
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
