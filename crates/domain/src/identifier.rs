use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::text::excerpt;

/// The longest identifier of the marketing system, in characters (all ASCII).
const MAX_TEXT_LENGTH: usize = 32;
/// Length of the hyphenated form of a UUID (RFC 9562 §4).
const UUID_LENGTH: usize = 36;

/// The text is not an identifier of this kind (PROTOCOL.md, conventions).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MalformedIdentifier {
    /// Not a UUID in lower-case hyphenated form.
    #[error("`{text}` is not a {kind} id: write a UUID in lower case with hyphens")]
    Uuid {
        /// What the identifier names.
        kind: &'static str,
        /// The beginning of what was given.
        text: String,
    },
    /// Not 1 to 32 characters of the allowed set.
    #[error("`{text}` is not a {kind} id: write 1 to 32 characters of A-Z a-z 0-9 . -")]
    Text {
        /// What the identifier names.
        kind: &'static str,
        /// The beginning of what was given.
        text: String,
    },
}

macro_rules! conversions {
    ($name:ident) => {
        impl TryFrom<String> for $name {
            type Error = MalformedIdentifier;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    };
}

macro_rules! uuid_identifier {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps a UUID; the caller owns the randomness.
            #[must_use]
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID inside.
            #[must_use]
            pub const fn as_uuid(&self) -> &Uuid {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = MalformedIdentifier;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let malformed = || MalformedIdentifier::Uuid { kind: $kind, text: excerpt(text) };
                let lower = text.bytes().all(|byte| !byte.is_ascii_uppercase());
                if text.len() != UUID_LENGTH || !lower {
                    return Err(malformed());
                }
                Uuid::try_parse(text).map(Self).map_err(|_| malformed())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0.hyphenated(), f)
            }
        }

        conversions!($name);
    };
}

macro_rules! text_identifier {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Box<str>);

        impl $name {
            /// The text, as the marketing system writes it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = MalformedIdentifier;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-';
                if text.is_empty() || text.len() > MAX_TEXT_LENGTH || !text.bytes().all(allowed) {
                    return Err(MalformedIdentifier::Text { kind: $kind, text: excerpt(text) });
                }
                Ok(Self(text.into()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        conversions!($name);
    };
}

uuid_identifier!(
    /// A customer: an enterprise with its contract accounts.
    CustomerId,
    "customer"
);
uuid_identifier!(
    /// A person who pays or looks on behalf of a customer.
    UserId,
    "user"
);
uuid_identifier!(
    /// A payment order, named by the client that wrote it.
    OrderId,
    "order"
);
uuid_identifier!(
    /// A standing instruction, named by the client that wrote it.
    InstructionId,
    "standing instruction"
);
uuid_identifier!(
    /// What a manager makes of something that the bank said.
    ResolutionId,
    "resolution"
);
uuid_identifier!(
    /// A dispute of a bill, named by the client that wrote it.
    DisputeId,
    "dispute"
);
uuid_identifier!(
    /// A notice that was served to a customer.
    NoticeId,
    "notice"
);
uuid_identifier!(
    /// A change of a customer's own data, named by the client that wrote it.
    ChangeId,
    "change"
);
text_identifier!(
    /// A contract account of the marketing system.
    AccountId,
    "contract account"
);
text_identifier!(
    /// A bill of the marketing system.
    BillId,
    "bill"
);
text_identifier!(
    /// A debit mandate.
    MandateId,
    "mandate"
);
text_identifier!(
    /// A metering point of the marketing system.
    MeteringPointId,
    "metering point"
);
text_identifier!(
    /// A tariff of the marketing system.
    TariffId,
    "tariff"
);
text_identifier!(
    /// A time-of-use schedule of the marketing system.
    ScheduleId,
    "schedule"
);

impl OrderId {
    /// An id that was not there before: the time first, then chance (a UUID of version 7, RFC 9562
    /// §5.7), so that orders of one time are neighbours in every index of the books. Of `chance`, a
    /// random UUID, 80 bits are taken.
    #[must_use]
    pub fn made_at(now: jiff::Timestamp, chance: Uuid) -> Self {
        let [a, b, c, d, e, f, _, _, _, _, g, h, i, j, _, _] = chance.into_bytes();
        let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
        let id = uuid::Builder::from_unix_timestamp_millis(millis, &[a, b, c, d, e, f, g, h, i, j]);
        Self(id.into_uuid())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_later_orders_sort_later() {
        let at = |second| jiff::Timestamp::from_second(second).unwrap();
        let [early, late] = [(at(1), u128::MAX), (at(2), 0)]
            .map(|(now, chance)| OrderId::made_at(now, Uuid::from_u128(chance)));
        assert!(early < late && early.to_string() < late.to_string());
        assert_eq!(early.as_uuid().get_version_num(), 7);
        let chance = |chance| OrderId::made_at(at(1), Uuid::from_u128(chance));
        assert_ne!(chance(u128::MAX), chance(u128::MAX >> 8));
    }

    #[test]
    fn uuids_have_one_form() {
        let text = "50c99710-6a8d-4cb2-8905-ed89a25afa74";
        let id: OrderId = text.parse().unwrap();
        assert_eq!(id.to_string(), text);
        for other in [
            "50C99710-6A8D-4CB2-8905-ED89A25AFA74",
            "50c997106a8d4cb28905ed89a25afa74",
            "{50c99710-6a8d-4cb2-8905-ed89a25afa74}",
            "urn:uuid:50c99710-6a8d-4cb2-8905-ed89a25afa74",
            "",
        ] {
            assert!(other.parse::<OrderId>().is_err(), "{other}");
        }
    }

    #[test]
    fn texts_are_checked() {
        for good in ["B-2026.08-1", "1", "abcdefghijklmnopqrstuvwxyz012345"] {
            assert_eq!(good.parse::<BillId>().unwrap().as_str(), good);
        }
        for bad in [
            "",
            "a b",
            "a/b",
            "a_b",
            "é",
            "a\n",
            "abcdefghijklmnopqrstuvwxyz0123456",
        ] {
            assert!(bad.parse::<BillId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn json_is_a_checked_string() {
        let id: AccountId = serde_json::from_str("\"C-1\"").unwrap();
        assert_eq!(serde_json::to_string(&id).unwrap(), "\"C-1\"");
        assert!(serde_json::from_str::<AccountId>("\"C 1\"").is_err());
        assert!(serde_json::from_str::<CustomerId>("\"C-1\"").is_err());
    }

    #[test]
    fn an_error_shows_no_flood_and_no_escapes() {
        let error = format!("\u{1b}[2J{}", "x".repeat(500))
            .parse::<BillId>()
            .unwrap_err();
        assert!(error.to_string().len() < 160);
        assert!(!error.to_string().contains('\u{1b}'));
    }
}
