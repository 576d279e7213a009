//! `[penalty]`: the rates of the late-payment penalty, and those that were in force before.

use jiff::civil::Date;
use serde::Deserialize;
use wattkey_domain::{FormerRules, PenaltyHistory, PenaltyRules};

use super::ConfigError;

/// The most rates that were in force before.
const MAX_FORMER: usize = 32;

/// As the file has it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawPenalty {
    daily_ppm: u32,
    later_years_daily_ppm: u32,
    minimum_minor: u32,
    former: Vec<RawFormer>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFormer {
    until: Date,
    daily_ppm: u32,
    later_years_daily_ppm: u32,
    minimum_minor: u32,
}

impl Default for RawPenalty {
    fn default() -> Self {
        let rules = PenaltyRules::default();
        Self {
            daily_ppm: rules.daily_ppm,
            later_years_daily_ppm: rules.later_years_daily_ppm,
            minimum_minor: rules.minimum_minor,
            former: Vec::new(),
        }
    }
}

impl RawPenalty {
    /// The rates of today, and all that ever were in force.
    pub(super) fn check(self) -> Result<(PenaltyRules, PenaltyHistory), ConfigError> {
        if self.former.len() > MAX_FORMER {
            return Err(ConfigError::Value {
                key: "penalty.former",
                wrong: format!("has more than {MAX_FORMER} rates"),
            });
        }
        let rules = PenaltyRules {
            daily_ppm: self.daily_ppm,
            later_years_daily_ppm: self.later_years_daily_ppm,
            minimum_minor: self.minimum_minor,
        };
        let former = self.former.into_iter().map(|one| FormerRules {
            until: one.until,
            rules: PenaltyRules {
                daily_ppm: one.daily_ppm,
                later_years_daily_ppm: one.later_years_daily_ppm,
                minimum_minor: one.minimum_minor,
            },
        });
        Ok((rules, PenaltyHistory::new(rules, former.collect())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> (PenaltyRules, PenaltyHistory) {
        let raw: RawPenalty = toml::from_str(text).unwrap();
        raw.check().unwrap()
    }

    #[test]
    fn rates_have_a_past() {
        let (rules, history) = check("");
        assert_eq!(rules, PenaltyRules::default());
        let day = "2026-06-30".parse().unwrap();
        assert_eq!(history.on(day).collect::<Vec<_>>(), [&rules]);
        let (rules, history) = check(
            "daily_ppm = 1000
            [[former]]
            until = \"2026-06-30\"
            daily_ppm = 5000
            later_years_daily_ppm = 5000
            minimum_minor = 0",
        );
        assert_eq!(rules.daily_ppm, 1_000);
        let found: Vec<u32> = history.on(day).map(|rules| rules.daily_ppm).collect();
        assert_eq!(found, [5_000, 1_000]);
        let misspelt = toml::from_str::<RawPenalty>("former = [{ untill = \"2026-06-30\" }]");
        assert!(misspelt.is_err());
    }
}
