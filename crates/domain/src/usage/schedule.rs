//! When which time-of-use period is: by season, sort of day and time of the clock.
//!
//! ```json
//! {"versions":[{"from":"2026-01-01","seasons":[
//!    {"from":"07-01","to":"08-31","days":[
//!      {"on":["mon","tue","wed","thu","fri"],"times":{"00:00":"valley","08:00":"peak","12:00":"flat"}},
//!      {"on":["sat","sun"],"times":{"00:00":"valley","08:00":"flat"}},
//!      {"on":["holiday"],"times":{"00:00":"valley"}}]},
//!    {"from":"09-01","to":"06-30","days":[…]}]}],
//!  "holidays":["2026-10-01"]}
//! ```
//!
//! A time is the beginning of a period, which lasts until the next one; days go by the clock on the
//! wall. Each day of the year lies in exactly one season, each weekday has its times in each; without
//! times for `holiday` a holiday goes by those of `sun`.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, Weekday};
use serde::Deserialize;

use crate::strict;
use crate::tariff::is_period;

/// The longest schedule, in bytes.
const MAX_DOCUMENT: usize = 256 * 1024;
/// The most versions, seasons of one, sorts of days of one, and spans of one.
const MAX_LIST: usize = 100;
/// The most holidays.
const MAX_HOLIDAYS: usize = 2_000;
/// Minutes of a day.
const DAY: u16 = 1_440;

/// When which period is, with all of its versions.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// From the oldest to the newest.
    versions: Vec<Version>,
    /// Days that go by the sort `holiday`, and by `sun` where a season has no such sort.
    #[serde(default)]
    holidays: BTreeSet<Day>,
    /// The codes of all periods, sorted; filled by `parse`.
    #[serde(skip)]
    periods: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Version {
    #[serde(deserialize_with = "strict::date")]
    from: Date,
    seasons: Vec<Season>,
}

/// A part of the year, which may run over its end.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Season {
    /// Month and day, such as `07-01`; both ends belong to it.
    from: MonthDay,
    to: MonthDay,
    days: Vec<Days>,
}

/// Sorts of days with their times.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Days {
    on: Vec<Sort>,
    /// From the beginning of one to the beginning of the next; the first at `00:00`.
    times: BTreeMap<Clock, String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Sort {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
    Holiday,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(transparent)]
struct Day(#[serde(deserialize_with = "strict::date")] Date);

/// Month and day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
struct MonthDay(i8, i8);

/// Minutes past midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
struct Clock(u16);

/// The bytes are not a schedule.
#[derive(Debug, thiserror::Error)]
pub enum ScheduleError {
    /// Larger than any schedule.
    #[error("the schedule is over {MAX_DOCUMENT} bytes")]
    TooLong,
    /// Not the JSON of a schedule; the source names field, line and column.
    #[error("the schedule cannot be read")]
    Json(#[source] serde_json::Error),
    /// A member is out of bounds.
    #[error("`{field}` of the schedule must {wanted}")]
    Bounds {
        /// Which member.
        field: String,
        /// What it must be.
        wanted: &'static str,
    },
    /// A day of the year lies in no season or in two, or a sort of day has no times.
    #[error("on {on} of a year, {sort} has {problem}: each day needs exactly one")]
    Days {
        /// Month and day.
        on: String,
        /// Which sort of day.
        sort: &'static str,
        /// `no times` or `times twice`.
        problem: &'static str,
    },
}

impl Schedule {
    /// Reads a schedule: strict JSON, bounded, each minute of each day in exactly one period.
    ///
    /// # Errors
    /// [`ScheduleError`], which says what is wrong and where.
    pub fn parse(bytes: &[u8]) -> Result<Self, ScheduleError> {
        if bytes.len() > MAX_DOCUMENT {
            return Err(ScheduleError::TooLong);
        }
        let mut schedule: Self = serde_json::from_slice(bytes).map_err(ScheduleError::Json)?;
        schedule.check()?;
        let periods: BTreeSet<String> = schedule
            .versions
            .iter()
            .flat_map(|version| &version.seasons)
            .flat_map(|season| &season.days)
            .flat_map(|days| days.times.values().cloned())
            .collect();
        schedule.periods = periods.into_iter().collect();
        Ok(schedule)
    }

    /// The codes of all periods, sorted.
    #[must_use]
    pub fn periods(&self) -> &[String] {
        &self.periods
    }

    /// Whether a day is a holiday of this schedule.
    #[must_use]
    pub fn is_holiday(&self, date: Date) -> bool {
        self.holidays.contains(&Day(date))
    }

    /// The periods of a day as places in [`Schedule::periods`], each with the minute past midnight
    /// that it begins at, in order; nothing before the first version.
    pub(super) fn times_on(&self, date: Date) -> Vec<(u16, u8)> {
        let mut versions = self.versions.iter().rev();
        let version = versions.find(|version| version.from <= date);
        let times = version.and_then(|version| version.times(date, self.is_holiday(date)));
        let place = |(clock, period): (&Clock, &String)| {
            let place = self.periods.binary_search(period).ok()?;
            Some((clock.0, u8::try_from(place).ok()?))
        };
        times.into_iter().flatten().filter_map(place).collect()
    }

    fn check(&self) -> Result<(), ScheduleError> {
        let bounds = |field: String, wanted| Err(ScheduleError::Bounds { field, wanted });
        let in_order = self
            .versions
            .windows(2)
            .all(|pair| pair[0].from < pair[1].from);
        if self.versions.is_empty() || self.versions.len() > MAX_LIST || !in_order {
            let wanted = "have 1 to 100 entries, each from a later day than the one before";
            return bounds("versions".to_owned(), wanted);
        }
        if self.holidays.len() > MAX_HOLIDAYS {
            return bounds("holidays".to_owned(), "have at most 2000 entries");
        }
        let mut names = BTreeSet::new();
        for (index, version) in self.versions.iter().enumerate() {
            if version.seasons.is_empty() || version.seasons.len() > MAX_LIST {
                return bounds(
                    format!("versions[{index}].seasons"),
                    "have 1 to 100 entries",
                );
            }
            for (place, season) in version.seasons.iter().enumerate() {
                let field = |name: &str| format!("versions[{index}].seasons[{place}].{name}");
                if season.days.is_empty() || season.days.len() > MAX_LIST {
                    return bounds(field("days"), "have 1 to 100 entries");
                }
                for days in &season.days {
                    if !days.times.contains_key(&Clock(0)) || days.times.len() > MAX_LIST {
                        return bounds(field("days"), "have 1 to 100 times, one of them 00:00");
                    }
                    if !days.times.values().all(|period| is_period(period)) {
                        let wanted = "have periods of 1 to 16 characters of a-z, 0-9 and -";
                        return bounds(field("days"), wanted);
                    }
                    names.extend(days.times.values());
                }
            }
            version.check_days()?;
        }
        if names.len() > MAX_LIST {
            return bounds("versions".to_owned(), "have at most 100 periods");
        }
        Ok(())
    }
}

impl Version {
    fn times(&self, date: Date, holiday: bool) -> Option<&BTreeMap<Clock, String>> {
        let season = self.seasons.iter().find(|season| season.has(date))?;
        let of = |sort: Sort| season.days.iter().find(|days| days.on.contains(&sort));
        let kept = holiday.then(|| of(Sort::Holiday).or_else(|| of(Sort::Sun)));
        let days = kept.flatten().or_else(|| of(Sort::of(date.weekday())))?;
        Some(&days.times)
    }

    /// Each day of a leap year lies in one season, which has each weekday once.
    fn check_days(&self) -> Result<(), ScheduleError> {
        let days = |on: String, sort: Sort, found: usize| {
            let problem = if found == 0 {
                "no times"
            } else {
                "times twice"
            };
            Err(ScheduleError::Days {
                on,
                sort: sort.as_str(),
                problem,
            })
        };
        let mut date = Date::constant(2024, 1, 1);
        for _ in 0..366 {
            let seasons = self
                .seasons
                .iter()
                .filter(|season| season.has(date))
                .count();
            if seasons != 1 {
                return days(MonthDay::of(date).text(), Sort::of(date.weekday()), seasons);
            }
            date = date.tomorrow().expect("2024 has a tomorrow");
        }
        for season in &self.seasons {
            for sort in Sort::ALL {
                let found = season
                    .days
                    .iter()
                    .flat_map(|days| &days.on)
                    .filter(|on| **on == sort)
                    .count();
                if found > 1 || (found == 0 && sort != Sort::Holiday) {
                    return days(season.from.text(), sort, found);
                }
            }
        }
        Ok(())
    }
}

impl Season {
    fn has(&self, date: Date) -> bool {
        let day = MonthDay::of(date);
        if self.from <= self.to {
            self.from <= day && day <= self.to
        } else {
            day >= self.from || day <= self.to
        }
    }
}

impl Sort {
    const ALL: [Self; 8] = [
        Self::Mon,
        Self::Tue,
        Self::Wed,
        Self::Thu,
        Self::Fri,
        Self::Sat,
        Self::Sun,
        Self::Holiday,
    ];

    fn of(weekday: Weekday) -> Self {
        match weekday {
            Weekday::Monday => Self::Mon,
            Weekday::Tuesday => Self::Tue,
            Weekday::Wednesday => Self::Wed,
            Weekday::Thursday => Self::Thu,
            Weekday::Friday => Self::Fri,
            Weekday::Saturday => Self::Sat,
            Weekday::Sunday => Self::Sun,
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Mon => "mon",
            Self::Tue => "tue",
            Self::Wed => "wed",
            Self::Thu => "thu",
            Self::Fri => "fri",
            Self::Sat => "sat",
            Self::Sun => "sun",
            Self::Holiday => "holiday",
        }
    }
}

impl MonthDay {
    fn of(date: Date) -> Self {
        Self(date.month(), date.day())
    }

    fn text(self) -> String {
        format!("{:02}-{:02}", self.0, self.1)
    }
}

impl TryFrom<String> for MonthDay {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let shown = crate::text::excerpt(&text);
        two_numbers(&text, '-')
            .and_then(|(month, day)| {
                let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
                // In a leap year, so that the 29th of February can begin or end a season.
                Date::new(2024, month, day).ok().map(|_| Self(month, day))
            })
            .ok_or_else(|| {
                format!("`{shown}` is not a day of the year: write month and day as 07-01")
            })
    }
}

impl TryFrom<String> for Clock {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let shown = crate::text::excerpt(&text);
        two_numbers(&text, ':')
            .filter(|(hour, minute)| *hour < 24 && *minute < 60)
            .map(|(hour, minute)| Self(hour * 60 + minute))
            .filter(|clock| clock.0 < DAY)
            .ok_or_else(|| format!("`{shown}` is not a time of the day: write it as 08:30"))
    }
}

/// Two numbers of two digits each.
fn two_numbers(text: &str, between: char) -> Option<(u16, u16)> {
    let (first, second) = text.split_once(between)?;
    let number = |part: &str| {
        let digits = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<u16>().ok().filter(|_| digits)
    };
    Some((number(first)?, number(second)?))
}
