//! What was found, for people.

use std::fmt;

use super::Verification;
use crate::printing::amount;

impl fmt::Display for Verification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counted = &self.counted;
        writeln!(
            f,
            "books: {} bills, {} orders, {} transfers, {} links in {} chains",
            counted.bills, counted.orders, counted.transfers, counted.links, counted.chains
        )?;
        for one in &self.trial_balance {
            let balance = amount(one.minor, &one.currency);
            writeln!(f, "  {:<24} {} {balance:>21}", one.account, one.currency)?;
        }
        let kept = |number: Option<u64>| {
            number.map_or_else(|| "none".to_owned(), |number| number.to_string())
        };
        let log = &self.binding_log;
        writeln!(
            f,
            "binding log: {} steps, kept head {}, {} keys bound",
            log.steps,
            kept(log.kept),
            log.bound
        )?;
        let checkpoints = &self.checkpoints;
        writeln!(
            f,
            "checkpoints: {}, {} signed, kept {}",
            checkpoints.count,
            checkpoints.signed,
            kept(checkpoints.kept)
        )?;
        let problems = log.problem.iter().chain(&checkpoints.problems);
        for finding in self.findings.iter().chain(problems) {
            writeln!(f, "WRONG: {finding}")?;
        }
        for remark in &self.attention {
            writeln!(f, "LOOK: {remark}")?;
        }
        if self.sound {
            return writeln!(f, "sound");
        }
        let findings = self.findings_total
            + u64::from(log.problem.is_some())
            + checkpoints.problems.len() as u64;
        writeln!(f, "not sound: {findings} findings")
    }
}
