//! The bars, their scale, and what is said of each.

use slint::SharedString;
use wattkey_client::tables::usage::{gaps, period};
use wattkey_client::words::Text;
use wattkey_desktop_ui::{Bar, Legend, Segment, Usage as Page};
use wattkey_protocol::usage::ReadingSum;

use super::super::overview::nice;
use super::super::{count, model, pair, safe};
use super::{contract, grouped, minute, value, zone};
use crate::model::usage::{Measure, Slot, Usage, View, span};

/// Periods of tariffs, the dearest first; others come after them in one colour.
const PERIODS: [&str; 5] = ["sharp", "peak", "flat", "valley", "deep-valley"];
/// Marks on the scale, without its zero.
const MARKS: i64 = 5;
/// From here on a scale is in thousands: MWh for kWh, MW for kW.
const THOUSANDS: i64 = 10_000_000;
/// A contract so many times higher than the load would leave nothing of it to be seen.
const FAR: i64 = 3;
/// More bars than this have a label at every other.
const MOST_LABELS: usize = 16;

pub(super) fn chart(usage: &Usage, text: &Text, page: &Page<'_>) {
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
            &format!(
                "{} %",
                energy.saturating_mul(200).saturating_add(sum) / sum.saturating_mul(2)
            ),
        );
        Legend {
            period: count(rank(code)),
            text: format!("{} {}", share.label, share.value).into(),
        }
    });
    entries.collect()
}

/// Where a period stands among those of tariffs.
fn rank(code: &str) -> usize {
    let known = PERIODS.iter().position(|period| *period == code);
    known.unwrap_or(PERIODS.len())
}
