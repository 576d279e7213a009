//! Tariffs and metered months: what both readers take is reckoned, and adds up.

use wattkey_domain::tariff::{Metered, Tariff, reckon};

use crate::Outcome;

const TARIFF: &[u8] = include_bytes!("../corpus/tariff/ok-steelworks");
const METERED: &[u8] = include_bytes!("../corpus/metered/ok-steelworks");

/// A tariff, under a month that is always the same.
pub(crate) fn tariff(bytes: &[u8]) -> Outcome {
    let tariff = Tariff::parse(bytes);
    if let Ok(tariff) = &tariff {
        let metered = Metered::parse(METERED).expect("the corpus has a metered month");
        check(tariff, &metered);
    }
    Outcome::of(&tariff)
}

/// A metered month, under a tariff that is always the same.
pub(crate) fn metered(bytes: &[u8]) -> Outcome {
    let metered = Metered::parse(bytes);
    if let Ok(metered) = &metered {
        let tariff = Tariff::parse(TARIFF).expect("the corpus has a tariff");
        check(&tariff, metered);
    }
    Outcome::of(&metered)
}

fn check(tariff: &Tariff, metered: &Metered) {
    let Ok(reckoning) = reckon(std::slice::from_ref(tariff), metered) else {
        return;
    };
    let lines: i64 = reckoning
        .lines
        .iter()
        .map(|line| line.line.amount.minor())
        .sum();
    let parts = reckoning.revenue.minor() + reckoning.tax.minor() + reckoning.levies.minor();
    assert_eq!(lines, reckoning.total.minor(), "the lines are the total");
    assert_eq!(parts, reckoning.total.minor(), "the parts are the total");
}
