use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{Money, UnknownName};

/// Why a customer disputes a bill (PROTOCOL.md section 10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DisputeReason {
    /// Not that much was used.
    Quantity,
    /// Another price was agreed.
    Price,
    /// The meter is wrong, or was read wrongly.
    Meter,
    /// It was paid.
    Paid,
    /// It is somebody else's.
    NotOurs,
    /// Something else.
    Other,
}

/// What the power company answers to a dispute (PROTOCOL.md section 16).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DisputeOutcome {
    /// The customer is right.
    Upheld,
    /// The customer is right in part.
    Partly,
    /// The bill stands.
    Rejected,
}

/// The days for which a part of a bill is disputed. The part owes no penalty for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DisputePeriod {
    /// The first day.
    pub from: Date,
    /// The last day, that of its answer or withdrawal; none as long as it is open.
    pub until: Option<Date>,
    /// How much of the bill is disputed.
    pub amount: Money,
}

impl DisputePeriod {
    /// The last day that is known of it: of one that is open, today.
    #[must_use]
    pub fn last(&self, today: Date) -> Date {
        self.until.unwrap_or(today)
    }

    /// Whether the day is one of them.
    #[must_use]
    pub fn covers(&self, day: Date) -> bool {
        self.from <= day && self.until.is_none_or(|until| day <= until)
    }
}

macro_rules! names {
    ($kind:ident, $($variant:ident = $name:literal),+) => {
        impl $kind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The name in documents and in the database.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }

        impl FromStr for $kind {
            type Err = UnknownName;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let found = Self::ALL.iter().find(|one| one.as_str() == text);
                found.copied().ok_or_else(|| UnknownName(crate::text::excerpt(text)))
            }
        }

        impl fmt::Display for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

names!(
    DisputeReason,
    Quantity = "quantity",
    Price = "price",
    Meter = "meter",
    Paid = "paid",
    NotOurs = "not-ours",
    Other = "other"
);
names!(
    DisputeOutcome,
    Upheld = "upheld",
    Partly = "partly",
    Rejected = "rejected"
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Currency;

    #[test]
    fn names_are_read_back_and_are_the_json() {
        for reason in DisputeReason::ALL {
            assert_eq!(reason.as_str().parse(), Ok(*reason));
            let json = serde_json::to_string(reason).unwrap();
            assert_eq!(json, format!("\"{reason}\""));
        }
        for outcome in DisputeOutcome::ALL {
            assert_eq!(outcome.as_str().parse(), Ok(*outcome));
            let json = serde_json::to_string(outcome).unwrap();
            assert_eq!(json, format!("\"{outcome}\""));
        }
        assert!("Quantity".parse::<DisputeReason>().is_err());
        assert!("won".parse::<DisputeOutcome>().is_err());
    }

    #[test]
    fn both_ends_count() {
        let day = |text: &str| -> Date { text.parse().unwrap() };
        let mut period = DisputePeriod {
            from: day("2026-09-10"),
            until: Some(day("2026-09-12")),
            amount: Money::zero(Currency::CNY),
        };
        for (on, covered) in [
            ("2026-09-09", false),
            ("2026-09-10", true),
            ("2026-09-12", true),
            ("2026-09-13", false),
        ] {
            assert_eq!(period.covers(day(on)), covered, "{on}");
        }
        assert_eq!(period.last(day("2030-01-01")), day("2026-09-12"));
        period.until = None;
        assert!(period.covers(day("2030-01-01")));
        assert_eq!(period.last(day("2030-01-01")), day("2030-01-01"));
    }
}
