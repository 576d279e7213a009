//! The bank has its own clock.

use jiff::Timestamp;

/// The time now.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "the stand-in shares no code with the system, its clock included"
)]
pub fn now() -> Timestamp {
    Timestamp::now()
}
