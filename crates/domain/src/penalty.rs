//! The late-payment penalty, and the quote that a customer may pay.
//!
//! The rule (non-residential customers): 0.2 % a day on arrears, 0.3 % for the days after
//! 31 December of the year in which the bill was due; on the principal only, not compounded. The
//! first day is the one after the due date, the last the day of payment. Both rates and a minimum
//! are configurable.
//!
//! What of a bill is disputed is paid last and owes no penalty for the days of the dispute
//! ([`Debt`]), of one that is open up to today: nobody knows how long it will be. Slices of different depth are summed exactly and rounded once.

mod history;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use crate::{DisputePeriod, Money, MoneyError};

pub use history::{FormerRules, PenaltyHistory};

/// Rates are in millionths of the principal for each day.
const PARTS: i128 = 1_000_000;

/// The rates of the late-payment penalty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PenaltyRules {
    /// A day in the year in which the bill was due, in millionths of the principal.
    pub daily_ppm: u32,
    /// A day in any later year, in millionths of the principal.
    pub later_years_daily_ppm: u32,
    /// The least penalty of a bill that is late, in minor units.
    pub minimum_minor: u32,
}

impl Default for PenaltyRules {
    fn default() -> Self {
        Self {
            daily_ppm: 2_000,
            later_years_daily_ppm: 3_000,
            minimum_minor: 0,
        }
    }
}

/// What is open of a bill, as far as its penalty depends on it.
///
/// Units are paid from the front; what is disputed lies at the end. A unit that has `d` others behind
/// it owes nothing for the days of a dispute of more than `d`. How far it is from the end stays the
/// same whatever is paid before it, so it does not matter in how many parts a bill is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Debt<'a> {
    /// The last day without penalty.
    pub due: Date,
    /// What is open before anything of it is paid.
    pub open: Money,
    /// Its disputes, whether they are over or not.
    pub disputes: &'a [DisputePeriod],
    /// The civil day on which this is so: an open dispute frees no day after it, also where what is
    /// paid is collected later.
    pub today: Date,
}

/// What a customer may pay for a bill, and until when at that price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quote {
    /// What is open of the bill itself.
    pub principal: Money,
    /// The penalty of it on the day that counts: today, or the day on which it will be paid.
    pub penalty: Money,
    /// The quote is valid before this instant: the end of the day that counts, of a bill that is not
    /// overdue then the end of its due day.
    pub until: Timestamp,
}

/// The rules of one payment service: what a quote depends on besides the bill and the time.
#[derive(Debug, Clone)]
pub struct Quoting {
    /// The rates.
    pub rules: PenaltyRules,
    /// Where the service's civil days begin and end.
    pub time_zone: TimeZone,
}

/// No quote can be made.
#[derive(Debug, thiserror::Error)]
pub enum QuoteError {
    /// The penalty, or principal and penalty together, are beyond any amount.
    #[error("principal and penalty cannot be expressed")]
    Money(#[from] MoneyError),
    /// The civil day has no end that can be expressed.
    #[error("the end of the civil day cannot be computed")]
    Day(#[from] jiff::Error),
}

impl PenaltyRules {
    /// The penalty on `principal`, a part of a debt, when it is paid on `on`: exact until the end,
    /// then rounded half up to the minor unit.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`].
    pub fn penalty(
        &self,
        principal: Money,
        debt: &Debt<'_>,
        on: Date,
    ) -> Result<Money, MoneyError> {
        let currency = principal.currency();
        let parts = self.parts(principal, debt, on);
        if parts == 0 {
            return Ok(Money::zero(currency));
        }
        let minor = (parts + PARTS / 2) / PARTS;
        let minor = i64::try_from(minor).map_err(|_| MoneyError::Overflow)?;
        Money::new(minor.max(i64::from(self.minimum_minor)), currency)
    }

    /// The largest principal, at most `most` of a debt, that is covered by `budget` together with its
    /// own penalty, and that penalty.
    ///
    /// # Errors
    /// [`MoneyError::Currencies`].
    pub fn affordable(
        &self,
        budget: Money,
        most: Money,
        debt: &Debt<'_>,
        on: Date,
    ) -> Result<(Money, Money), MoneyError> {
        let currency = most.currency();
        let covered = |principal: Money| {
            let penalty = self.penalty(principal, debt, on).ok()?;
            let total = principal.checked_add(penalty).ok()?;
            (total.minor() <= budget.minor()).then_some(penalty)
        };
        budget.checked_add(Money::zero(currency))?;
        if let Some(penalty) = covered(most) {
            return Ok((most, penalty));
        }
        // More principal never has less penalty: `enough` is covered, `more` is not.
        let (mut enough, mut more) = (0, most.minor().min(budget.minor().saturating_add(1)));
        while more - enough > 1 {
            let middle = enough + (more - enough) / 2;
            match covered(Money::new(middle, currency)?) {
                Some(_) => enough = middle,
                None => more = middle,
            }
        }
        let principal = Money::new(enough, currency)?;
        Ok((
            principal,
            covered(principal).unwrap_or(Money::zero(currency)),
        ))
    }

    /// The penalty before rounding, in millionths of a minor unit. It cannot overflow: less than
    /// 2^53 times less than 2^23 days (jiff's calendar) times less than 2^32.
    fn parts(&self, principal: Money, debt: &Debt<'_>, on: Date) -> i128 {
        let all = i128::from(principal.minor()) * self.rate(debt.due, on);
        if debt.disputes.is_empty() {
            return all;
        }
        let free = debt.slices(on).map(|slice| {
            let units = debt.free_of(principal.minor(), slice.amount);
            // Up to the day before the first that is free.
            let before = slice
                .from
                .yesterday()
                .map_or(0, |day| self.rate(debt.due, day));
            i128::from(units) * (self.rate(debt.due, slice.until) - before)
        });
        all - free.sum::<i128>()
    }

    /// What a unit owes on a day, in millionths of it.
    fn rate(&self, due: Date, on: Date) -> i128 {
        let year_end = Date::new(due.year(), 12, 31).expect("each year has a 31 December");
        let in_due_year = days_after(due, on.min(year_end));
        let later = days_after(year_end, on);
        i128::from(in_due_year) * i128::from(self.daily_ppm)
            + i128::from(later) * i128::from(self.later_years_daily_ppm)
    }
}

/// Days with one disputed amount, both ends included.
struct Slice {
    from: Date,
    until: Date,
    amount: i64,
}

impl<'a> Debt<'a> {
    /// One that nobody disputes.
    #[must_use]
    pub const fn undisputed(due: Date, open: Money) -> Self {
        Self {
            due,
            open,
            disputes: &[],
            today: due,
        }
    }

    /// What of it is in dispute now: of a dispute that is open, never more than is open of the bill. One
    /// that was answered or withdrawn today frees today, and is over all the same.
    #[must_use]
    pub fn disputed(&self) -> Money {
        let open = self
            .disputes
            .iter()
            .filter(|one| one.until.is_none() && one.from <= self.today);
        let most = open.map(|dispute| dispute.amount.minor()).max();
        let minor = most.unwrap_or(0).min(self.open.minor());
        Money::new(minor, self.open.currency()).unwrap_or(Money::zero(self.open.currency()))
    }

    /// Of the first `principal` units, those that lie within the last `disputed`.
    fn free_of(&self, principal: i64, disputed: i64) -> i64 {
        let before = self.open.minor().saturating_sub(disputed).max(0);
        principal.saturating_sub(before).max(0)
    }

    /// The days up to `on` on which something was disputed, each day in one slice: of disputes that
    /// share a day, the larger one counts.
    fn slices(&self, on: Date) -> impl Iterator<Item = Slice> + use<'a> {
        let (disputes, today) = (self.disputes, self.today);
        let mut starts: Vec<Date> = Vec::new();
        for dispute in disputes {
            let after = dispute.last(today).tomorrow().ok();
            starts.extend([Some(dispute.from), after].into_iter().flatten());
        }
        starts.retain(|start| *start <= on);
        starts.sort_unstable();
        starts.dedup();
        let ends: Vec<Date> = starts
            .iter()
            .skip(1)
            .map(|next| next.yesterday().unwrap_or(*next))
            .chain([on])
            .collect();
        starts
            .into_iter()
            .zip(ends)
            .filter_map(move |(from, until)| {
                let covering = disputes
                    .iter()
                    .filter(|dispute| dispute.from <= from && from <= dispute.last(today));
                let amount = covering.map(|dispute| dispute.amount.minor()).max()?;
                Some(Slice {
                    from,
                    until,
                    amount,
                })
            })
    }
}

/// Days from the one after `start` to `end`, both counted; 0 when `end` is not after `start`.
pub fn days_after(start: Date, end: Date) -> u32 {
    let days = end.duration_since(start).as_hours() / 24;
    u32::try_from(days).unwrap_or(0)
}

impl Quoting {
    /// The civil date at `now`.
    #[must_use]
    pub fn today(&self, now: Timestamp) -> Date {
        self.time_zone.to_datetime(now).date()
    }

    /// The quote for a debt, or a part of it, that is paid today.
    ///
    /// # Errors
    /// [`QuoteError`] for amounts and dates at the end of what can be expressed.
    pub fn quote(
        &self,
        principal: Money,
        debt: &Debt<'_>,
        now: Timestamp,
    ) -> Result<Quote, QuoteError> {
        self.quote_on(principal, debt, self.today(now), now)
    }

    /// The quote for what is paid on the day `on`, today or later.
    ///
    /// # Errors
    /// [`QuoteError`] for amounts and dates at the end of what can be expressed.
    pub fn quote_on(
        &self,
        principal: Money,
        debt: &Debt<'_>,
        on: Date,
        now: Timestamp,
    ) -> Result<Quote, QuoteError> {
        let penalty = self.rules.penalty(principal, debt, on)?;
        principal.checked_add(penalty)?;
        Ok(Quote {
            principal,
            penalty,
            // Until its due day it owes no penalty, whenever before it is paid.
            until: self.end_of(on.max(debt.due), now)?,
        })
    }

    /// The civil day of `now`, from its beginning to the beginning of the next one.
    ///
    /// # Errors
    /// [`QuoteError::Day`] at the end of the calendar.
    pub fn day(&self, now: Timestamp) -> Result<std::ops::Range<Timestamp>, QuoteError> {
        let today = self.today(now);
        let start = self
            .time_zone
            .to_ambiguous_zoned(today.to_datetime(Time::midnight()));
        let start = start.earlier()?.timestamp().min(now);
        Ok(start..self.end_of(today, now)?)
    }

    /// The end of a civil day.
    ///
    /// # Errors
    /// [`QuoteError::Day`] at the end of the calendar.
    pub fn day_end(&self, day: Date) -> Result<Timestamp, QuoteError> {
        let midnight = day.checked_add(1.day())?.to_datetime(Time::midnight());
        let midnight = self.time_zone.to_ambiguous_zoned(midnight);
        Ok(midnight.compatible()?.timestamp())
    }

    /// The end of the civil day `day`, after `now`. Where the clocks go back over midnight there are
    /// two.
    fn end_of(&self, day: Date, now: Timestamp) -> Result<Timestamp, jiff::Error> {
        let midnight = day.checked_add(1.day())?.to_datetime(Time::midnight());
        let midnight = self.time_zone.to_ambiguous_zoned(midnight);
        let first = midnight.clone().compatible()?.timestamp();
        if first > now {
            return Ok(first);
        }
        Ok(midnight.later()?.timestamp())
    }
}

impl Quote {
    /// Principal and penalty together.
    ///
    /// # Errors
    /// [`MoneyError`] when the two do not fit one amount.
    pub fn total(&self) -> Result<Money, MoneyError> {
        self.principal.checked_add(self.penalty)
    }
}

#[cfg(test)]
mod tests;
