//! JSON of consumption (`PROTOCOL.md` section 8): metering points and their readings.
//!
//! Energies are whole watt-hours, or var-hours on reactive channels; powers are whole watts. Numbers
//! with a point are strings, exact. Readers tolerate members that they do not know.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use wattkey_domain::{AccountId, MeteringPointId, ScheduleId, TariffId};

use crate::time;

/// Most intervals of an answer with step `raw`.
pub const MAX_RAW: i64 = 3_000;

/// Most days of `GET /v1/metering-points/{point}/readings`, by step.
pub const MAX_DAYS: [(Step, i32); 4] = [
    (Step::Raw, 31),
    (Step::Hour, 31),
    (Step::Day, 400),
    (Step::Month, 3_660),
];

/// What is summed to one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Nothing: each interval by itself.
    Raw,
    /// An hour of the clock.
    Hour,
    /// A day.
    Day,
    /// A month.
    Month,
}

/// An entry of `GET /v1/metering-points`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct MeteringPoint {
    /// The metering point.
    pub point: MeteringPointId,
    /// Its contract account.
    pub account: AccountId,
    /// Name.
    pub name: String,
    /// Where it is.
    pub address: String,
    /// The metering point that it lies behind, and is deducted from.
    pub under: Option<MeteringPointId>,
    /// The tariff that its energy is charged by.
    pub tariff: TariffId,
    /// Its time-of-use schedule; none when the tariff has no periods.
    pub schedule: Option<ScheduleId>,
    /// Capacity of its transformers, kVA.
    pub capacity_kva: Option<String>,
    /// Contracted maximum demand, kW.
    pub contracted_kw: Option<String>,
    /// Whether the account pays ahead: its deposit is used up.
    pub prepaid: bool,
    /// The beginning of the first reading.
    #[serde(with = "time::optional")]
    pub first: Option<Timestamp>,
    /// The end of the last reading.
    #[serde(with = "time::optional")]
    pub last: Option<Timestamp>,
}

/// `GET /v1/metering-points/{point}/readings?from=&to=&step=`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Readings {
    /// The metering point.
    pub point: MeteringPointId,
    /// The first day.
    pub from: Date,
    /// The day after the last one.
    pub to: Date,
    /// What each item is.
    pub step: Step,
    /// Where days begin (IANA).
    pub time_zone: String,
    /// Length of the intervals that it was summed from, in seconds; none without any reading.
    pub resolution: Option<u32>,
    /// The schedule of the periods.
    pub schedule: Option<ScheduleId>,
    /// All of it: from the first day to the last.
    pub total: ReadingSum,
    /// Step by step, the oldest first. Where nothing is known, there is no item.
    pub items: Vec<ReadingSum>,
}

/// A span of readings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ReadingSum {
    /// The beginning.
    #[serde(with = "time")]
    pub from: Timestamp,
    /// The end.
    #[serde(with = "time")]
    pub to: Timestamp,
    /// The civil day that it begins on; of a month, its first. Not of a raw interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
    /// Energy of each channel that is metered: the sum of what is there.
    pub energy: ByChannel<i64>,
    /// What the sum of a channel rests on; a channel that is not here was measured throughout.
    #[serde(default, skip_serializing_if = "ByChannel::is_empty")]
    pub coverage: ByChannel<Coverage>,
    /// Active energy drawn by time-of-use period; none without a schedule, and not of a raw interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub periods: Option<BTreeMap<String, i64>>,
    /// The highest mean of a quarter-hour; not of a raw interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum_demand: Option<MaximumDemand>,
    /// Such as `0.93`; none without active energy or without reactive channels, and not of a raw
    /// interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub power_factor: Option<String>,
}

/// Something of each channel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case", bound(deserialize = "T: Deserialize<'de>"))]
pub struct ByChannel<T> {
    /// Active energy drawn.
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    pub active_import: Option<T>,
    /// Active energy given back.
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    pub active_export: Option<T>,
    /// Reactive energy drawn.
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    pub reactive_import: Option<T>,
    /// Reactive energy given back.
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    pub reactive_export: Option<T>,
}

/// How many of the intervals of a span were there, and how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Coverage {
    /// Read from a meter.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub measured: u32,
    /// Estimated.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub estimated: u32,
    /// Counted, but doubtful.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub suspect: u32,
    /// Not there, and not counted.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub missing: u32,
}

/// The highest mean power of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct MaximumDemand {
    /// The window's beginning.
    #[serde(with = "time")]
    pub at: Timestamp,
    /// Its mean power, in watts.
    pub watt: i64,
    /// The window's length in seconds: a quarter-hour, or one interval of coarser readings.
    pub window: u32,
    /// A higher one that rests on suspect values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspect_watt: Option<i64>,
    /// Windows that are missing in whole or in part.
    pub missing: u32,
}

impl Step {
    /// Its name, for programs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Month => "month",
        }
    }

    /// The step of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        MAX_DAYS
            .into_iter()
            .map(|(step, _)| step)
            .find(|step| step.as_str() == name)
    }

    /// Most days of one answer.
    #[must_use]
    pub fn max_days(self) -> i32 {
        MAX_DAYS
            .into_iter()
            .find(|(step, _)| *step == self)
            .map_or(0, |(_, days)| days)
    }
}

impl<T> ByChannel<T> {
    /// Whether there is nothing of any channel.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.active_import.is_none()
            && self.active_export.is_none()
            && self.reactive_import.is_none()
            && self.reactive_export.is_none()
    }
}

const fn none<T>() -> Option<T> {
    None
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the form that serde takes"
)]
const fn is_zero(count: &u32) -> bool {
    *count == 0
}
