mod chart;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use slint::{ComponentHandle as _, SharedString};
use wattkey_client::tables;
use wattkey_client::tables::usage::{gaps, kwh};
use wattkey_client::words::Text;
use wattkey_desktop_ui::{AppWindow, Figure, Tone, Usage as Page};
use wattkey_protocol::usage::MeteringPoint;

use super::{Drawn, code, count, model, safe, said, table};
use crate::model::Open;
use crate::model::usage::{Measure, Slot, Usage, View, span};

/// From here on a figure has no fraction, in thousandths.
const LARGE: i64 = 100_000_000;

pub(super) fn show(open: &Open, text: &Text, ui: &AppWindow, drawn: &mut Drawn) {
    let page = ui.global::<Page<'_>>();
    let usage = &open.usage;
    let loading = usage.fault.is_none()
        && (usage.points.is_none() || (usage.asked().is_some() && usage.there().is_none()));
    page.set_loading(loading);
    page.set_failed(said(usage.fault.as_ref().or(open.fault.as_ref()), text));
    let version = Some((usage.version, code(text)));
    if drawn.usage == version {
        return;
    }
    drawn.usage = version;
    let points = usage.points.iter().flatten();
    let points: Vec<SharedString> = points.map(|point| safe(&name(point))).collect();
    if table::is_other(&page.get_points(), &points) {
        page.set_points(model(points));
    }
    page.set_point(count(usage.chosen));
    page.set_view(place(&View::ALL, &usage.view));
    page.set_measure(place(&Measure::ALL, &usage.measure));
    let day = usage.view == View::Day && usage.measure == Measure::Energy;
    let grains = ["window-grain-raw", "window-grain-hour"].map(|id| text.get(id).into());
    let grains: &[SharedString] = if day { &grains } else { &[] };
    if table::is_other(&page.get_grains(), grains) {
        page.set_grains(model(grains.to_vec()));
    }
    page.set_grain(i32::from(usage.hours));
    page.set_span(
        usage
            .from
            .map_or_else(SharedString::new, |from| span(usage.view, from).into()),
    );
    let (back, on) = ends(usage, &open.me.time_zone);
    page.set_can_go_back(back);
    page.set_can_go_on(on);
    page.set_can_zoom_out(usage.from.is_some() && usage.view != View::Year);
    page.set_nothing(match (loading, usage.readings()) {
        (true, _) => text.get("window-loading").into(),
        (false, Some(readings)) if !readings.items.is_empty() => SharedString::new(),
        (false, _) if usage.points.as_ref().is_some_and(Vec::is_empty) => {
            text.get("window-no-points").into()
        }
        (false, _) => text.get("window-no-readings").into(),
    });
    page.set_figures(model(figures(usage, text)));
    chart::chart(usage, text, &page);
    let readings = usage.readings();
    let rows = readings.map(|readings| table::of(&tables::usage::of(readings), text));
    let (columns, rows, chars) = rows.map_or_else(Default::default, |drawable| {
        (drawable.columns, drawable.rows, drawable.chars)
    });
    page.set_columns(model(columns));
    page.set_chars(chars);
    page.set_rows(model(rows));
}

pub(super) fn hide(ui: &AppWindow) {
    let page = ui.global::<Page<'_>>();
    page.set_points(model(Vec::new()));
    page.set_figures(model(Vec::new()));
    page.set_bars(model(Vec::new()));
    page.set_legend(model(Vec::new()));
    page.set_columns(model(Vec::new()));
    page.set_rows(model(Vec::new()));
    for set in [Page::set_span, Page::set_line_label, Page::set_failed] {
        set(&page, SharedString::new());
    }
    page.set_line(-1);
}

fn name(point: &MeteringPoint) -> String {
    format!("{} · {} · {}", point.account, point.name, point.point)
}

fn place<T: PartialEq>(all: &[T], one: &T) -> i32 {
    count(all.iter().position(|other| other == one).unwrap_or(0))
}

/// Whether there are readings before and after what is seen.
fn ends(usage: &Usage, zone: &str) -> (bool, bool) {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let day = |at: jiff::Timestamp| zone.to_datetime(at);
    let Some((from, point)) = usage.from.zip(usage.point()) else {
        return (false, false);
    };
    let next = usage.view.moved(from, 1);
    (
        point.first.is_some_and(|first| day(first).date() < from),
        point
            .last
            .is_some_and(|last| day(last) > next.to_datetime(jiff::civil::Time::midnight())),
    )
}

/// A decimal of a document in thousandths; further digits are cut.
fn thousandths(decimal: &str) -> Option<i64> {
    let (whole, fraction) = decimal.split_once('.').unwrap_or((decimal, ""));
    let fraction: String = fraction.chars().chain("000".chars()).take(3).collect();
    let whole: i64 = whole.parse().ok()?;
    whole
        .checked_mul(1_000)?
        .checked_add(fraction.parse().ok()?)
}

fn contract(usage: &Usage) -> Option<i64> {
    thousandths(usage.point()?.contracted_kw.as_ref()?)
}

/// Thousandths as people read them: in groups of three.
fn grouped(milli: i64) -> String {
    wattkey_client::show::grouped(&kwh(milli))
}

/// Without the fraction of a large number; the table has it.
fn brief(milli: i64) -> i64 {
    match milli.checked_abs() {
        Some(size) if size < LARGE => milli,
        _ => milli - milli % 1_000,
    }
}

fn figures(usage: &Usage, text: &Text) -> Vec<Figure> {
    let total = usage.there().map(|shown| &shown.sums.total);
    let figure = |id: &str, value: Option<String>, note: String, tone| Figure {
        label: text.get(id).into(),
        value: value.unwrap_or_else(|| "–".into()).into(),
        note: note.into(),
        more: SharedString::new(),
        tone,
    };
    let energy = total.and_then(|total| total.energy.active_import);
    // Days to come are no gaps: nothing stands in their place.
    let sums = usage.there().map(|shown| shown.sums.items.iter());
    let missing: u32 = sums.into_iter().flatten().map(gaps).sum();
    let missing = match missing {
        0 => String::new(),
        missing => text.with("window-gaps", &[("count", missing.into())]),
    };
    let demand = total.and_then(|total| total.maximum_demand.as_ref());
    let contract = contract(usage);
    let tenths = demand
        .zip(contract)
        .and_then(|(demand, contract)| demand.watt.checked_mul(1_000)?.checked_div(contract));
    let (used, tone) = match tenths {
        Some(tenths) => (
            text.with(
                "window-of-contract",
                &[("percent", format!("{}.{}", tenths / 10, tenths % 10).into())],
            ),
            if tenths > 1_000 {
                Tone::Bad
            } else {
                Tone::Good
            },
        ),
        None => (String::new(), Tone::Neutral),
    };
    vec![
        figure(
            "window-measure-energy",
            energy.map(|energy| format!("{} kWh", grouped(brief(energy)))),
            missing,
            Tone::Warn,
        ),
        figure(
            "window-measure-demand",
            demand.map(|demand| format!("{} kW", grouped(demand.watt))),
            demand
                .map(|demand| minute(demand.at, usage))
                .unwrap_or_default(),
            Tone::Neutral,
        ),
        figure(
            "window-contract",
            contract.map(|contract| format!("{} kW", grouped(contract))),
            used,
            tone,
        ),
        figure(
            "window-measure-factor",
            total.and_then(|total| total.power_factor.clone()),
            String::new(),
            Tone::Neutral,
        ),
    ]
}

/// What is drawn of a place: watt-hours, watts, or thousandths.
fn value(slot: &Slot<'_>, usage: &Usage) -> Option<i64> {
    let item = slot.item?;
    match usage.measure {
        Measure::Energy => {
            let energy = item.energy.active_import?;
            match usage.view {
                View::Day => {
                    let seconds = item.to.as_second().checked_sub(item.from.as_second())?;
                    energy.checked_mul(3_600)?.checked_div(seconds)
                }
                View::Month | View::Year => Some(energy),
            }
        }
        Measure::Demand => item.maximum_demand.as_ref().map(|demand| demand.watt),
        Measure::Factor => thousandths(item.power_factor.as_ref()?),
    }
}

/// Where days begin.
fn zone(usage: &Usage) -> TimeZone {
    let zone = usage.there().map(|shown| shown.sums.time_zone.as_str());
    zone.and_then(|zone| TimeZone::get(zone).ok())
        .unwrap_or(TimeZone::UTC)
}

fn minute(at: Timestamp, usage: &Usage) -> String {
    let at = zone(usage).to_datetime(at);
    at.strftime("%Y-%m-%d %H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_exact_and_in_groups() {
        assert_eq!(thousandths("3200.5"), Some(3_200_500));
        assert_eq!(thousandths("0.9365"), Some(936));
        assert_eq!(thousandths("4000"), Some(4_000_000));
        assert_eq!(thousandths("x"), None);
        assert_eq!(grouped(1_234_567_250), "1,234,567.25");
        assert_eq!(grouped(-20), "-0.02");
        assert_eq!(grouped(999_000), "999");
        assert_eq!(grouped(brief(13_962_477_250)), "13,962,477");
        assert_eq!(grouped(brief(33_932_500)), "33,932.5");
    }
}
