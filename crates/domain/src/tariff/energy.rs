//! From readings to the energy of each metering point in a span of days, by period.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::metered::{Losses, Metered, MeteringPoint, Reading, RegisterKind, name};
use super::reckon::{Assumption, ReckonError};
use crate::MeteringPointId;
use crate::penalty::days_after;
use crate::strict::round;

/// Shares of a whole are cut to millionths.
const SHARE_DECIMALS: u32 = 6;
/// Energies are below this, so that prices can be multiplied exactly.
const MAX_ENERGY: i64 = 1_000_000_000_000;

/// Days from `from` to before `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from: Date,
    pub(super) to: Date,
}

/// The energy of one metering point, or of several together, in one span.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Energy {
    /// kWh by period; `None` is a register that counts always.
    pub(super) active: BTreeMap<Option<String>, Decimal>,
    /// |import| + |export|, kvarh.
    pub(super) reactive: Decimal,
}

impl Span {
    pub(super) fn days(self) -> u32 {
        days_after(self.from, self.to)
    }
}

impl Energy {
    pub(super) fn total(&self) -> Decimal {
        self.active.values().sum()
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (period, energy) in &other.active {
            *self.active.entry(period.clone()).or_default() += energy;
        }
        self.reactive += other.reactive;
    }

    /// Takes a sub-meter's energy away: period by period where it has the same ones, otherwise in
    /// the shares that the periods have here.
    fn deduct(&mut self, sub: &Self) -> bool {
        let shared = sub
            .active
            .keys()
            .all(|period| self.active.contains_key(period));
        if shared {
            for (period, energy) in &sub.active {
                if let Some(here) = self.active.get_mut(period) {
                    *here -= energy;
                }
            }
        } else {
            self.spread(-sub.total());
        }
        self.reactive -= sub.reactive;
        shared
    }

    /// Adds an energy in the shares that the periods have; they sum to it exactly. Without any
    /// energy it goes to the first period.
    fn spread(&mut self, energy: Decimal) {
        let total = self.total();
        let mut before = Decimal::ZERO;
        let mut given = Decimal::ZERO;
        let mut first = true;
        for here in self.active.values_mut() {
            before += *here;
            let until = if total.is_zero() {
                energy
            } else {
                share(energy, before, total)
            };
            if !total.is_zero() || first {
                *here += until - given;
            }
            given = until;
            first = false;
        }
    }
}

/// The energy of every metering point in a span, with losses added and sub-meters deducted.
pub(super) fn of_points(
    metered: &Metered,
    span: Span,
    assumptions: &mut Vec<Assumption>,
) -> Result<BTreeMap<MeteringPointId, Energy>, ReckonError> {
    let mut points = BTreeMap::new();
    for point in &metered.points {
        let mut energy = measured(point, span, assumptions);
        if let Some(losses) = &point.losses {
            add_losses(&mut energy, losses, span);
        }
        points.insert(point.point.clone(), energy);
    }
    for point in &metered.points {
        let Some(under) = &point.under else { continue };
        let sub = points.get(&point.point).cloned().unwrap_or_default();
        if let Some(energy) = points.get_mut(under)
            && !energy.deduct(&sub)
        {
            note(
                assumptions,
                Assumption::DeductedByShares {
                    point: point.point.clone(),
                },
            );
        }
    }
    for (point, energy) in &points {
        if energy
            .active
            .values()
            .any(|energy| energy.is_sign_negative() && !energy.is_zero())
        {
            return Err(ReckonError::Deducted {
                point: point.clone(),
            });
        }
        let too_much = |energy: &Decimal| energy.abs() >= Decimal::from(MAX_ENERGY);
        if too_much(&energy.total()) || too_much(&energy.reactive) {
            return Err(ReckonError::TooMuch);
        }
    }
    Ok(points)
}

fn measured(point: &MeteringPoint, span: Span, assumptions: &mut Vec<Assumption>) -> Energy {
    let registers = point.registers();
    let by_period = registers
        .iter()
        .any(|(kind, period)| *kind == RegisterKind::Active && period.is_some());
    let mut energy = Energy::default();
    for (kind, period) in registers {
        let counted = register(point, kind, period, span, assumptions);
        match kind {
            // Beside the periods' registers the one that counts always is only their check.
            RegisterKind::Active if by_period && period.is_none() => {}
            RegisterKind::Active => {
                energy.active.insert(period.map(str::to_owned), counted);
            }
            RegisterKind::ReactiveImport | RegisterKind::ReactiveExport => {
                energy.reactive += counted;
            }
        }
    }
    energy
}

fn register(
    point: &MeteringPoint,
    kind: RegisterKind,
    period: Option<&str>,
    span: Span,
    assumptions: &mut Vec<Assumption>,
) -> Decimal {
    let mut sum = Decimal::ZERO;
    for (meter, register) in point.of(kind, period) {
        for pair in register.readings.windows(2) {
            let [first, last] = [pair[0], pair[1]];
            let (from, to) = (first.at.max(span.from), last.at.min(span.to));
            if from >= to {
                continue;
            }
            let mut counted = last.value - first.value;
            if counted.is_sign_negative() && !counted.is_zero() {
                // Checked in `rolled_over` before anything is reckoned.
                counted += Decimal::from(10_u64.pow(meter.digits));
                note(
                    assumptions,
                    Assumption::RolledOver {
                        point: point.point.clone(),
                        register: name(kind, period),
                        at: last.at,
                    },
                );
            }
            let whole = counted * meter.multiplier;
            if (from, to) == (first.at, last.at) {
                sum += whole;
            } else {
                sum += by_days(whole, first, last, to) - by_days(whole, first, last, from);
                note(
                    assumptions,
                    Assumption::SplitByDays {
                        point: point.point.clone(),
                        first: first.at,
                        last: last.at,
                    },
                );
            }
        }
    }
    sum
}

/// Refuses what only a meter that rolled over explains, when its digits are not known or when
/// more than half of its range would have passed.
pub(super) fn rolled_over(metered: &Metered) -> Result<(), ReckonError> {
    for point in &metered.points {
        for (kind, period) in point.registers() {
            for (meter, register) in point.of(kind, period) {
                let range = Decimal::from(10_u64.pow(meter.digits));
                let backwards = |pair: &[Reading]| {
                    let counted = pair[1].value - pair[0].value;
                    let back = counted.is_sign_negative() && !counted.is_zero();
                    let within = pair.iter().all(|reading| reading.value < range);
                    let explained = meter.digits > 0 && within && -counted * Decimal::TWO > range;
                    back && !explained
                };
                if let Some(pair) = register.readings.windows(2).find(|pair| backwards(pair)) {
                    return Err(ReckonError::Backwards {
                        point: point.point.clone(),
                        register: name(kind, period),
                        at: pair[1].at,
                    });
                }
            }
        }
    }
    Ok(())
}

/// The part of `whole` until a day, all days of the reading alike.
fn by_days(whole: Decimal, first: Reading, last: Reading, until: Date) -> Decimal {
    let days = Decimal::from(days_after(first.at, until));
    share(whole, days, Decimal::from(days_after(first.at, last.at)))
}

fn share(whole: Decimal, part: Decimal, of: Decimal) -> Decimal {
    if part == of {
        return whole;
    }
    round(whole * (part / of), SHARE_DECIMALS)
}

fn add_losses(energy: &mut Energy, losses: &Losses, span: Span) {
    let hours = Decimal::from(24 * span.days());
    let percent = |energy: Decimal, percent: Decimal| energy * percent / Decimal::ONE_HUNDRED;
    let active = losses.fixed_kw * hours + percent(energy.total(), losses.active_percent);
    energy.spread(round(active, SHARE_DECIMALS));
    let reactive = losses.fixed_kvar * hours + percent(energy.reactive, losses.reactive_percent);
    energy.reactive += round(reactive, SHARE_DECIMALS);
}

fn note(assumptions: &mut Vec<Assumption>, assumption: Assumption) {
    if !assumptions.contains(&assumption) {
        assumptions.push(assumption);
    }
}
