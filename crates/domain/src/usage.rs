//! Load curves: what a metering point drew and gave back, quarter-hour by quarter-hour.
//!
//! A [`LoadCurve`] is a grid of equally long intervals with up to four [`Channel`]s, active and
//! reactive energy in both directions, in exact thousandths of a watt-hour or var-hour. The grid
//! runs in absolute time, so that a day of daylight saving is simply one of 92 or 100 quarter-hours;
//! its time zone says where days, months and hours begin.
//!
//! * [`assemble`] lays intervals from outside onto the grid, [`from_registers`] makes them from what
//!   a meter's register showed. Both tell what they found as [`Finding`]s: gaps, overlaps, values
//!   that came twice, a meter that rolled over or was exchanged, another multiplier.
//! * [`LoadCurve::totals`] sums by hour, day and month with [`Coverage`], [`LoadCurve::by_period`]
//!   by the time-of-use periods of a [`Schedule`].
//! * [`LoadCurve::maximum_demand`] is the highest mean of a fixed window.
//!
//! Nothing is guessed: a value that is not there stays [`Mark::Missing`] and counts nothing, one
//! that contradicts another is kept as [`Mark::Suspect`]; sums say how much of each they hold.
//!
//! ```
//! use jiff::{Timestamp, tz::TimeZone};
//! use wattkey_domain::usage::{Channel, Energy, Interval, Mark, Resolution, Step, assemble};
//!
//! let start: Timestamp = "2026-07-31T16:00:00Z".parse()?;
//! let quarters = (0..96).map(|n| Interval {
//!     start: start + jiff::SignedDuration::from_mins(15 * n),
//!     seconds: 900,
//!     energy: Energy::from_milli(250_000_000),
//!     mark: Mark::Measured,
//! });
//! let zone = TimeZone::get("Asia/Shanghai")?;
//! let (curve, findings) = assemble(
//!     "P-1".parse()?, zone, Resolution::QUARTER, vec![(Channel::ActiveImport, quarters.collect())])?;
//! assert!(findings.is_empty());
//! let days = curve.totals(Step::Day);
//! assert_eq!(days[0].energy(Channel::ActiveImport).kwh().to_string(), "24000");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod assemble;
mod calendar;
mod curve;
mod demand;
mod energy;
mod finding;
mod period;
mod register;
mod schedule;
mod total;

pub use assemble::{AssembleError, Interval, assemble};
pub use curve::{Channel, LoadCurve, Mark, Resolution, Value};
pub use demand::{Demand, MaximumDemand, Power};
pub use energy::Energy;
pub use finding::{Finding, FindingKind, MAX_FINDINGS};
pub use period::{PeriodMap, PeriodTotal};
pub use register::{MeterData, RegisterReading, Showing, from_registers};
pub use schedule::{Schedule, ScheduleError};
pub use total::{Coverage, Step, Total};

/// The most values of a channel: thirty years of quarter-hours.
pub const MAX_VALUES: usize = 1 << 20;

#[cfg(test)]
mod tests;
