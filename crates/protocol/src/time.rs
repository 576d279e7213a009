//! Times in signed documents: RFC 3339 in UTC with whole seconds, `2026-08-31T16:00:00Z`; days as
//! `2026-08-31`.
//!
//! One instant has one spelling, so that two readers of the same bytes cannot differ.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer, de::Error as _};

/// Reads the one spelling of a time, for instance `2026-08-31T16:00:00Z`.
#[must_use]
pub fn parse(text: &str) -> Option<Timestamp> {
    let time: Timestamp = text.parse().ok()?;
    (format(time) == text).then_some(time)
}

/// Writes a time, cut to whole seconds.
#[must_use]
pub fn format(time: Timestamp) -> String {
    whole_seconds(time).to_string()
}

/// Cuts a time to whole seconds.
#[must_use]
pub fn whole_seconds(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).expect("the seconds of a time are a time")
}

/// For `#[serde(with = "wattkey_protocol::time")]`.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(time: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
    format(*time).serialize(to)
}

/// For `#[serde(with = "wattkey_protocol::time")]`.
///
/// # Errors
/// When the text is not a time in the one spelling.
pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
    let text = String::deserialize(from)?;
    parse(&text).ok_or_else(|| {
        D::Error::custom(format!("{text:?} is not a time like 2026-08-31T16:00:00Z"))
    })
}

/// For `#[serde(with = "wattkey_protocol::time::optional")]`: a time, or null.
pub mod optional {
    use jiff::Timestamp;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer, de::Error as _};

    /// Writes a time or null.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(time: &Option<Timestamp>, to: S) -> Result<S::Ok, S::Error> {
        time.map(super::format).serialize(to)
    }

    /// Reads a time or null.
    ///
    /// # Errors
    /// When the text is not a time in the one spelling.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        let read = |text: String| {
            super::parse(&text).ok_or_else(|| {
                D::Error::custom(format!("{text:?} is not a time like 2026-08-31T16:00:00Z"))
            })
        };
        text.map(read).transpose()
    }
}

/// Reads an IMF-fixdate (RFC 9110 §5.6.7), for instance `Mon, 31 Aug 2026 16:00:00 GMT`.
#[must_use]
pub fn parse_http(text: &str) -> Option<Timestamp> {
    let time = jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(text)
        .ok()?;
    (format_http(time).as_deref() == Some(text)).then_some(time)
}

/// Writes an IMF-fixdate (RFC 9110 §5.6.7); `None` for years that it cannot write.
#[must_use]
pub fn format_http(time: Timestamp) -> Option<String> {
    jiff::fmt::rfc2822::DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&time)
        .ok()
}

/// Reads the one spelling of a day, for instance `2026-08-31`.
#[must_use]
pub fn parse_date(text: &str) -> Option<Date> {
    let date: Date = text.parse().ok()?;
    (date.to_string() == text).then_some(date)
}

/// For `#[serde(with = "wattkey_protocol::time::date")]`: a day in its one spelling.
pub mod date {
    use jiff::civil::Date;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    /// Writes a day.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(date: &Date, to: S) -> Result<S::Ok, S::Error> {
        date.to_string().serialize(to)
    }

    /// Reads a day.
    ///
    /// # Errors
    /// When the text is not a day in the one spelling.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Date, D::Error> {
        read(&String::deserialize(from)?)
    }

    pub(super) fn read<E: serde::de::Error>(text: &str) -> Result<Date, E> {
        super::parse_date(text)
            .ok_or_else(|| E::custom(format!("{text:?} is not a date like 2026-08-31")))
    }
}

/// For `#[serde(with = "wattkey_protocol::time::optional_date")]`: a day or null; the member must
/// be there.
pub mod optional_date {
    use jiff::civil::Date;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    /// Writes a day or null.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(date: &Option<Date>, to: S) -> Result<S::Ok, S::Error> {
        date.map(|date| date.to_string()).serialize(to)
    }

    /// Reads a day or null.
    ///
    /// # Errors
    /// When the text is not a day in the one spelling.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Date>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        text.map(|text| super::date::read(&text)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_one_spelling() {
        let time = parse("2026-08-31T16:00:00Z").unwrap();
        assert_eq!(format(time), "2026-08-31T16:00:00Z");
        for other in [
            "2026-08-31T16:00:00.0Z",
            "2026-08-31t16:00:00Z",
            "2026-08-31T18:00:00+02:00",
            "2026-08-31 16:00:00Z",
            "2026-08-31T16:00:00.5Z",
        ] {
            assert_eq!(parse(other), None, "{other}");
        }
    }

    #[test]
    fn a_day_has_one_spelling() {
        assert_eq!(parse_date("2026-08-31").unwrap().to_string(), "2026-08-31");
        for other in [
            "20260831",
            "2026-8-31",
            "2026-02-30",
            "2026-08-31T00:00",
            "",
        ] {
            assert_eq!(parse_date(other), None, "{other}");
        }
    }

    #[test]
    fn http_dates_follow_rfc_9110() {
        let text = "Sun, 06 Nov 1994 08:49:37 GMT"; // RFC 9110 §5.6.7
        assert_eq!(
            parse_http(text).map(Timestamp::as_second),
            Some(784_111_777)
        );
        assert_eq!(parse_http("Sunday, 06-Nov-94 08:49:37 GMT"), None);
        assert_eq!(parse_http("Sun, 06 Nov 1994 08:49:37 +0000"), None);
    }
}
