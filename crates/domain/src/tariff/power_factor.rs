//! The adjustment of energy and basic charge by the power factor.
//!
//! The rule of 1983 of the Chinese ministry of water resources and electric power has three
//! targets; a tariff names one of them, or brings steps of its own.

use std::fmt;

use rust_decimal::Decimal;
use serde::Deserialize;

use crate::strict::{bounded, decimal};

/// The most steps of a rule in one direction.
const MAX_STEPS: usize = 20;
/// Energies of a month are below this, so that their squares can be compared exactly.
const MAX_ENERGY: i128 = 10_i128.pow(15);

/// A power factor in hundredths, 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PowerFactor(u8);

/// What a power factor earns or costs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PowerFactorRule {
    /// The power factor at which nothing is adjusted, in hundredths, such as 90.
    pub target: u8,
    /// Going up from the target. Without them the rule of 1983, for targets 90, 85 and 80.
    #[serde(default)]
    pub rewards: Vec<Step>,
    /// Going down from the target.
    #[serde(default)]
    pub surcharges: Vec<Step>,
}

/// How much each hundredth of a power factor weighs, up to a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The last power factor that this step counts for, in hundredths. Past the last step nothing
    /// more is added.
    pub to: u8,
    /// For each hundredth.
    #[serde(deserialize_with = "decimal")]
    pub percent: Decimal,
}

/// Steps as (last hundredth, hundredths of a percent for each).
type Steps = &'static [(u8, i64)];

impl PowerFactor {
    /// cos(atan(reactive/active)), rounded half up to hundredths; `None` without active energy.
    /// Exact: compared as squares of whole kWh and kvarh.
    #[must_use]
    pub fn of(active: Decimal, reactive: Decimal) -> Option<Self> {
        let whole = |energy: Decimal| {
            let energy = crate::strict::round(energy, 0).abs();
            let energy = i128::try_from(energy).ok()?;
            (energy < MAX_ENERGY).then_some(energy)
        };
        let (active, reactive) = (whole(active)?, whole(reactive)?);
        if active == 0 {
            return None;
        }
        let apparent = active * active + reactive * reactive;
        // active/sqrt(apparent) >= (hundredths - 1/2) / 100, squared; below 2^127 by the bound.
        let reached = |hundredths: i128| {
            let half_below = 2 * hundredths - 1;
            half_below * half_below * apparent <= 40_000 * active * active
        };
        let hundredths = (1..=100_u8)
            .rev()
            .find(|hundredths| reached(i128::from(*hundredths)));
        Some(Self(hundredths.unwrap_or(0)))
    }

    /// Hundredths, 0 to 100.
    #[must_use]
    pub fn hundredths(self) -> u8 {
        self.0
    }
}

impl fmt::Display for PowerFactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

impl PowerFactorRule {
    /// The adjustment in percent of energy and basic charge: negative is a reward.
    #[must_use]
    pub fn percent(&self, factor: PowerFactor) -> Decimal {
        let factor = factor.0;
        if factor >= self.target {
            -climb(self.target, factor, &self.up())
        } else {
            climb(100 - self.target, 100 - factor, &self.down())
        }
    }

    pub(super) fn check(&self) -> Result<(), &'static str> {
        let own = !self.rewards.is_empty() || !self.surcharges.is_empty();
        if !own {
            return match self.target {
                80 | 85 | 90 => Ok(()),
                _ => Err("have the target 80, 85 or 90, or steps of its own"),
            };
        }
        let percent = |step: &Step| {
            bounded(step.percent, 100, 4) && !step.percent.is_sign_negative() && step.to <= 100
        };
        let all = self.rewards.iter().chain(&self.surcharges);
        let ordered = self.rewards.windows(2).all(|pair| pair[0].to < pair[1].to)
            && self
                .surcharges
                .windows(2)
                .all(|pair| pair[0].to > pair[1].to);
        let sides = self.rewards.iter().all(|step| step.to > self.target)
            && self.surcharges.iter().all(|step| step.to < self.target);
        let short = self.rewards.len() <= MAX_STEPS && self.surcharges.len() <= MAX_STEPS;
        if self.target <= 100 && all.clone().all(percent) && ordered && sides && short {
            Ok(())
        } else {
            Err("have steps that lead away from the target, at most 20 each way")
        }
    }

    fn up(&self) -> Vec<(u8, Decimal)> {
        if self.is_own() {
            let step = |step: &Step| (step.to, step.percent);
            return self.rewards.iter().map(step).collect();
        }
        let steps: Steps = match self.target {
            90 => &[(95, 15)],
            85 => &[(90, 10), (94, 15)],
            _ => &[(90, 10), (92, 15)],
        };
        steps.iter().copied().map(fixed).collect()
    }

    /// Mirrored, so that down is up as well.
    fn down(&self) -> Vec<(u8, Decimal)> {
        if self.is_own() {
            let step = |step: &Step| (100 - step.to, step.percent);
            return self.surcharges.iter().map(step).collect();
        }
        let steps: Steps = match self.target {
            90 => &[(70, 50), (65, 100), (0, 200)],
            85 => &[(65, 50), (60, 100), (0, 200)],
            _ => &[(60, 50), (55, 100), (0, 200)],
        };
        let mirrored = |(to, percent): (u8, i64)| fixed((100 - to, percent));
        steps.iter().copied().map(mirrored).collect()
    }

    fn is_own(&self) -> bool {
        !self.rewards.is_empty() || !self.surcharges.is_empty()
    }
}

fn fixed((to, hundredths): (u8, i64)) -> (u8, Decimal) {
    (to, Decimal::new(hundredths, 2))
}

/// The sum of the steps from `start` to `end`.
fn climb(start: u8, end: u8, steps: &[(u8, Decimal)]) -> Decimal {
    let mut at = start;
    let mut sum = Decimal::ZERO;
    for (to, percent) in steps {
        let until = end.min(*to);
        if until > at {
            sum += percent * Decimal::from(until - at);
            at = until;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn percent(target: u8, factor: u8) -> String {
        let rule = PowerFactorRule {
            target,
            rewards: Vec::new(),
            surcharges: Vec::new(),
        };
        rule.check().unwrap();
        rule.percent(PowerFactor(factor)).normalize().to_string()
    }

    /// Each corner of the rule of 1983, and its neighbours.
    #[test]
    fn the_rule_of_1983() {
        let table = [
            (
                90,
                &[
                    (100, "-0.75"),
                    (96, "-0.75"),
                    (95, "-0.75"),
                    (94, "-0.6"),
                    (91, "-0.15"),
                    (90, "0"),
                    (89, "0.5"),
                    (70, "10"),
                    (69, "11"),
                    (65, "15"),
                    (64, "17"),
                    (60, "25"),
                    (0, "145"),
                ][..],
            ),
            (
                85,
                &[
                    (100, "-1.1"),
                    (95, "-1.1"),
                    (94, "-1.1"),
                    (93, "-0.95"),
                    (91, "-0.65"),
                    (90, "-0.5"),
                    (86, "-0.1"),
                    (85, "0"),
                    (84, "0.5"),
                    (65, "10"),
                    (64, "11"),
                    (60, "15"),
                    (59, "17"),
                ],
            ),
            (
                80,
                &[
                    (100, "-1.3"),
                    (92, "-1.3"),
                    (91, "-1.15"),
                    (90, "-1"),
                    (81, "-0.1"),
                    (80, "0"),
                    (79, "0.5"),
                    (60, "10"),
                    (59, "11"),
                    (55, "15"),
                    (54, "17"),
                ],
            ),
        ];
        for (target, rows) in table {
            for (factor, wanted) in rows {
                assert_eq!(percent(target, *factor), *wanted, "{factor} of {target}");
            }
        }
    }

    #[test]
    fn rounded_to_hundredths_half_up() {
        let of = |active: i64, reactive: i64| {
            PowerFactor::of(active.into(), reactive.into()).map(PowerFactor::hundredths)
        };
        let table = [
            (100, 0, Some(100)),
            (3, 4, Some(60)),
            (4, 3, Some(80)),
            (0, 5, None),
            (1, 1_000_000, Some(0)),
            // 0.895 is 179/200: 179^2 + r^2 = 200^2 has no whole r; its two neighbours.
            (179_000, 89_213, Some(90)),
            (179_000, 89_214, Some(89)),
            (999_999_999_999_999, 1, Some(100)),
        ];
        for (active, reactive, wanted) in table {
            assert_eq!(of(active, reactive), wanted, "{active} {reactive}");
        }
        assert_eq!(of(1_000_000_000_000_000, 0), None);
    }

    #[test]
    fn steps_of_a_tariff_itself() {
        let rule: PowerFactorRule = serde_json::from_str(
            r#"{"target":95,"rewards":[{"to":98,"percent":"0.2"}],"surcharges":[{"to":90,"percent":"1"}]}"#,
        )
        .unwrap();
        rule.check().unwrap();
        let percent = |factor| rule.percent(PowerFactor(factor)).to_string();
        assert_eq!(percent(99), "-0.6");
        assert_eq!(percent(90), "5");
        assert_eq!(percent(10), "5");
        let wrong = PowerFactorRule {
            rewards: vec![Step {
                to: 90,
                percent: Decimal::ONE,
            }],
            ..rule
        };
        assert!(wrong.check().is_err());
    }
}
