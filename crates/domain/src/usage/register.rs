//! From what a meter's register showed to the energy of intervals.

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::assemble::Interval;
use super::curve::{Channel, Mark};
use super::energy::Energy;
use super::finding::{Finding, FindingKind, Findings};

/// The most digits before the point of a register.
const MAX_DIGITS: u32 = 12;

/// A meter as it was installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeterData {
    /// Its number.
    pub meter: String,
    /// Current ratio times voltage ratio.
    pub multiplier: Decimal,
    /// Digits before the point of the register, for one that rolls over; 0 when not known.
    pub digits: u32,
}

/// What a register showed at an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterReading {
    /// When.
    pub at: Timestamp,
    /// Before the multiplier, in kWh or kvarh.
    pub value: Decimal,
    /// Whether it was read or estimated.
    pub mark: Mark,
}

/// One meter's readings while its multiplier stayed the same, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Showing {
    /// The meter.
    pub meter: MeterData,
    /// What it showed.
    pub readings: Vec<RegisterReading>,
}

/// The intervals between the readings of a register, across the meters that were there one after
/// another. A meter whose multiplier changed is another [`Showing`] of the same number.
///
/// A difference over one interval of `seconds` is a value; over several it is a
/// [`FindingKind::KnownTotal`], whose parts stay missing. Where a meter or a multiplier changed, the
/// two sides join only when both were read at the same instant.
#[must_use]
pub fn from_registers(
    channel: Channel,
    seconds: u32,
    showings: &[Showing],
) -> (Vec<Interval>, Vec<Finding>) {
    let mut intervals = Vec::new();
    let mut findings = Findings::default();
    let mut before: Option<(&MeterData, Timestamp)> = None;
    for Showing { meter, readings } in showings {
        if let (Some((old, last)), Some(first)) = (before, readings.first()) {
            changed(channel, old, meter, (last, first.at), &mut findings);
        }
        for pair in readings.windows(2) {
            let (from, to) = (&pair[0], &pair[1]);
            let Some(energy) = difference(channel, meter, from, to, &mut findings) else {
                continue;
            };
            let length = to.at.as_second() - from.at.as_second();
            if length == i64::from(seconds) {
                intervals.push(Interval {
                    start: from.at,
                    seconds,
                    energy,
                    mark: from.mark.max(to.mark),
                });
            } else {
                let kind = FindingKind::KnownTotal { energy };
                findings.add(finding(channel, kind, from.at, to.at));
            }
        }
        if let Some(last) = readings.last() {
            before = Some((meter, last.at));
        }
    }
    (intervals, findings.finish())
}

/// What the register counted between two readings, unless that cannot be said.
fn difference(
    channel: Channel,
    meter: &MeterData,
    from: &RegisterReading,
    to: &RegisterReading,
    findings: &mut Findings,
) -> Option<Energy> {
    if from.mark == Mark::Missing || to.mark == Mark::Missing || to.at <= from.at {
        return None;
    }
    let (before, after) = (from.value, to.value);
    let mut counted = after.checked_sub(before)?;
    if counted < Decimal::ZERO {
        // As for bills: only past half of its range may a register have passed its last digit.
        let range = Decimal::from(10_u64.pow(meter.digits.min(MAX_DIGITS)));
        let within = before < range && after < range;
        let past_half = counted
            .checked_mul(Decimal::TWO)
            .is_some_and(|twice| -twice > range);
        if meter.digits == 0 || !within || !past_half {
            let kind = FindingKind::Backwards { before, after };
            findings.add(finding(channel, kind, from.at, to.at));
            return None;
        }
        counted += range;
        let kind = FindingKind::RolledOver { before, after };
        findings.add(finding(channel, kind, from.at, to.at));
    }
    let energy = counted
        .checked_mul(meter.multiplier)
        .and_then(Energy::from_kwh);
    if energy.is_none() {
        findings.add(finding(channel, FindingKind::TooFine, from.at, to.at));
    }
    energy
}

/// Tells how two showings join.
fn changed(
    channel: Channel,
    old: &MeterData,
    new: &MeterData,
    (last, first): (Timestamp, Timestamp),
    findings: &mut Findings,
) {
    let together = last == first;
    if old.meter != new.meter {
        let kind = FindingKind::Exchanged {
            old: old.meter.clone(),
            new: new.meter.clone(),
            both_read: together,
        };
        findings.add(finding(channel, kind, last, first));
    }
    if old.multiplier != new.multiplier {
        let kind = FindingKind::MultiplierChanged {
            old: old.multiplier,
            new: new.multiplier,
            read: together,
        };
        findings.add(finding(channel, kind, last, first));
    }
}

fn finding(channel: Channel, kind: FindingKind, from: Timestamp, to: Timestamp) -> Finding {
    Finding {
        channel: Some(channel),
        kind,
        from,
        to,
        count: 1,
    }
}
