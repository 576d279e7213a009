//! The bank's days: until when today's orders are taken, and which days it works on.
//!
//! ```
//! use wattkey_bank::calendar::Calendar;
//! use jiff::{civil::time, tz::TimeZone};
//!
//! let calendar = Calendar::default()
//!     .with_cut_off(time(15, 30, 0, 0))
//!     .with_time_zone(TimeZone::get("Asia/Shanghai")?)
//!     .with_days("2026-10-01\n2026-10-02\n+2026-10-10  # worked instead\n")?;
//! // Wednesday after the cut-off, before two holidays and a weekend.
//! let late = "2026-09-30T16:00:00+08:00".parse()?;
//! assert_eq!(calendar.next_execution_day(late, &TimeZone::UTC)?.to_string(), "2026-10-05");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;

/// The most days that a list may have: a century of holidays.
pub const MAX_LISTED_DAYS: usize = 5_000;
/// How many days in a row a bank may be closed. More is a list with an error in it.
pub const MAX_CLOSED_DAYS: usize = 60;

/// When a bank works. Without more said: Monday to Friday, until midnight.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    cut_off: Option<Time>,
    time_zone: Option<TimeZone>,
    /// Days that would be banking days, and are not.
    closed: BTreeSet<Date>,
    /// Saturdays and Sundays that are banking days.
    open: BTreeSet<Date>,
}

/// Why a list of days is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DaysError {
    /// A line is no date.
    #[error(
        "line {line}: `{text}` is no date: write 2026-10-01 for a holiday, +2026-10-10 for a Saturday or Sunday on which banks work"
    )]
    Line {
        /// From 1.
        line: usize,
        /// What it holds, shortened.
        text: String,
    },
    /// A day is listed as a holiday and as a day of work.
    #[error("line {line}: {date} is listed both ways")]
    Both {
        /// From 1.
        line: usize,
        /// The day.
        date: Date,
    },
    /// Too many.
    #[error("it has more than {MAX_LISTED_DAYS} days")]
    TooMany,
}

/// No banking day is in sight.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no banking day within {MAX_CLOSED_DAYS} days of {from}: is the list of holidays right?")]
pub struct NoBankingDay {
    /// Where the search began.
    pub from: Date,
}

impl Calendar {
    /// With a cut-off: from this time on, the day counts as over.
    #[must_use]
    pub fn with_cut_off(self, cut_off: Time) -> Self {
        Self {
            cut_off: Some(cut_off),
            ..self
        }
    }

    /// With the bank's own time zone.
    #[must_use]
    pub fn with_time_zone(self, zone: TimeZone) -> Self {
        Self {
            time_zone: Some(zone),
            ..self
        }
    }

    /// With days that differ from the week, one a line: `2026-10-01` is no banking day,
    /// `+2026-10-10` is one although it is a Saturday. What follows `#` is for people.
    ///
    /// # Errors
    /// See [`DaysError`].
    pub fn with_days(mut self, text: &str) -> Result<Self, DaysError> {
        for (place, whole) in text.lines().enumerate() {
            let line = place + 1;
            let written = whole.split('#').next().unwrap_or_default().trim();
            if written.is_empty() {
                continue;
            }
            let (digits, works) = match written.strip_prefix('+') {
                Some(digits) => (digits, true),
                None => (written, false),
            };
            let date: Date = digits.parse().map_err(|_| DaysError::Line {
                line,
                text: written.chars().take(40).collect(),
            })?;
            let (list, other) = if works {
                (&mut self.open, &self.closed)
            } else {
                (&mut self.closed, &self.open)
            };
            if other.contains(&date) {
                return Err(DaysError::Both { line, date });
            }
            list.insert(date);
            if self.open.len() + self.closed.len() > MAX_LISTED_DAYS {
                return Err(DaysError::TooMany);
            }
        }
        Ok(self)
    }

    /// Whether the bank works on `date`.
    #[must_use]
    pub fn is_banking_day(&self, date: Date) -> bool {
        let weekend = matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
        (!weekend || self.open.contains(&date)) && !self.closed.contains(&date)
    }

    /// The first banking day that is `date` or later.
    ///
    /// # Errors
    /// [`NoBankingDay`].
    pub fn banking_day_from(&self, date: Date) -> Result<Date, NoBankingDay> {
        date.series(jiff::Span::new().days(1))
            .take(MAX_CLOSED_DAYS)
            .find(|day| self.is_banking_day(*day))
            .ok_or(NoBankingDay { from: date })
    }

    /// The day for which a message made at `now` can ask: today before the cut-off of a banking
    /// day, else the next one. `zone` counts the days unless the calendar has its own.
    ///
    /// # Errors
    /// [`NoBankingDay`].
    pub fn next_execution_day(
        &self,
        now: Timestamp,
        zone: &TimeZone,
    ) -> Result<Date, NoBankingDay> {
        let local = self.time_zone.as_ref().unwrap_or(zone).to_datetime(now);
        let today = local.date();
        let over = self.cut_off.is_some_and(|cut_off| local.time() >= cut_off);
        let first = if over {
            today.tomorrow().map_err(|_| NoBankingDay { from: today })?
        } else {
            today
        };
        self.banking_day_from(first)
    }

    /// When `day` begins at the bank. `zone` counts the days unless the calendar has its own.
    ///
    /// # Errors
    /// When that cannot be expressed.
    pub fn beginning_of(&self, day: Date, zone: &TimeZone) -> Result<Timestamp, jiff::Error> {
        let zone = self.time_zone.as_ref().unwrap_or(zone);
        Ok(day.to_zoned(zone.clone())?.timestamp())
    }

    /// The last day that a list speaks of: a list that ends soon must be brought up to date.
    #[must_use]
    pub fn last_listed_day(&self) -> Option<Date> {
        self.closed.last().max(self.open.last()).copied()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, time};
    use proptest::prelude::*;

    use super::*;

    fn calendar() -> Calendar {
        Calendar::default()
            .with_cut_off(time(15, 30, 0, 0))
            .with_time_zone(TimeZone::get("Asia/Shanghai").unwrap())
            .with_days(
                "# National Day\n2026-10-01\n2026-10-02\n\n 2026-10-05 # Monday\n+2026-10-10\n",
            )
            .unwrap()
    }

    #[test]
    fn the_day_of_execution() {
        let cases = [
            (
                "an ordinary Monday",
                "2026-09-28T09:00:00+08:00",
                "2026-09-28",
            ),
            ("the last second", "2026-09-28T15:29:59+08:00", "2026-09-28"),
            (
                "the cut-off itself",
                "2026-09-28T15:30:00+08:00",
                "2026-09-29",
            ),
            (
                "in the zone, not in UTC",
                "2026-09-28T23:00:00Z",
                "2026-09-29",
            ),
            (
                "before a holiday, late",
                "2026-09-30T18:00:00+08:00",
                "2026-10-06",
            ),
            (
                "a holiday, early",
                "2026-10-01T01:00:00+08:00",
                "2026-10-06",
            ),
            ("a Friday, late", "2026-10-09T16:00:00+08:00", "2026-10-10"),
            (
                "a Saturday that is worked",
                "2026-10-10T10:00:00+08:00",
                "2026-10-10",
            ),
            ("its Sunday", "2026-10-11T10:00:00+08:00", "2026-10-12"),
            (
                "the end of the year",
                "2026-12-31T23:59:59+08:00",
                "2027-01-01",
            ),
        ];
        for (what, now, wanted) in cases {
            let day = calendar()
                .next_execution_day(now.parse().unwrap(), &TimeZone::UTC)
                .unwrap();
            assert_eq!(day.to_string(), wanted, "{what}");
        }
    }

    #[test]
    fn without_a_zone_of_its_own_the_callers_counts() {
        let plain = Calendar::default();
        let now = "2026-09-28T23:00:00Z".parse().unwrap();
        let shanghai = TimeZone::get("Asia/Shanghai").unwrap();
        let day = |zone: TimeZone| plain.next_execution_day(now, &zone).unwrap();
        assert_eq!(day(TimeZone::UTC), date(2026, 9, 28));
        assert_eq!(day(shanghai), date(2026, 9, 29));
    }

    #[test]
    fn a_day_begins_where_the_bank_is() {
        let begins = |calendar: Calendar| {
            let begins = calendar.beginning_of(date(2026, 9, 28), &TimeZone::UTC);
            begins.unwrap().to_string()
        };
        assert_eq!(begins(Calendar::default()), "2026-09-28T00:00:00Z");
        assert_eq!(begins(calendar()), "2026-09-27T16:00:00Z");
        assert!(
            Calendar::default()
                .beginning_of(Date::MIN, &TimeZone::get("Asia/Shanghai").unwrap())
                .is_err()
        );
    }

    #[test]
    fn a_clock_that_is_set_forward_in_the_night_loses_no_day() {
        let lisbon = TimeZone::get("Europe/Lisbon").unwrap();
        let calendar = Calendar::default()
            .with_cut_off(time(1, 30, 0, 0))
            .with_days("+2026-03-29\n")
            .unwrap();
        // 01:30 does not exist on this Sunday: the clock goes from 00:59:59 to 02:00.
        let day = |now: &str| {
            let now = now.parse().unwrap();
            calendar.next_execution_day(now, &lisbon).unwrap()
        };
        assert_eq!(day("2026-03-29T00:59:59Z"), date(2026, 3, 29));
        assert_eq!(day("2026-03-29T01:00:00Z"), date(2026, 3, 30));
    }

    #[test]
    fn what_is_wrong_in_a_list_is_said_with_its_line() {
        let read = |text: &str| Calendar::default().with_days(text).unwrap_err();
        assert!(matches!(
            read("2026-10-01\n2026-13-01"),
            DaysError::Line { line: 2, .. }
        ));
        assert!(matches!(read("1 October"), DaysError::Line { line: 1, .. }));
        assert!(matches!(
            read("2026-10-10\n+2026-10-10"),
            DaysError::Both { line: 2, .. }
        ));
        let many: String = (1..=9_999)
            .map(|year| format!("{year:04}-01-01\n"))
            .collect();
        assert_eq!(read(&many), DaysError::TooMany);
    }

    #[test]
    fn a_list_that_closes_the_bank_for_good_is_an_error() {
        let mut text = String::new();
        for day in date(2026, 1, 1).series(jiff::Span::new().days(1)).take(90) {
            text += &format!("{day}\n");
        }
        let calendar = Calendar::default().with_days(&text).unwrap();
        let from = date(2026, 1, 1);
        assert_eq!(calendar.banking_day_from(from), Err(NoBankingDay { from }));
        assert_eq!(calendar.last_listed_day(), Some(date(2026, 3, 31)));
        let last = Date::MAX;
        let closed = Calendar::default().with_days(&last.to_string()).unwrap();
        assert!(closed.banking_day_from(last).is_err());
    }

    proptest! {
        #[test]
        fn the_day_is_a_banking_day_and_not_before_today(seconds in 0_i64..4_000_000_000) {
            let now = Timestamp::from_second(seconds).unwrap();
            let calendar = calendar();
            let day = calendar.next_execution_day(now, &TimeZone::UTC).unwrap();
            prop_assert!(calendar.is_banking_day(day));
            let today = TimeZone::get("Asia/Shanghai").unwrap().to_datetime(now).date();
            prop_assert!(day >= today);
        }
    }
}
