//! The bank has its own clock.

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// The time now, in the bank's time zone.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "the stand-in shares no code with the system, its clock included"
)]
pub fn now(zone: &TimeZone) -> Zoned {
    Timestamp::now().to_zoned(zone.clone())
}
