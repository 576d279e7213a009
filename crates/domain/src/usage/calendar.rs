//! Hours, days and months of a time zone as spans of seconds.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

/// A span of time with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    /// The day; of a month, its first.
    pub(super) date: Date,
    pub(super) from: i64,
    pub(super) to: i64,
}

/// The zone's offset from UTC at a second, in seconds; zero beyond the calendar.
pub(super) fn offset_seconds(zone: &TimeZone, second: i64) -> i64 {
    Timestamp::from_second(second).map_or(0, |at| i64::from(zone.to_offset(at).seconds()))
}

/// The day on which a second falls.
pub(super) fn date_of(zone: &TimeZone, second: i64) -> Option<Date> {
    let at = Timestamp::from_second(second).ok()?;
    Some(zone.to_datetime(at).date())
}

/// The second at which a day begins. Where the clock goes forward over midnight, that is later;
/// where it goes back over midnight, the first of the two.
pub(super) fn start_of(zone: &TimeZone, date: Date) -> Option<i64> {
    let midnight = zone.to_ambiguous_timestamp(date.to_datetime(Time::midnight()));
    Some(midnight.compatible().ok()?.as_second())
}

/// The days that touch the seconds `from` to before `to`, each whole.
pub(super) fn days(zone: &TimeZone, from: i64, to: i64) -> Vec<Span> {
    let mut days = Vec::new();
    let Some(mut date) = date_of(zone, from) else {
        return days;
    };
    let Some(mut start) = start_of(zone, date) else {
        return days;
    };
    while start < to {
        let next = date.tomorrow().ok();
        let Some((next, end)) = next.and_then(|next| Some((next, start_of(zone, next)?))) else {
            break;
        };
        if end > start {
            days.push(Span {
                date,
                from: start,
                to: end,
            });
        }
        (date, start) = (next, end);
    }
    days
}

/// The months that touch the seconds `from` to before `to`, each whole.
pub(super) fn months(zone: &TimeZone, from: i64, to: i64) -> Vec<Span> {
    let mut months = Vec::new();
    let Some(mut date) = date_of(zone, from).map(Date::first_of_month) else {
        return months;
    };
    let Some(mut start) = start_of(zone, date) else {
        return months;
    };
    while start < to {
        let next = date.last_of_month().tomorrow().ok();
        let Some((next, end)) = next.and_then(|next| Some((next, start_of(zone, next)?))) else {
            break;
        };
        months.push(Span {
            date,
            from: start,
            to: end,
        });
        (date, start) = (next, end);
    }
    months
}

/// The hours of the clock within a day: they begin at the full hour, and one that the clock passes
/// twice is two.
pub(super) fn hours(zone: &TimeZone, day: Span) -> Vec<Span> {
    let mut hours = Vec::new();
    let mut from = day.from;
    while from < day.to {
        let into = (from + offset_seconds(zone, from)).rem_euclid(3_600);
        let to = (from - into + 3_600).min(day.to);
        hours.push(Span {
            date: day.date,
            from,
            to,
        });
        from = to;
    }
    hours
}
