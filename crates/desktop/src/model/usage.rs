//! Consumption: a metering point's day, month or year, drawn and in a table.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use wattkey_client::fault::Fault;
use wattkey_client::tables;
use wattkey_domain::MeteringPointId;
use wattkey_protocol::usage::{MeteringPoint, ReadingSum, Readings, Step};

use super::{Effect, Open, Wanted};

/// Seconds of an hour.
const HOUR: i64 = 3_600;
/// Most bars of a day: one a minute.
const MOST_BARS: usize = 1_440;

/// The page.
#[derive(Debug, Default)]
pub struct Usage {
    /// All metering points; none before the first time.
    pub points: Option<Vec<MeteringPoint>>,
    /// Which of them.
    pub chosen: usize,
    /// How much is seen at once.
    pub view: View,
    /// A day in hours, not in the meter's own intervals.
    pub hours: bool,
    /// What is drawn.
    pub measure: Measure,
    /// The first day of what is seen.
    pub from: Option<Date>,
    /// What is there.
    pub shown: Option<Box<Shown>>,
    /// Why it is not.
    pub fault: Option<Fault>,
    /// Where a file was kept.
    pub saved: Option<String>,
    /// Goes up when something else is to be drawn.
    pub version: u64,
}

/// How much is seen at once.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// A day, in intervals or hours.
    Day,
    /// A month, in days.
    #[default]
    Month,
    /// A year, in months.
    Year,
}

/// What is drawn.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Energy; of a day the load.
    #[default]
    Energy,
    /// Maximum demand against the contract.
    Demand,
    /// Power factor.
    Factor,
}

impl View {
    /// All, as they are offered.
    pub const ALL: [View; 3] = [View::Day, View::Month, View::Year];

    /// What is summed to one.
    #[must_use]
    pub fn step(self) -> Step {
        match self {
            View::Day => Step::Hour,
            View::Month => Step::Day,
            View::Year => Step::Month,
        }
    }

    /// The first day of the span that this day is in.
    #[must_use]
    pub fn first(self, day: Date) -> Date {
        match self {
            View::Day => day,
            View::Month => day.first_of_month(),
            View::Year => day.first_of_year(),
        }
    }

    /// The first day of the span `by` later.
    #[must_use]
    pub fn moved(self, first: Date, by: i32) -> Date {
        match self {
            View::Day => first.saturating_add(by.days()),
            View::Month => first.saturating_add(by.months()),
            View::Year => first.saturating_add(by.years()),
        }
    }
}

impl Measure {
    /// All, as they are offered.
    pub const ALL: [Measure; 3] = [Measure::Energy, Measure::Demand, Measure::Factor];
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Of which metering point.
    pub point: MeteringPointId,
    /// How much.
    pub view: View,
    /// The first day.
    pub from: Date,
}

impl Asked {
    /// The day after the last one.
    #[must_use]
    pub fn to(&self) -> Date {
        self.view.moved(self.from, 1)
    }
}

/// What came.
#[derive(Debug)]
pub struct Shown {
    /// What was asked for.
    pub asked: Asked,
    /// Hours of a day, days of a month, months of a year.
    pub sums: Readings,
    /// Of a day also the meter's own intervals.
    pub raw: Option<Readings>,
}

/// A place in the chart.
#[derive(Debug)]
pub struct Slot<'a> {
    /// The day that it begins on.
    pub day: Date,
    /// When it begins, within a day.
    pub at: Option<Timestamp>,
    /// What is known of it.
    pub item: Option<&'a ReadingSum>,
    /// Of an interval: the hour that it lies in.
    pub hour: Option<&'a ReadingSum>,
}

/// What happens on the page.
#[derive(Debug)]
pub enum Input {
    /// Another metering point.
    Choose(usize),
    /// More or less is seen at once.
    View(View),
    /// So many spans later.
    Move(i32),
    /// What is in this place, closer.
    ZoomIn(usize),
    /// From further away.
    ZoomOut,
    /// A day in hours, or not.
    Hours(bool),
    /// Something else is drawn.
    Measure(Measure),
    /// Again from the service.
    Again,
    /// The table as a file.
    SaveCsv,
    /// The chart as a file.
    SavePicture(Picture),
}

/// A picture of a part of the window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Points of a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Red, green, blue and opacity of each point, row by row.
    pub rgba: Vec<u8>,
}

impl Usage {
    /// The metering point that is seen.
    #[must_use]
    pub fn point(&self) -> Option<&MeteringPoint> {
        self.points.as_deref()?.get(self.chosen)
    }

    /// What is to be seen.
    #[must_use]
    pub fn asked(&self) -> Option<Asked> {
        Some(Asked {
            point: self.point()?.point.clone(),
            view: self.view,
            from: self.from?,
        })
    }

    /// What is there of it; nothing while it is being fetched.
    #[must_use]
    pub fn there(&self) -> Option<&Shown> {
        let asked = self.asked()?;
        self.shown.as_deref().filter(|shown| shown.asked == asked)
    }

    /// What is drawn and stands in the table.
    #[must_use]
    pub fn readings(&self) -> Option<&Readings> {
        let shown = self.there()?;
        let raw = shown.raw.as_ref().filter(|_| self.is_raw());
        Some(raw.unwrap_or(&shown.sums))
    }

    /// Whether the meter's own intervals are drawn: they have neither demand nor power factor.
    #[must_use]
    pub fn is_raw(&self) -> bool {
        self.view == View::Day && !self.hours && self.measure == Measure::Energy
    }

    /// What the page needs when it is opened.
    #[must_use]
    pub fn opened(&self) -> Vec<Effect> {
        match self.points {
            None => vec![Effect::Load(Wanted::Points)],
            Some(_) => self.wanted(),
        }
    }

    fn wanted(&self) -> Vec<Effect> {
        if self.there().is_some() {
            return Vec::new();
        }
        let asked = self.asked().map(Wanted::Readings);
        asked.map(Effect::Load).into_iter().collect()
    }

    /// The metering points came: the newest month of the first one with readings is shown.
    pub fn points_loaded(&mut self, points: Vec<MeteringPoint>, zone: &str) -> Vec<Effect> {
        let with_readings = points.iter().position(|point| point.last.is_some());
        self.chosen = with_readings.unwrap_or(0);
        self.points = Some(points);
        self.fault = None;
        self.version += 1;
        self.go_to_newest(zone);
        self.wanted()
    }

    fn go_to_newest(&mut self, zone: &str) {
        let last = self.point().and_then(|point| point.last);
        self.from = last.map(|end| {
            let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
            let within = end.saturating_sub(1.second()).unwrap_or(end);
            self.view.first(zone.to_datetime(within).date())
        });
    }

    /// Readings came; those that nobody looks at any more are dropped.
    pub fn loaded(&mut self, shown: Shown) {
        if self.asked().as_ref() == Some(&shown.asked) {
            self.shown = Some(Box::new(shown));
            self.fault = None;
            self.version += 1;
        }
    }

    /// What follows from an input; `zone` is where days begin.
    pub fn update(&mut self, input: Input, zone: &str) -> Vec<Effect> {
        self.saved = None;
        self.version += 1;
        match input {
            Input::Choose(index) => {
                if index < self.points.as_ref().map_or(0, Vec::len) {
                    self.chosen = index;
                    if self.from.is_none() {
                        self.go_to_newest(zone);
                    }
                }
            }
            Input::View(view) => {
                let day = self.newest_known(view);
                self.look(view, day);
            }
            Input::Move(by) => self.from = self.from.map(|from| self.view.moved(from, by)),
            Input::ZoomIn(index) => {
                let day = self.slots().get(index).map(|slot| slot.day);
                match self.view {
                    View::Year if day.is_some() => self.look(View::Month, day),
                    View::Month if day.is_some() => self.look(View::Day, day),
                    View::Day => self.hours = false,
                    _ => {}
                }
            }
            Input::ZoomOut => match self.view {
                View::Day if !self.hours => self.hours = true,
                View::Day => self.look(View::Month, self.from),
                View::Month | View::Year => self.look(View::Year, self.from),
            },
            Input::Hours(hours) => self.hours = hours,
            Input::Measure(measure) => self.measure = measure,
            Input::Again => {
                self.fault = None;
                self.shown = None;
                return self.opened();
            }
            Input::SaveCsv => {
                let table = self.readings().map(tables::usage::of);
                let save = table.map(|table| Effect::SaveTable(self.stem(), Box::new(table)));
                return save.into_iter().collect();
            }
            Input::SavePicture(picture) => {
                return vec![Effect::SavePicture(self.stem(), picture)];
            }
        }
        self.wanted()
    }

    /// Another view, on the span that the day is in.
    fn look(&mut self, view: View, day: Option<Date>) {
        self.view = view;
        self.from = day.map(|day| view.first(day));
    }

    /// Where a closer view begins that nobody chose a day for: with the last day that is known.
    fn newest_known(&self, view: View) -> Option<Date> {
        let closer = matches!(
            (self.view, view),
            (View::Year, View::Month | View::Day) | (View::Month, View::Day)
        );
        let shown = self.there().filter(|_| closer);
        let known =
            shown.and_then(|shown| shown.sums.items.iter().rev().find_map(|item| item.date));
        known.or(self.from)
    }

    /// Name of files.
    fn stem(&self) -> String {
        let point = self.point().map(|point| point.point.to_string());
        let span = self.from.map(|from| span(self.view, from));
        format!(
            "usage-{}-{}",
            point.unwrap_or_default(),
            span.unwrap_or_default()
        )
    }

    /// Places of the chart, also those of which nothing is known.
    #[must_use]
    pub fn slots(&self) -> Vec<Slot<'_>> {
        let Some(shown) = self.there() else {
            return Vec::new();
        };
        match self.view {
            View::Day => self.within_day(shown),
            view => {
                let step = if view == View::Month {
                    1.day()
                } else {
                    1.month()
                };
                let days = shown.asked.from.series(step);
                let days = days.take_while(|day| *day < shown.asked.to());
                days.map(|day| Slot {
                    day,
                    at: None,
                    item: shown.sums.items.iter().find(|item| item.date == Some(day)),
                    hour: None,
                })
                .collect()
            }
        }
    }

    fn within_day<'a>(&self, shown: &'a Shown) -> Vec<Slot<'a>> {
        let zone = TimeZone::get(&shown.sums.time_zone).unwrap_or(TimeZone::UTC);
        let begin = |day: Date| day.to_zoned(zone.clone()).map(|zoned| zoned.timestamp());
        let (Ok(from), Ok(to)) = (begin(shown.asked.from), begin(shown.asked.to())) else {
            return Vec::new();
        };
        let raw = shown.raw.as_ref().filter(|_| self.is_raw());
        let items = &raw.unwrap_or(&shown.sums).items;
        let resolution = raw.and_then(|raw| raw.resolution);
        let seconds = resolution.map_or(HOUR, i64::from).max(1);
        let mut slots = Vec::new();
        let mut at = from;
        while at < to && slots.len() < MOST_BARS {
            let within = |item: &&ReadingSum| item.from <= at && at < item.to;
            slots.push(Slot {
                day: shown.asked.from,
                at: Some(at),
                item: items.iter().find(|item| item.from == at),
                hour: raw.and_then(|_| shown.sums.items.iter().find(within)),
            });
            let Ok(next) = at.checked_add(seconds.seconds()) else {
                break;
            };
            at = next;
        }
        slots
    }
}

impl Open {
    pub(super) fn usage(&mut self, input: Input) -> Vec<Effect> {
        self.fault = None;
        self.usage.update(input, &self.me.time_zone)
    }
}

/// A day, month or year as it is written.
#[must_use]
pub fn span(view: View, from: Date) -> String {
    match view {
        View::Day => from.to_string(),
        View::Month => from.strftime("%Y-%m").to_string(),
        View::Year => from.strftime("%Y").to_string(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde_json::{Value, json};

    use super::*;

    const ZONE: &str = "Asia/Shanghai";

    fn points() -> Vec<MeteringPoint> {
        let point = |id: &str, last: Value| {
            json!({"point": id, "account": "C-1001", "name": "Furnace", "address": "1 Works Road",
                "under": null, "tariff": "T-1", "schedule": "S-1", "capacity_kva": "4000",
                "contracted_kw": "3200.5", "prepaid": false, "first": null, "last": last})
        };
        let points = json!([
            point("P-1", Value::Null),
            point("P-2", json!("2026-10-31T16:00:00Z"))
        ]);
        serde_json::from_value(points).unwrap()
    }

    fn sums(asked: &Asked, items: &Value) -> Readings {
        serde_json::from_value(
            json!({"point": asked.point, "from": asked.from, "to": asked.to(),
            "step": asked.view.step().as_str(), "time_zone": ZONE, "resolution": 900,
            "schedule": "S-1",
            "total": {"from": "2026-09-30T16:00:00Z", "to": "2026-10-31T16:00:00Z", "energy": {}},
            "items": items}),
        )
        .unwrap()
    }

    fn asks(effects: &[Effect]) -> Vec<Asked> {
        let asked = effects.iter().filter_map(|effect| match effect {
            Effect::Load(Wanted::Readings(asked)) => Some(asked.clone()),
            _ => None,
        });
        asked.collect()
    }

    #[test]
    fn the_newest_month_of_the_first_point_with_readings_comes_first() {
        let mut usage = Usage::default();
        let asked = asks(&usage.points_loaded(points(), ZONE));
        // The readings end with October, at midnight in Shanghai.
        assert_eq!(asked.len(), 1);
        assert_eq!(asked[0].point.as_str(), "P-2");
        assert_eq!(
            (asked[0].view, asked[0].from, asked[0].to()),
            (View::Month, date(2026, 10, 1), date(2026, 11, 1))
        );
    }

    #[test]
    fn one_zooms_in_to_the_quarter_hour_and_out_to_the_year() {
        let mut usage = Usage::default();
        let asked = asks(&usage.points_loaded(points(), ZONE)).remove(0);
        let items = json!([{"from": "2026-10-13T16:00:00Z", "to": "2026-10-14T16:00:00Z",
            "date": "2026-10-14", "energy": {"active-import": 1000}}]);
        usage.loaded(Shown {
            sums: sums(&asked, &items),
            raw: None,
            asked,
        });
        let slots = usage.slots();
        assert_eq!(slots.len(), 31, "each day has its place");
        assert!(slots[13].item.is_some() && slots[12].item.is_none());
        usage.hours = true;
        let day = asks(&usage.update(Input::ZoomIn(13), ZONE)).remove(0);
        assert_eq!((day.view, day.from), (View::Day, date(2026, 10, 14)));
        let hour = json!([{"from": "2026-10-13T16:00:00Z", "to": "2026-10-13T17:00:00Z",
            "date": "2026-10-14", "energy": {"active-import": 1000}}]);
        let quarter = json!([{"from": "2026-10-13T16:15:00Z", "to": "2026-10-13T16:30:00Z",
            "energy": {"active-import": 250}}]);
        usage.loaded(Shown {
            sums: sums(&day, &hour),
            raw: Some(sums(&day, &quarter)),
            asked: day,
        });
        assert_eq!(usage.slots().len(), 24);
        assert!(usage.update(Input::ZoomIn(0), ZONE).is_empty());
        let slots = usage.slots();
        assert_eq!(slots.len(), 96);
        assert!(slots[1].item.is_some() && slots[1].hour.is_some() && slots[4].hour.is_none());
        let _ = usage.update(Input::ZoomOut, ZONE);
        assert!(usage.hours);
        let month = asks(&usage.update(Input::ZoomOut, ZONE)).remove(0);
        assert_eq!((month.view, month.from), (View::Month, date(2026, 10, 1)));
        let year = asks(&usage.update(Input::ZoomOut, ZONE)).remove(0);
        assert_eq!((year.view, year.from), (View::Year, date(2026, 1, 1)));
        let before = asks(&usage.update(Input::Move(-1), ZONE)).remove(0);
        assert_eq!(before.from, date(2025, 1, 1));
    }

    #[test]
    fn a_closer_view_begins_with_what_is_known_last_and_a_bar_with_its_own_day() {
        let day = |number: u8| {
            json!({"from": format!("2026-10-{number:02}T00:00:00Z"),
                "to": format!("2026-10-{:02}T00:00:00Z", number + 1),
                "date": format!("2026-10-{number:02}"), "energy": {"active-import": 1000}})
        };
        let month = || {
            let mut usage = Usage::default();
            let asked = asks(&usage.points_loaded(points(), ZONE)).remove(0);
            usage.loaded(Shown {
                sums: sums(&asked, &json!([day(1), day(20)])),
                raw: None,
                asked,
            });
            usage
        };
        let chosen = asks(&month().update(Input::View(View::Day), ZONE)).remove(0);
        assert_eq!(chosen.from, date(2026, 10, 20));
        let first = asks(&month().update(Input::ZoomIn(0), ZONE)).remove(0);
        assert_eq!(first.from, date(2026, 10, 1));
    }

    #[test]
    fn what_comes_too_late_is_not_shown() {
        let mut usage = Usage::default();
        let asked = asks(&usage.points_loaded(points(), ZONE)).remove(0);
        let _ = usage.update(Input::Move(-1), ZONE);
        usage.loaded(Shown {
            sums: sums(&asked, &json!([])),
            raw: None,
            asked,
        });
        assert!(usage.there().is_none());
        assert!(usage.update(Input::SaveCsv, ZONE).is_empty());
    }
}
