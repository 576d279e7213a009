//! ESPI's rule of local time, and the same as a time zone.
//!
//! A rule of daylight saving is 32 bits (`espi.xsd`, `DstRuleType`): seconds 0 to 3599 in bits 0 to
//! 11, the hour in 12 to 16, the weekday (1 is Monday) in 17 to 19, the day of the month in 20 to 24,
//! an operator in 25 to 27 and the month in 28 to 31. All ones is no daylight saving.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use super::error::ReadError;
use super::tree::Element;
use crate::shown;

/// No daylight saving.
const NONE: u32 = u32::MAX;
/// Rules are compared with a zone's transitions over so many years.
const YEARS: i16 = 6;
/// Offsets are at most this far from UTC, in seconds.
const MAX_OFFSET: i32 = 14 * 3_600;

/// Local time as a feed says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeRule {
    /// Standard time, in seconds east of UTC.
    pub offset_seconds: i32,
    /// How much daylight saving adds, in seconds.
    pub dst_seconds: i32,
    /// When it begins.
    pub dst_start: u32,
    /// When it ends.
    pub dst_end: u32,
}

/// A rule of local time is none that can be followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// The offset is beyond every place on earth.
    #[error("the offset is {0} seconds from UTC")]
    Offset(i32),
    /// A field of the rule of daylight saving is out of bounds, or its operator cannot be expressed.
    #[error("the rule of daylight saving {0:08X} is none that can be followed")]
    Rule(u32),
    /// A time zone whose changes no rule of ESPI says.
    #[error("no rule of daylight saving says what the time zone does in {0}")]
    Zone(i16),
}

impl TimeRule {
    pub(super) fn read(element: &Element) -> Result<Self, ReadError> {
        let rule = |name: &'static str| {
            let Some(child) = element.child(name) else {
                return Ok(NONE);
            };
            let text = child.text();
            let digits = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
            let number = u32::from_str_radix(text, 16).ok().filter(|_| digits);
            number.ok_or_else(|| ReadError::Value {
                element: name,
                value: shown(text),
            })
        };
        let Some(offset_seconds) = element.number("tzOffset")? else {
            return Err(ReadError::Missing {
                parent: element.name,
                element: "tzOffset",
            });
        };
        Ok(Self {
            offset_seconds,
            dst_seconds: element.number("dstOffset")?.unwrap_or(0),
            dst_start: rule("dstStartRule")?,
            dst_end: rule("dstEndRule")?,
        })
    }

    /// The same as a time zone.
    ///
    /// # Errors
    /// [`RuleError`].
    pub fn zone(&self) -> Result<TimeZone, RuleError> {
        for seconds in [self.offset_seconds, self.dst_seconds] {
            if !(-MAX_OFFSET..=MAX_OFFSET).contains(&seconds) {
                return Err(RuleError::Offset(seconds));
            }
        }
        let fixed = || {
            let offset = jiff::tz::Offset::from_seconds(self.offset_seconds);
            offset
                .map(TimeZone::fixed)
                .map_err(|_| RuleError::Offset(self.offset_seconds))
        };
        if self.dst_seconds == 0 || self.dst_start == NONE || self.dst_end == NONE {
            return fixed();
        }
        // POSIX counts offsets west of Greenwich, and names are of no account.
        let text = format!(
            "<std>{}<dst>{},{},{}",
            clock(-self.offset_seconds),
            clock(-self.offset_seconds - self.dst_seconds),
            posix(self.dst_start)?,
            posix(self.dst_end)?,
        );
        TimeZone::posix(&text).map_err(|_| RuleError::Rule(self.dst_start))
    }

    /// What a time zone does in the years from that of `at` on.
    ///
    /// # Errors
    /// [`RuleError::Zone`] when the zone changes its clocks in a way that no rule says.
    pub fn of(zone: &TimeZone, at: Timestamp) -> Result<Self, RuleError> {
        let year = zone.to_datetime(at).year();
        let changes = changes(zone, year);
        let standard = changes
            .iter()
            .map(|change| change.before.min(change.after))
            .min()
            .unwrap_or_else(|| zone.to_offset(at).seconds());
        let mut rule = Self {
            offset_seconds: standard,
            dst_seconds: 0,
            dst_start: NONE,
            dst_end: NONE,
        };
        if changes.is_empty() {
            return Ok(rule);
        }
        let (begins, ends): (Vec<_>, Vec<_>) = changes
            .iter()
            .copied()
            .partition(|change| change.after > change.before);
        rule.dst_seconds = begins
            .first()
            .map_or(0, |change| change.after - change.before);
        rule.dst_start = common(&begins).ok_or(RuleError::Zone(year))?;
        rule.dst_end = common(&ends).ok_or(RuleError::Zone(year))?;
        Ok(rule)
    }
}

/// A change of the clocks.
#[derive(Debug, Clone, Copy)]
struct Change {
    /// The time on the clock before it, at which it happens.
    local: DateTime,
    before: i32,
    after: i32,
}

fn changes(zone: &TimeZone, year: i16) -> Vec<Change> {
    let Ok(start) = Date::new(year, 1, 1).and_then(|day| zone.to_timestamp(day.at(0, 0, 0, 0)))
    else {
        return Vec::new();
    };
    let mut changes = Vec::new();
    let mut before = zone.to_offset(start);
    for transition in zone.following(start) {
        let local = before.to_datetime(transition.timestamp());
        if local.year() >= year + YEARS {
            break;
        }
        let after = transition.offset();
        if after != before {
            changes.push(Change {
                local,
                before: before.seconds(),
                after: after.seconds(),
            });
        }
        before = after;
    }
    changes
}

/// The rule that all changes follow, one in each year.
fn common(changes: &[Change]) -> Option<u32> {
    let first = changes.first()?;
    let candidates = (2..=7).filter(|operator| *operator != 6).map(|operator| {
        let weekday = u32::try_from(first.local.weekday().to_monday_one_offset()).unwrap_or(0);
        let month = u32::try_from(first.local.month()).unwrap_or(0);
        let time = first.local.time();
        let hour = u32::try_from(time.hour()).unwrap_or(0);
        let seconds = u32::try_from(i32::from(time.minute()) * 60 + i32::from(time.second()));
        (month << 28) | (operator << 25) | (weekday << 17) | (hour << 12) | seconds.unwrap_or(0)
    });
    let mut candidates =
        candidates.filter(|rule| changes.iter().all(|change| follows(*rule, *change)));
    candidates.next()
}

fn follows(rule: u32, change: Change) -> bool {
    let date = change.local.date();
    let Ok(fields) = Fields::of(rule) else {
        return false;
    };
    let time = change.local.time();
    let minutes = i32::from(time.minute()) * 60 + i32::from(time.second());
    let nth = match fields.operator {
        7 => -1,
        n => i8::try_from(n - 1).unwrap_or(0),
    };
    let day = date.nth_weekday_of_month(nth, weekday(fields.weekday));
    i32::from(date.month()) == fields.month
        && day.is_ok_and(|day| day == date)
        && i32::from(time.hour()) == fields.hour
        && minutes == fields.seconds
}

/// The parts of a rule.
#[derive(Debug, Clone, Copy)]
struct Fields {
    seconds: i32,
    hour: i32,
    /// 0 where it does not matter, 1 is Monday.
    weekday: i32,
    day: i32,
    operator: u32,
    month: i32,
}

impl Fields {
    fn of(rule: u32) -> Result<Self, RuleError> {
        let bits = |from: u32, count: u32| (rule >> from) & ((1 << count) - 1);
        let number = |from, count| i32::try_from(bits(from, count)).unwrap_or(0);
        let fields = Self {
            seconds: number(0, 12),
            hour: number(12, 5),
            weekday: number(17, 3),
            day: number(20, 5),
            operator: bits(25, 3),
            month: number(28, 4),
        };
        let in_bounds = fields.seconds < 3_600
            && fields.hour < 24
            && (1..=12).contains(&fields.month)
            && (fields.operator == 0 || fields.weekday > 0)
            && (fields.operator > 1 || fields.day > 0);
        if in_bounds {
            Ok(fields)
        } else {
            Err(RuleError::Rule(rule))
        }
    }
}

fn weekday(number: i32) -> jiff::civil::Weekday {
    let number = i8::try_from(number).unwrap_or(1);
    jiff::civil::Weekday::from_monday_one_offset(number).unwrap_or(jiff::civil::Weekday::Monday)
}

/// A rule as POSIX writes it.
fn posix(rule: u32) -> Result<String, RuleError> {
    let fields = Fields::of(rule)?;
    let refused = || RuleError::Rule(rule);
    let month = i8::try_from(fields.month).map_err(|_| refused())?;
    // Of a year that is not a leap year.
    let first = Date::new(2025, month, 1).map_err(|_| refused())?;
    let last = i32::from(first.last_of_month().day());
    let week = match fields.operator {
        0 => {
            let day = i8::try_from(fields.day).map_err(|_| refused())?;
            let date = Date::new(2025, month, day).map_err(|_| refused())?;
            let time = clock(fields.hour * 3_600 + fields.seconds);
            return Ok(format!("J{}/{time}", date.day_of_year()));
        }
        1 if fields.day % 7 == 1 && fields.day <= 22 => fields.day / 7 + 1,
        1 if fields.day == last - 6 && month != 2 => 5,
        2..=5 => i32::try_from(fields.operator).unwrap_or(2) - 1,
        7 => 5,
        _ => return Err(refused()),
    };
    let time = clock(fields.hour * 3_600 + fields.seconds);
    Ok(format!("M{month}.{week}.{}/{time}", fields.weekday % 7))
}

/// Hours, minutes and seconds with a sign, as POSIX writes them.
fn clock(seconds: i32) -> String {
    let magnitude = seconds.unsigned_abs();
    let mut text = String::from(if seconds < 0 { "-" } else { "" });
    let (hours, minutes) = (magnitude / 3_600, magnitude / 60 % 60);
    write!(text, "{hours}:{minutes:02}:{:02}", magnitude % 60).expect("writing to a string");
    text
}
