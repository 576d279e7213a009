//! Consumption as a table: a column for each channel, period and figure that is there.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use wattkey_protocol::time;
use wattkey_protocol::usage::{ByChannel, Coverage, ReadingSum, Readings, Step};

use crate::table::{Cell, Column, Table};
use crate::words::Text;

/// Watt-hours as kWh, or watts as kW.
#[must_use]
pub fn kwh(milli: i64) -> String {
    let sign = if milli < 0 { "-" } else { "" };
    let (whole, rest) = (milli.unsigned_abs() / 1_000, milli.unsigned_abs() % 1_000);
    if rest == 0 {
        return format!("{sign}{whole}");
    }
    let rest = format!("{rest:03}");
    format!("{sign}{whole}.{}", rest.trim_end_matches('0'))
}

/// A time-of-use period in words; its code when it has none.
#[must_use]
pub fn period(text: &Text, code: &str) -> String {
    let words = text.find(&format!("period-{code}"), &[]);
    words.unwrap_or_else(|| code.to_owned())
}

/// Intervals that are not there or not measured, of the channel that has the most of them.
#[must_use]
pub fn gaps(sum: &ReadingSum) -> u32 {
    let of = |coverage: &Coverage| {
        let doubtful = coverage.estimated.saturating_add(coverage.suspect);
        doubtful.saturating_add(coverage.missing)
    };
    let coverage = each(&sum.coverage);
    coverage
        .into_iter()
        .flatten()
        .map(|one| of(&one))
        .max()
        .unwrap_or(0)
}

fn each<T: Copy>(of: &ByChannel<T>) -> [Option<T>; 4] {
    [
        of.active_import,
        of.active_export,
        of.reactive_import,
        of.reactive_export,
    ]
}

/// The table, a row for each item.
#[must_use]
pub fn of(readings: &Readings) -> Table {
    let raw = readings.step == Step::Raw;
    let known = each(&readings.total.energy).map(|total| total.is_some());
    let periods: BTreeSet<&String> = readings
        .items
        .iter()
        .chain([&readings.total])
        .flat_map(|item| item.periods.iter().flatten())
        .map(|(code, _)| code)
        .collect();
    let channels = [
        "column-active-import-kwh",
        "column-active-export-kwh",
        "column-reactive-import-kvarh",
        "column-reactive-export-kvarh",
    ];
    let mut columns = vec![Column::left("column-from"), Column::for_programs("until")];
    let wanted = channels.into_iter().zip(known).filter(|(_, known)| *known);
    columns.extend(wanted.map(|(id, _)| Column::right(id)));
    columns.extend(periods.iter().map(|code| Column::of_period(code)));
    if !raw {
        columns.push(Column::right("column-maximum-demand-kw"));
        columns.push(Column::for_programs("maximum_demand_at"));
        columns.push(Column::right("column-power-factor"));
    }
    columns.push(Column::right("column-not-measured"));
    let mut table = Table::new(&columns);
    let zone = TimeZone::get(&readings.time_zone).unwrap_or(TimeZone::UTC);
    for item in &readings.items {
        let from = match item.date {
            Some(date) if readings.step == Step::Day => Cell::text(date),
            Some(date) if readings.step == Step::Month => {
                Cell::Text(date.strftime("%Y-%m").to_string())
            }
            _ => interval(item, &zone),
        };
        let mut row = vec![from, Cell::Time(item.to)];
        let energies = each(&item.energy).into_iter().zip(known);
        let energies = energies.filter(|(_, known)| *known);
        row.extend(energies.map(|(energy, _)| Cell::of(energy, |wh| Cell::Number(kwh(wh)))));
        for code in &periods {
            let energy = item.periods.as_ref().and_then(|periods| periods.get(*code));
            row.push(Cell::of(energy, |wh| Cell::Number(kwh(*wh))));
        }
        if !raw {
            let demand = item.maximum_demand.as_ref();
            row.push(Cell::of(demand, |demand| Cell::Number(kwh(demand.watt))));
            row.push(Cell::of(demand, |demand| Cell::Time(demand.at)));
            row.push(Cell::of(item.power_factor.as_ref(), Cell::number));
        }
        let gaps = gaps(item);
        row.push(if gaps == 0 {
            Cell::Empty
        } else {
            Cell::number(gaps)
        });
        table.row(row);
    }
    table
}

/// When an interval begins: for people as the clocks of the metering point's days show it.
fn interval(item: &ReadingSum, zone: &TimeZone) -> Cell {
    let words = zone.to_datetime(item.from).strftime("%Y-%m-%d %H:%M");
    Cell::Both(words.to_string(), time::format(item.from))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn readings() -> Readings {
        let at = |day: u8| format!("2026-08-{day:02}T00:00:00Z");
        let item = |day: u8, wh: i64| {
            json!({"from": at(day), "to": at(day + 1), "date": format!("2026-08-{day:02}"),
                "energy": {"active-import": wh, "reactive-import": 250},
                "periods": {"peak": wh / 2, "valley": wh - wh / 2},
                "maximum_demand": {"at": at(day), "watt": 1_234_500, "window": 900, "missing": 0},
                "power_factor": "0.97"})
        };
        let mut second = item(2, 2_000_500);
        second["coverage"] = json!({"active-import":
            {"measured": 90, "estimated": 2, "suspect": 0, "missing": 4}});
        serde_json::from_value(
            json!({"point": "P-1", "from": "2026-08-01", "to": "2026-08-03",
            "step": "day", "time_zone": "Asia/Shanghai", "resolution": 900, "schedule": "S-1",
            "total": item(1, 3_000_500), "items": [item(1, 1_000_000), second]}),
        )
        .unwrap()
    }

    #[test]
    fn what_is_there_has_columns() {
        let csv = String::from_utf8(of(&readings()).csv()).unwrap();
        let lines: Vec<&str> = csv.lines().collect();
        assert_eq!(
            lines,
            [
                "from,until,active_import_kwh,reactive_import_kvarh,peak_kwh,valley_kwh,\
                 maximum_demand_kw,maximum_demand_at,power_factor,not_measured",
                "2026-08-01,2026-08-02T00:00:00Z,1000,0.25,500,500,1234.5,\
                 2026-08-01T00:00:00Z,0.97,",
                "2026-08-02,2026-08-03T00:00:00Z,2000.5,0.25,1000.25,1000.25,1234.5,\
                 2026-08-02T00:00:00Z,0.97,6",
            ]
        );
    }

    #[test]
    fn intervals_begin_by_the_clock_of_their_days() {
        let mut hours = readings();
        hours.step = Step::Hour;
        let table = of(&hours);
        let text = Text::new(crate::words::Lang::En);
        let first = table.words(&text).next().unwrap();
        assert_eq!(first[0], "2026-08-01 08:00", "eight hours before Greenwich");
        let csv = String::from_utf8(table.csv()).unwrap();
        assert!(csv.contains("\r\n2026-08-01T00:00:00Z,"), "{csv}");
    }

    #[test]
    fn thousandths_are_exact() {
        for (wh, text) in [(0, "0"), (1, "0.001"), (1_500, "1.5"), (-20, "-0.02")] {
            assert_eq!(kwh(wh), text);
        }
    }
}
