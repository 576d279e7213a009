use jiff::Timestamp;
use jiff::tz::TimeZone;
use slint::{ComponentHandle as _, SharedString};
use wattkey_client::tables;
use wattkey_client::tables::usage::{gaps, kwh, period};
use wattkey_client::words::Text;
use wattkey_desktop_ui::{AppWindow, Bar, Figure, Legend, Segment, Tone, Usage as Page};
use wattkey_protocol::usage::{MeteringPoint, ReadingSum};

use super::overview::nice;
use super::{Drawn, code, count, model, pair, safe, said, table};
use crate::model::Open;
use crate::model::usage::{Measure, Slot, Usage, View, span};

/// Periods of tariffs, the dearest first; others come after them in one colour.
const PERIODS: [&str; 5] = ["sharp", "peak", "flat", "valley", "deep-valley"];
/// Marks on the scale, without its zero.
const MARKS: i64 = 5;
/// From here on a scale is in thousands: MWh for kWh, MW for kW.
const THOUSANDS: i64 = 10_000_000;
/// A contract so many times higher than the load would leave nothing of it to be seen.
const FAR: i64 = 3;
/// From here on a figure has no fraction, in thousandths.
const LARGE: i64 = 100_000_000;
/// More bars than this have a label at every other.
const MOST_LABELS: usize = 16;

pub(super) fn show(open: &Open, text: &Text, ui: &AppWindow, drawn: &mut Drawn) {
    let page = ui.global::<Page<'_>>();
    let usage = &open.usage;
    let loading = usage.fault.is_none()
        && (usage.points.is_none() || (usage.asked().is_some() && usage.there().is_none()));
    page.set_loading(loading);
    page.set_failed(said(usage.fault.as_ref().or(open.fault.as_ref()), text));
    let kept = usage.saved.as_ref();
    let kept = kept.map(|file| text.with("window-saved", &[("file", file.as_str().into())]));
    page.set_said(kept.unwrap_or_default().into());
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
    chart(usage, text, &page);
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
    for set in [
        Page::set_span,
        Page::set_line_label,
        Page::set_said,
        Page::set_failed,
    ] {
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
    let plain = kwh(milli);
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let (sign, digits) = match whole.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", whole),
    };
    let mut text = sign.to_owned();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    match fraction {
        "" => text,
        fraction => format!("{text}.{fraction}"),
    }
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

/// Where a period stands among those of tariffs.
fn rank(code: &str) -> usize {
    let known = PERIODS.iter().position(|period| *period == code);
    known.unwrap_or(PERIODS.len())
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

fn chart(usage: &Usage, text: &Text, page: &Page<'_>) {
    let slots = usage.slots();
    let values: Vec<Option<i64>> = slots.iter().map(|slot| value(slot, usage)).collect();
    let highest = values.iter().flatten().copied().max().unwrap_or(0).max(0);
    let load = usage.measure == Measure::Demand
        || (usage.measure == Measure::Energy && usage.view == View::Day);
    let line = contract(usage).filter(|contract| {
        load && (usage.measure == Measure::Demand || *contract <= highest.saturating_mul(FAR))
    });
    let top = highest.max(line.unwrap_or(0));
    let thousands = usage.measure != Measure::Factor && top >= THOUSANDS;
    let step = match usage.measure {
        Measure::Factor => 200,
        _ if thousands => nice(top / 1_000_000 / MARKS + 1) * 1_000_000,
        _ if top >= MARKS * 1_000 => nice(top / 1_000 / MARKS + 1) * 1_000,
        _ => nice(top / MARKS + 1),
    };
    let unit = match (usage.measure, load, thousands) {
        (Measure::Factor, ..) => "",
        (_, true, false) => "kW",
        (_, true, true) => "MW",
        (_, false, false) => "kWh",
        (_, false, true) => "MWh",
    };
    let scaled = |milli: i64| if thousands { milli / 1_000 } else { milli };
    // No more of the scale than its bars need.
    let most = match usage.measure {
        Measure::Factor => MARKS,
        _ => top
            .saturating_add(step - 1)
            .checked_div(step)
            .unwrap_or(1)
            .clamp(1, MARKS),
    };
    let marks = (0..=most).rev().map(|mark| grouped(scaled(mark * step)));
    page.set_scale(model(marks.map(SharedString::from).collect()));
    let heading = text.get(match (usage.measure, usage.view) {
        (Measure::Energy, View::Day) => "window-measure-load",
        (Measure::Energy, _) => "window-measure-energy",
        (Measure::Demand, _) => "window-measure-demand",
        (Measure::Factor, _) => "window-measure-factor",
    });
    let heading = match unit {
        "" => heading,
        unit => format!("{heading} ({unit})"),
    };
    // A picture of it says what it is of.
    let of = usage.asked().map(|asked| {
        let span = span(asked.view, asked.from);
        format!("{heading} · {} · {span}", asked.point)
    });
    page.set_heading(safe(&of.unwrap_or(heading)));
    let whole = step * most;
    let part = |milli: i64| i32::try_from(milli.saturating_mul(1_000) / whole).unwrap_or(1_000);
    page.set_line(line.map_or(-1, part));
    page.set_line_label(line.map_or_else(SharedString::new, |contract| {
        let value = format!("{} kW", grouped(contract));
        text.with("window-contract-line", &[("value", value.into())])
            .into()
    }));
    let bars = slots.iter().zip(&values).enumerate();
    let bars = bars.map(|(index, (slot, value))| Bar {
        label: label(slot, usage, index, slots.len()).into(),
        said: safe(&words(slot, *value, usage, text)),
        segments: model(segments(slot, value.unwrap_or(0), usage, part)),
    });
    page.set_bars(model(bars.collect()));
    page.set_legend(model(legend(usage, text)));
    page.set_marked(-1);
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

/// When a place begins, as the clocks of the service show it.
fn clock(slot: &Slot<'_>, usage: &Usage) -> Option<jiff::civil::DateTime> {
    slot.at.map(|at| zone(usage).to_datetime(at))
}

fn label(slot: &Slot<'_>, usage: &Usage, index: usize, of: usize) -> String {
    match (usage.view, clock(slot, usage)) {
        (View::Day, Some(at)) if at.hour() % 3 == 0 && at.minute() == 0 => {
            at.strftime("%H:%M").to_string()
        }
        (View::Month, _) if of > MOST_LABELS && index % 2 == 1 => String::new(),
        (View::Month, _) => slot.day.day().to_string(),
        (View::Year, _) => slot.day.strftime("%m").to_string(),
        (View::Day, _) => String::new(),
    }
}

fn words(slot: &Slot<'_>, value: Option<i64>, usage: &Usage, text: &Text) -> String {
    let when = match (usage.view, clock(slot, usage)) {
        (View::Day, Some(at)) => at.strftime("%Y-%m-%d %H:%M").to_string(),
        (view, _) => span(
            if view == View::Year {
                View::Month
            } else {
                View::Day
            },
            slot.day,
        ),
    };
    let Some(value) = value else {
        return format!("{when}: {}", text.get("window-nothing-known"));
    };
    let unit = match (usage.measure, usage.view) {
        (Measure::Factor, _) => "",
        (Measure::Demand, _) | (Measure::Energy, View::Day) => " kW",
        (Measure::Energy, _) => " kWh",
    };
    let mut words = format!("{when}: {}{unit}", grouped(value));
    if usage.measure != Measure::Energy {
        if let Some(demand) = slot.item.and_then(|item| item.maximum_demand.as_ref())
            && usage.measure == Measure::Demand
        {
            words.push_str(&format!(" · {}", minute(demand.at, usage)));
        }
        return words;
    }
    let hour = slot.hour.or(slot.item);
    let parts: Vec<(&String, i64)> = drawn_periods(hour);
    match (usage.view, parts.as_slice()) {
        (View::Day, [(one, _)]) => words.push_str(&format!(" · {}", period(text, one))),
        (View::Day, _) => {}
        (_, parts) => {
            for (code, energy) in parts {
                words.push_str(&format!(" · {} {}", period(text, code), grouped(*energy)));
            }
        }
    }
    let missing = slot.item.map_or(0, gaps);
    if missing > 0 {
        let gaps = text.with("window-gaps", &[("count", missing.into())]);
        words.push_str(&format!(" · {gaps}"));
    }
    words
}

/// The periods in which something was drawn, the dearest first.
fn drawn_periods(sum: Option<&ReadingSum>) -> Vec<(&String, i64)> {
    let periods = sum.and_then(|sum| sum.periods.as_ref());
    let mut periods: Vec<(&String, i64)> = periods
        .into_iter()
        .flatten()
        .filter(|(_, energy)| **energy > 0)
        .map(|(code, energy)| (code, *energy))
        .collect();
    periods.sort_by_key(|(code, _)| rank(code));
    periods
}

/// Of energy in periods one part for each, the cheapest at the bottom; else one.
fn segments(slot: &Slot<'_>, value: i64, usage: &Usage, part: impl Fn(i64) -> i32) -> Vec<Segment> {
    let one = |period| {
        vec![Segment {
            period,
            from: 0,
            height: part(value),
        }]
    };
    if usage.measure != Measure::Energy {
        return one(-1);
    }
    let periods = drawn_periods(slot.hour.or(slot.item));
    match (usage.view, periods.as_slice()) {
        (_, []) => one(-1),
        (_, [(code, _)]) => one(count(rank(code))),
        // An interval of an hour in which the period changes: of which of them, the hour does not say.
        (View::Day, _) => one(-1),
        (_, periods) => {
            let mut below = 0_i64;
            let mut segments = Vec::new();
            for (code, energy) in periods.iter().rev() {
                let from = part(below);
                below = below.saturating_add(*energy);
                segments.push(Segment {
                    period: count(rank(code)),
                    from,
                    height: part(below) - from,
                });
            }
            segments
        }
    }
}

fn legend(usage: &Usage, text: &Text) -> Vec<Legend> {
    if usage.measure != Measure::Energy {
        return Vec::new();
    }
    let total = usage.there().map(|shown| &shown.sums.total);
    let periods = drawn_periods(total);
    let sum = periods
        .iter()
        .map(|(_, energy)| *energy)
        .sum::<i64>()
        .max(1);
    let entries = periods.iter().map(|(code, energy)| {
        let share = pair(
            period(text, code),
            format!("{} %", energy.saturating_mul(100) / sum),
        );
        Legend {
            period: count(rank(code)),
            text: format!("{} {}", share.label, share.value).into(),
        }
    });
    entries.collect()
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
