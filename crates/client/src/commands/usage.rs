//! `usage`: metering points, their consumption step by step, and its export.

mod chart;
mod curve;

use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::Serialize;
use wattkey_client::client::Client;
use wattkey_client::tables::usage as table;
use wattkey_domain::{AccountId, MeteringPointId};
use wattkey_protocol::usage::{MeteringPoint, Readings, Step};

use super::statement::{days_before, today};
use super::{id, not_found, of_account, online};
use crate::cli::args;
use crate::cli::context::Context;
use crate::cli::fault::{self, Exit, Fault};
use crate::cli::output::Output;
use crate::cli::show;
use crate::cli::table::{Cell, Column, Table, pairs};

/// Rows that a chart on a terminal may have.
const MAX_CHART: usize = 62;

#[derive(Serialize)]
struct Points {
    metering_points: Vec<MeteringPoint>,
}

pub(crate) fn run(context: &Context<'_>, wanted: &args::Usage) -> Result<(), Fault> {
    let Some(point) = &wanted.point else {
        let account: Option<AccountId> = wanted.account.as_deref().map(id).transpose()?;
        return online(context, async |client| {
            points(context, client, account.as_ref()).await
        });
    };
    let point: MeteringPointId = id(point)?;
    let step = Step::named(&wanted.by).unwrap_or(Step::Day);
    for file in [&wanted.green_button, &wanted.load_curve]
        .into_iter()
        .flatten()
    {
        if file.exists() && !wanted.force {
            return Err(fault::exists(file));
        }
    }
    online(context, async |client| {
        let (from, to) = days(client, wanted, step).await?;
        if wanted.green_button.is_some() || wanted.load_curve.is_some() {
            return curve::export(context, client, &point, from, to, wanted).await;
        }
        let readings = client.readings(&point, from, to, step).await?;
        let readings = readings.ok_or_else(|| not_found(&point))?;
        if (readings.from, readings.to) != (from, to) {
            let last = readings.to.yesterday().unwrap_or(readings.to);
            let values = [
                ("from", readings.from.to_string().into()),
                ("to", last.to_string().into()),
            ];
            context.output.say("usage-whole-months", &values);
        }
        context
            .output
            .page(&readings, &table::of(&readings), |drawn| {
                human(context.output, &readings, &drawn)
            })
    })
}

async fn points(
    context: &Context<'_>,
    client: &mut Client,
    account: Option<&AccountId>,
) -> Result<(), Fault> {
    let document = Points {
        metering_points: of_account(client.metering_points(account).await, account)?,
    };
    let mut table = Table::new(&[
        Column::left("column-point"),
        Column::left("column-account"),
        Column::left("column-name"),
        Column::for_programs("address"),
        Column::left("column-under"),
        Column::left("column-tariff"),
        Column::left("column-schedule"),
        Column::right("column-capacity-kva"),
        Column::right("column-contracted-kw"),
        Column::left("column-first-reading"),
        Column::left("column-last-reading"),
    ]);
    for point in &document.metering_points {
        table.row([
            Cell::text(&point.point),
            Cell::text(&point.account),
            Cell::text(&point.name),
            Cell::text(&point.address),
            Cell::of(point.under.as_ref(), Cell::text),
            Cell::text(&point.tariff),
            Cell::of(point.schedule.as_ref(), Cell::text),
            Cell::of(point.capacity_kva.as_ref(), Cell::number),
            Cell::of(point.contracted_kw.as_ref(), Cell::number),
            Cell::of(point.first, Cell::Time),
            Cell::of(point.last, Cell::Time),
        ]);
    }
    context.output.table(&document, &table)
}

/// The first day and the day after the last one. Without any: the last week of hours or intervals,
/// the last 31 days, the last 13 months.
async fn days(
    client: &mut Client,
    wanted: &args::Usage,
    step: Step,
) -> Result<(Date, Date), Fault> {
    let last = match wanted.to {
        Some(last) => last,
        None => today(client).await?,
    };
    let from = wanted.from.unwrap_or_else(|| match step {
        Step::Raw | Step::Hour => days_before(last, 6),
        Step::Day => days_before(last, 30),
        Step::Month => last.first_of_month().saturating_sub(12.months()),
    });
    if from > last {
        return Err(Fault::new("usage-days", Exit::Usage)
            .with("from", from.to_string())
            .with("to", last.to_string()));
    }
    Ok((from, last.saturating_add(1.day())))
}

fn human(output: &Output, readings: &Readings, drawn: &str) -> String {
    let text = output.text();
    let total = &readings.total;
    let mut rows = vec![output.line("line-point", readings.point.to_string())];
    rows.push(output.line("line-time-zone", readings.time_zone.clone()));
    if let Some(energy) = total.energy.active_import {
        rows.push(output.line("line-drawn", format!("{} kWh", table::kwh(energy))));
    }
    for (period, energy) in total.periods.iter().flatten() {
        let name = table::period(text, period);
        rows.push((name, format!("{} kWh", table::kwh(*energy))));
    }
    if let Some(demand) = &total.maximum_demand {
        let at = show::time(demand.at);
        let value = format!("{} kW ({at})", table::kwh(demand.watt));
        rows.push(output.line("line-maximum-demand", value));
    }
    if let Some(factor) = &total.power_factor {
        rows.push(output.line("line-power-factor", factor.clone()));
    }
    let mut parts = vec![drawn.to_owned()];
    if (2..=MAX_CHART).contains(&readings.items.len()) {
        parts.push(chart::of(readings));
    }
    parts.push(pairs(rows));
    let gaps = table::gaps(total);
    if gaps > 0 {
        parts.push(text.with("usage-gaps", &[("count", gaps.into())]) + "\n");
    }
    parts.join("\n")
}
