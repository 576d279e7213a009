//! Forewarnings of a contract account, from what the books hold of it.
//!
//! Nothing is reckoned here that `wattkey_domain::forecast` and `arrears` do not reckon: this says
//! which metering points, tariffs and bills they are asked about, and what to do. What cannot be
//! reckoned is told with its reason; nothing is guessed.

mod bill;
mod contract;
mod deposit;
mod overdue;
mod points;

use jiff::ToSpan as _;
use jiff::civil::Date;
use wattkey_domain::PenaltyRules;
use wattkey_protocol::warnings::{
    About, Action, ExpectedBill, Reason, Severity, Unknown, Warning, What,
};
use wattkey_store::AccountUsage;

pub use points::Gathered;
use points::Points;

/// Days of readings that are looked at: thirteen months, and the six before in which the reckoning
/// is tried out.
pub const HISTORY_DAYS: i32 = 600;
/// Readings that ended more days ago than these say nothing of this month.
const OLD_DAYS: i32 = 14;
/// The most metering points whose days are told.
const MAX_DETAILED: usize = 50;

/// What warnings are reckoned with.
#[derive(Debug, Clone, Copy)]
pub struct Reckoned {
    /// The first day that is not over.
    pub today: Date,
    /// Rates of the late-payment penalty.
    pub rules: PenaltyRules,
    /// How much is told of each forecast.
    pub detail: Detail,
}

/// How much is told of each forecast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Months.
    Months,
    /// Months, and the days ahead that they are made of.
    Days,
}

/// Why something is not known, and of what.
#[derive(Debug, Clone)]
struct Gap {
    reason: Reason,
    of: Option<String>,
    detail: String,
}

impl Gap {
    fn new(reason: Reason, of: Option<String>, detail: impl Into<String>) -> Self {
        Self {
            reason,
            of,
            detail: detail.into(),
        }
    }

    fn about(self, about: About) -> (Severity, Action, What) {
        let action = match self.reason {
            Reason::NoMeteringPoint => Action::Nothing,
            _ => Action::AskForReadings,
        };
        let unknown = Unknown {
            about,
            reason: self.reason,
            of: self.of,
            detail: self.detail,
        };
        (Severity::Info, action, What::Unknown(unknown))
    }
}

/// The warnings of an account, the most pressing first; the readings of all its points were gathered.
#[must_use]
pub fn warnings(usage: &AccountUsage, gathered: &Gathered, with: Reckoned) -> Vec<Warning> {
    let points = Points::new(usage, gathered);
    let expected = bill::expected(usage, &points, with);
    let mut found = overdue::of(usage, with);
    if let Some(outlook) = deposit::of(usage, &points, with) {
        found.push(outlook.unwrap_or_else(|gap| gap.about(About::DepositLasts)));
    }
    match &expected {
        Ok((expected, _)) => {
            let what = What::ExpectedBill(shortened(expected.clone(), with.detail));
            found.push((Severity::Info, Action::PlanCash, what));
        }
        Err(gap) => found.push(gap.clone().about(About::ExpectedBill)),
    }
    let reckoning = expected.as_ref().ok().map(|(_, reckoning)| reckoning);
    found.extend(contract::of(usage, &points, reckoning, with));
    // Stable: of equal ones the order above.
    found.sort_by_key(|(severity, ..)| std::cmp::Reverse(*severity));
    let warning = |(severity, action, what)| Warning {
        account: usage.account.clone(),
        severity,
        action,
        as_of: with.today,
        what,
    };
    found.into_iter().map(warning).collect()
}

fn shortened(mut expected: ExpectedBill, detail: Detail) -> ExpectedBill {
    let keep = match detail {
        Detail::Months => 0,
        Detail::Days => MAX_DETAILED,
    };
    for point in expected.points.iter_mut().skip(keep) {
        point.days.clear();
    }
    expected
}

/// A date some days away; the calendar's end where that is beyond it.
fn shifted(date: Date, days: i32) -> Date {
    let end = if days < 0 { Date::MIN } else { Date::MAX };
    date.checked_add(days.days()).unwrap_or(end)
}

/// Whole watt-hours of an energy.
fn watt_hours(energy: wattkey_domain::usage::Energy) -> i64 {
    energy.milli() / 1_000
}

/// The month of a date.
fn month_of(date: Date) -> wattkey_domain::BillingMonth {
    let text = date.strftime("%Y-%m").to_string();
    text.parse()
        .expect("a date has a year of four digits and a month")
}
