//! The one place where the time is read.

use jiff::Timestamp;

/// The present time.
///
/// Builds with the feature `clock-offset` (tests) add the seconds of the environment's
/// `WATTKEY_CLOCK_OFFSET_S`; shipped builds ignore it.
#[must_use]
pub fn now() -> Timestamp {
    #[expect(
        clippy::disallowed_methods,
        reason = "the other crates take the time from here"
    )]
    let now = Timestamp::now();
    shifted(now)
}

#[cfg(not(feature = "clock-offset"))]
fn shifted(now: Timestamp) -> Timestamp {
    now
}

#[cfg(feature = "clock-offset")]
fn shifted(now: Timestamp) -> Timestamp {
    static OFFSET_S: std::sync::OnceLock<i64> = std::sync::OnceLock::new();
    let offset_s = *OFFSET_S.get_or_init(|| match std::env::var("WATTKEY_CLOCK_OFFSET_S") {
        Ok(text) => text
            .parse()
            .expect("WATTKEY_CLOCK_OFFSET_S is a whole number of seconds"),
        Err(_) => 0,
    });
    now + jiff::SignedDuration::from_secs(offset_s)
}
