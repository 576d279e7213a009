//! Consumption: a metering point's day, month or year, drawn and in a table.

mod slots;

use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use wattkey_client::fault::Fault;
use wattkey_client::tables;
use wattkey_domain::MeteringPointId;
use wattkey_protocol::usage::{MeteringPoint, Readings, Step};

pub use slots::Slot;

use super::{Effect, Open, Wanted};

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
mod tests;
