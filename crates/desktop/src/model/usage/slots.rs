//! The places of the chart.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use wattkey_protocol::usage::ReadingSum;

use super::{Shown, Usage, View};

/// Seconds of an hour.
const HOUR: i64 = 3_600;
/// Most bars of a day: one a minute.
const MOST_BARS: usize = 1_440;

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

impl Usage {
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
