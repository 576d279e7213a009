//! Arrears: how old they are, what the penalty will be, and the notices before supply is cut.
//!
//! * [`ageing`] sorts open bills by how long they are overdue, with the penalty of a day.
//! * [`preview`] says what the penalty of a bill will be on other days, and from which days it is
//!   reckoned.
//! * [`notice`] keeps the legal clock: supply of a customer who is not a household may be cut when a
//!   bill has been overdue for more than thirty days, after it was demanded, after a notice at least
//!   three days before, and one more an hour before.
//!
//! Nothing here cuts anything: [`notice::Case::clock`] says what is still missing, and why.

pub mod notice;

use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::penalty::days_after;
use crate::{BillId, Currency, Debt, DisputePeriod, Money, MoneyError, PenaltyRules};

/// A bill with something open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenBill {
    /// Which one.
    pub bill: BillId,
    /// The last day without penalty.
    pub due: Date,
    /// What is open of it.
    pub open: Money,
    /// Its disputes.
    pub disputes: Vec<DisputePeriod>,
}

/// How long a bill is overdue.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
pub enum Age {
    /// Not overdue.
    #[serde(rename = "not-due")]
    NotDue,
    /// 1 to 30 days.
    #[serde(rename = "1-30")]
    To30,
    /// 31 to 60 days.
    #[serde(rename = "31-60")]
    To60,
    /// 61 to 90 days.
    #[serde(rename = "61-90")]
    To90,
    /// Over 90 days.
    #[serde(rename = "over-90")]
    Over90,
}

/// The bills of one age.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgeGroup {
    /// Which age.
    pub age: Age,
    /// The bills, the oldest first.
    pub bills: Vec<BillId>,
    /// What is open of them.
    pub principal: Money,
    /// The penalty if all were paid today.
    pub penalty: Money,
}

/// A bill's penalty on a day, and what it is reckoned from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PenaltyOn {
    /// The day of payment.
    pub on: Date,
    /// Days overdue in the year in which the bill was due.
    pub days: u32,
    /// The rate of each, in millionths of the principal.
    pub daily_ppm: u32,
    /// Days overdue in later years.
    pub later_days: u32,
    /// The rate of each, in millionths of the principal.
    pub later_daily_ppm: u32,
    /// What is open of the bill.
    pub principal: Money,
    /// The penalty.
    pub penalty: Money,
    /// What it would be if nothing of the bill had been disputed.
    pub undisputed: Money,
}

impl Age {
    /// All ages, the youngest first.
    pub const ALL: [Self; 5] = [
        Self::NotDue,
        Self::To30,
        Self::To60,
        Self::To90,
        Self::Over90,
    ];

    /// Of a bill that is due on `due`, on a day.
    #[must_use]
    pub fn of(due: Date, on: Date) -> Self {
        match days_after(due, on) {
            0 => Self::NotDue,
            1..=30 => Self::To30,
            31..=60 => Self::To60,
            61..=90 => Self::To90,
            _ => Self::Over90,
        }
    }

    /// Its name, for programs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotDue => "not-due",
            Self::To30 => "1-30",
            Self::To60 => "31-60",
            Self::To90 => "61-90",
            Self::Over90 => "over-90",
        }
    }
}

impl OpenBill {
    /// The penalty on a day, as it is known today, and what it is reckoned from.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`].
    pub fn penalty_on(
        &self,
        rules: &PenaltyRules,
        on: Date,
        today: Date,
    ) -> Result<PenaltyOn, MoneyError> {
        let year_end = Date::new(self.due.year(), 12, 31).expect("each year has a 31 December");
        let undisputed = Debt::undisputed(self.due, self.open);
        Ok(PenaltyOn {
            on,
            days: days_after(self.due, on.min(year_end)),
            daily_ppm: rules.daily_ppm,
            later_days: days_after(year_end, on),
            later_daily_ppm: rules.later_years_daily_ppm,
            principal: self.open,
            penalty: rules.penalty(self.open, &self.debt(today), on)?,
            undisputed: rules.penalty(self.open, &undisputed, on)?,
        })
    }

    /// What its penalty depends on, as it is known today.
    #[must_use]
    pub fn debt(&self, today: Date) -> Debt<'_> {
        Debt {
            due: self.due,
            open: self.open,
            disputes: &self.disputes,
            today,
        }
    }
}

/// Sorts bills by age, the youngest first; every age is there.
///
/// # Errors
/// [`MoneyError`] for a bill in another currency and for sums beyond any amount.
pub fn ageing(
    bills: &[OpenBill],
    rules: &PenaltyRules,
    currency: Currency,
    today: Date,
) -> Result<Vec<AgeGroup>, MoneyError> {
    let mut sorted: Vec<_> = bills.iter().collect();
    sorted.sort_by(|a, b| (a.due, &a.bill).cmp(&(b.due, &b.bill)));
    let mut groups: Vec<_> = Age::ALL
        .into_iter()
        .map(|age| AgeGroup {
            age,
            bills: Vec::new(),
            principal: Money::zero(currency),
            penalty: Money::zero(currency),
        })
        .collect();
    for bill in sorted {
        let group = &mut groups[Age::of(bill.due, today) as usize];
        group.bills.push(bill.bill.clone());
        group.principal = group.principal.checked_add(bill.open)?;
        let penalty = bill.penalty_on(rules, today, today)?.penalty;
        group.penalty = group.penalty.checked_add(penalty)?;
    }
    Ok(groups)
}

/// What the penalty of a bill will be: today, on the first day overdue, after a week, after thirty
/// days, at the end of the year in which it was due and on the day after, as far as those are ahead.
///
/// # Errors
/// [`MoneyError::Overflow`].
pub fn preview(
    bill: &OpenBill,
    rules: &PenaltyRules,
    today: Date,
) -> Result<Vec<PenaltyOn>, MoneyError> {
    let from = today.max(bill.due);
    let year_end = Date::new(bill.due.year(), 12, 31).expect("each year has a 31 December");
    let after = |date: Date, days: i32| date.checked_add(days.days()).unwrap_or(Date::MAX);
    let mut days = vec![
        today,
        bill.due,
        after(bill.due, 1),
        after(from, 7),
        after(from, 30),
        year_end,
        after(year_end, 1),
    ];
    days.retain(|day| *day >= today);
    days.sort_unstable();
    days.dedup();
    days.into_iter()
        .map(|day| bill.penalty_on(rules, day, today))
        .collect()
}

#[cfg(test)]
mod tests;
