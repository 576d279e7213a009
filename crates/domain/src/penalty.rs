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
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Currency, MAX_MINOR};

    fn cny(minor: i64) -> Money {
        Money::new(minor, Currency::CNY).unwrap()
    }

    fn owed(open: i64, due: Date) -> Debt<'static> {
        Debt::undisputed(due, cny(open))
    }

    #[test]
    fn days_and_years() {
        let table = "
            principal  due         on          penalty
            1234500    2026-08-31  2026-08-30  0
            1234500    2026-08-31  2026-08-31  0
            1234500    2026-08-31  2026-09-01  2469
            1234500    2026-08-31  2026-09-30  74070
            100000     2026-12-31  2026-12-31  0
            100000     2026-12-31  2027-01-01  300
            100000     2026-12-30  2027-01-01  500
            100000     2026-12-30  2028-01-01  110000
            100000     2028-02-28  2028-03-01  400
            100000     2028-02-29  2029-02-28  78900
            100000     2027-12-31  2029-01-01  110100
            9007199254740991  2026-08-31  2026-09-01  18014398509482
            1          2026-08-31  2026-09-01  0
            249        2026-08-31  2026-09-01  0
            250        2026-08-31  2026-09-01  1
            0          2026-08-31  2027-09-01  0";
        for row in table.lines().skip(2) {
            let cells: Vec<_> = row.split_whitespace().collect();
            let [principal, due, on, penalty] = cells[..] else {
                panic!("{row}");
            };
            let principal = principal.parse().unwrap();
            let debt = owed(principal, due.parse().unwrap());
            let found = PenaltyRules::default()
                .penalty(cny(principal), &debt, on.parse().unwrap())
                .unwrap();
            assert_eq!(found.minor().to_string(), penalty, "{row}");
        }
    }

    #[test]
    fn the_minimum_is_for_late_bills_only() {
        let rules = PenaltyRules {
            minimum_minor: 100,
            ..PenaltyRules::default()
        };
        let due: Date = "2026-08-31".parse().unwrap();
        assert_eq!(
            rules.penalty(cny(1_000), &owed(1_000, due), due),
            Ok(cny(0))
        );
        assert_eq!(
            rules.penalty(cny(1_000), &owed(1_000, due), due.tomorrow().unwrap()),
            Ok(cny(100))
        );
        assert_eq!(
            rules.penalty(cny(0), &owed(1_000, due), due.tomorrow().unwrap()),
            Ok(cny(0))
        );
    }

    #[test]
    fn what_a_sum_covers() {
        let rules = PenaltyRules {
            minimum_minor: 5,
            ..PenaltyRules::default()
        };
        let table = "
            budget  open   on          principal penalty
            10200   10000  2026-09-10  10000     200
            10199   10000  2026-09-10  9999      200
            5000    10000  2026-09-10  4902      98
            5000    10000  2026-08-31  5000      0
            0       10000  2026-09-10  0         0
            5       10000  2026-09-10  0         0
            6       10000  2026-09-10  1         5
            99999   10000  2026-09-10  10000     200
            99999   0      2026-09-10  0         0";
        for row in table.lines().skip(2) {
            let cells: Vec<_> = row.split_whitespace().collect();
            let number = |cell: usize| cny(cells[cell].parse().unwrap());
            let due = "2026-08-31".parse().unwrap();
            let on = cells[2].parse().unwrap();
            let debt = Debt::undisputed(due, number(1));
            let found = rules.affordable(number(0), number(1), &debt, on);
            assert_eq!(found, Ok((number(3), number(4))), "{row}");
        }
        let euro = Money::new(1, Currency::EUR).unwrap();
        let day = "2026-08-31".parse().unwrap();
        let one = owed(1, day);
        assert!(rules.affordable(euro, cny(1), &one, day).is_err());
        let all = owed(MAX_MINOR, day);
        let all = rules.affordable(cny(MAX_MINOR), cny(MAX_MINOR), &all, Date::MAX);
        assert!(all.unwrap().0.minor() > 0);
    }

    #[test]
    fn a_day_is_from_midnight_to_midnight() {
        let quoting = Quoting {
            rules: PenaltyRules::default(),
            time_zone: TimeZone::fixed(jiff::tz::offset(8)),
        };
        let day = quoting
            .day("2026-08-31T15:59:59Z".parse().unwrap())
            .unwrap();
        assert_eq!(day.start.to_string(), "2026-08-30T16:00:00Z");
        assert_eq!(day.end.to_string(), "2026-08-31T16:00:00Z");
        let end = quoting.day_end("2026-08-31".parse().unwrap()).unwrap();
        assert_eq!(end, day.end);
    }

    #[test]
    fn beyond_any_amount() {
        let rules = PenaltyRules::default();
        let debt = owed(MAX_MINOR, "2026-08-31".parse().unwrap());
        let late = rules.penalty(cny(MAX_MINOR), &debt, Date::MAX);
        assert_eq!(late, Err(MoneyError::Overflow));
    }

    #[test]
    fn a_quote_ends_with_the_civil_day_of_the_service() {
        let quoting = Quoting {
            rules: PenaltyRules::default(),
            time_zone: TimeZone::fixed(jiff::tz::offset(8)),
        };
        let due = "2026-08-31".parse().unwrap();
        // 23:59:59 in the service's zone, then midnight.
        for (now, penalty, until) in [
            ("2026-08-31T15:59:59Z", 0, "2026-08-31T16:00:00Z"),
            ("2026-08-31T16:00:00Z", 2_469, "2026-09-01T16:00:00Z"),
        ] {
            let quote = quoting
                .quote(cny(1_234_500), &owed(1_234_500, due), now.parse().unwrap())
                .unwrap();
            assert_eq!(quote.penalty, cny(penalty));
            assert_eq!(quote.until.to_string(), until);
            assert_eq!(quote.total(), Ok(cny(1_234_500 + penalty)));
        }
    }

    #[test]
    fn a_quote_of_a_later_day_and_of_a_bill_that_is_not_overdue_holds_longer() {
        let quoting = Quoting {
            rules: PenaltyRules::default(),
            time_zone: TimeZone::fixed(jiff::tz::offset(8)),
        };
        let now = "2026-12-30T02:00:00Z".parse().unwrap();
        for (due, on, penalty, until) in [
            ("2027-01-03", "2026-12-30", 0, "2027-01-03T16:00:00Z"),
            ("2027-01-03", "2027-01-02", 0, "2027-01-03T16:00:00Z"),
            ("2026-12-30", "2026-12-31", 200, "2026-12-31T16:00:00Z"),
            ("2026-12-30", "2027-01-01", 500, "2027-01-01T16:00:00Z"),
            ("2026-12-29", "2026-12-30", 200, "2026-12-30T16:00:00Z"),
        ] {
            let (due, on) = (due.parse().unwrap(), on.parse().unwrap());
            let debt = owed(100_000, due);
            let quote = quoting.quote_on(cny(100_000), &debt, on, now).unwrap();
            assert_eq!(quote.penalty, cny(penalty), "{due} {on}");
            assert_eq!(quote.until.to_string(), until, "{due} {on}");
        }
        let due = "2027-01-03".parse().unwrap();
        assert_eq!(
            quoting.quote(cny(1), &owed(1, due), now).unwrap().until,
            quoting
                .quote_on(cny(1), &owed(1, due), due, now)
                .unwrap()
                .until
        );
    }

    /// Where the clocks go back over midnight the day before comes once more; where they go forward
    /// over midnight the day begins an hour late. A quote is never over when it is made.
    #[test]
    fn a_quote_ends_after_it_is_made_on_days_of_odd_length() {
        let cases = [
            // St John's, until 2011: at 00:01 back to 23:01 of the day before.
            (
                "America/St_Johns",
                "2010-11-07T02:00:00Z",
                "2010-11-07T02:30:00Z",
            ),
            (
                "America/St_Johns",
                "2010-11-07T02:45:00Z",
                "2010-11-07T03:30:00Z",
            ),
            // Beirut: at 00:00 forward to 01:00.
            (
                "Asia/Beirut",
                "2022-03-26T21:30:00Z",
                "2022-03-26T22:00:00Z",
            ),
            // Havana: at 01:00 back to 00:00 of the same day.
            (
                "America/Havana",
                "2022-11-06T03:30:00Z",
                "2022-11-06T04:00:00Z",
            ),
            (
                "America/Havana",
                "2022-11-06T05:30:00Z",
                "2022-11-07T05:00:00Z",
            ),
            // Apia skipped the 30th.
            (
                "Pacific/Apia",
                "2011-12-30T09:00:00Z",
                "2011-12-30T10:00:00Z",
            ),
        ];
        for (zone, now, until) in cases {
            let quoting = Quoting {
                rules: PenaltyRules::default(),
                time_zone: TimeZone::get(zone).unwrap(),
            };
            let now: Timestamp = now.parse().unwrap();
            let debt = owed(1, quoting.today(now));
            let quote = quoting.quote(cny(1), &debt, now).unwrap();
            assert_eq!(quote.until.to_string(), until, "{zone} {now}");
            assert!(now < quote.until);
        }
    }

    /// A dispute from a day to another, of so much.
    fn dispute(from: &str, until: Option<&str>, amount: i64) -> DisputePeriod {
        DisputePeriod {
            from: from.parse().unwrap(),
            until: until.map(|until| until.parse().unwrap()),
            amount: cny(amount),
        }
    }

    /// Due on 31 August: 1,000.00 open, of which 400.00 are disputed from 11 to 20 September, both
    /// included.
    #[test]
    fn what_is_disputed_is_paid_last_and_owes_nothing_meanwhile() {
        let over = [dispute("2026-09-11", Some("2026-09-20"), 40_000)];
        let open = [dispute("2026-09-11", None, 40_000)];
        let again = [over[0], dispute("2026-09-25", Some("2026-09-26"), 100_000)];
        let same_day = [over[0], dispute("2026-09-20", Some("2026-09-21"), 50_000)];
        let table: &[(&[DisputePeriod], i64, i64, &str, i64)] = &[
            // Before the dispute it is as if there were none.
            (&over, 100_000, 100_000, "2026-09-10", 2_000),
            // 600.00 for the day, then for all of them.
            (&over, 100_000, 100_000, "2026-09-11", 2_120),
            (&over, 100_000, 100_000, "2026-09-20", 3_200),
            (&over, 100_000, 100_000, "2026-09-21", 3_400),
            // What is not disputed is paid first, whatever is paid.
            (&over, 100_000, 60_000, "2026-09-30", 3_600),
            (&over, 100_000, 60_001, "2026-09-30", 3_600),
            (&over, 100_000, 70_000, "2026-09-30", 4_000),
            (&over, 40_000, 40_000, "2026-09-30", 1_600),
            (&over, 40_000, 10_000, "2026-09-30", 400),
            (&over, 10_000, 10_000, "2026-09-30", 400),
            // An open one counts to today.
            (&open, 100_000, 100_000, "2026-09-30", 4_400),
            (&open, 100_000, 60_000, "2026-09-30", 3_600),
            (&open, 40_000, 40_000, "2027-02-01", 800),
            // Twice; and twice on one day, where the larger one counts.
            (&again, 100_000, 100_000, "2026-09-30", 4_800),
            (&again, 60_000, 60_000, "2026-09-24", 2_080),
            (
                &same_day,
                100_000,
                100_000,
                "2026-09-21",
                2_000 + 9 * 120 + 2 * 100,
            ),
        ];
        let rules = PenaltyRules::default();
        for (disputes, open, principal, on, penalty) in table {
            let on: Date = on.parse().unwrap();
            let debt = Debt {
                disputes,
                today: on,
                ..owed(*open, "2026-08-31".parse().unwrap())
            };
            let found = rules.penalty(cny(*principal), &debt, on);
            assert_eq!(found, Ok(cny(*penalty)), "{principal} of {open} on {on}");
        }
    }

    /// Due on 31 August, 400.00 disputed since 11 September, paid on the 30th: what is ahead counts in
    /// full.
    #[test]
    fn an_open_dispute_frees_no_day_that_has_not_come() {
        let rules = PenaltyRules::default();
        let on: Date = "2026-09-30".parse().unwrap();
        let open = [dispute("2026-09-11", None, 40_000)];
        let over = [dispute("2026-09-11", Some("2026-09-20"), 40_000)];
        let table: &[(&[DisputePeriod], i64, &str, i64)] = &[
            // Not yet begun.
            (&open, 100_000, "2026-09-10", 6_000),
            (&open, 100_000, "2026-09-11", 6_000 - 80),
            (&open, 100_000, "2026-09-20", 6_000 - 800),
            (&open, 100_000, "2026-09-29", 6_000 - 1_520),
            (&open, 100_000, "2026-09-30", 6_000 - 1_600),
            (&open, 100_000, "2026-10-01", 6_000 - 1_600),
            // What is over is known, and so is what nobody disputes.
            (&over, 100_000, "2026-09-20", 6_000 - 800),
            (&over, 100_000, "2026-09-21", 6_000 - 800),
            (&open, 60_000, "2026-09-20", 3_600),
        ];
        for (disputes, principal, today, penalty) in table {
            let debt = Debt {
                disputes,
                today: today.parse().unwrap(),
                ..owed(100_000, "2026-08-31".parse().unwrap())
            };
            let found = rules.penalty(cny(*principal), &debt, on);
            assert_eq!(found, Ok(cny(*penalty)), "{principal} as of {today}");
        }
    }

    #[test]
    fn a_dispute_over_the_turn_of_the_year_counts_both_rates() {
        let disputes = [dispute("2026-12-30", Some("2027-01-02"), 100_000)];
        let debt = Debt {
            disputes: &disputes,
            ..owed(100_000, "2026-12-28".parse().unwrap())
        };
        let rules = PenaltyRules {
            minimum_minor: 50,
            ..PenaltyRules::default()
        };
        for (on, penalty) in [
            ("2026-12-29", 200),
            ("2027-01-02", 200),
            ("2027-01-03", 500),
        ] {
            let found = rules.penalty(cny(100_000), &debt, on.parse().unwrap());
            assert_eq!(found, Ok(cny(penalty)), "{on}");
        }
        // Nothing is late as long as all of it is in dispute, so there is no minimum either.
        let all = Debt {
            due: "2026-12-31".parse().unwrap(),
            ..debt
        };
        let found = rules.penalty(cny(100_000), &all, "2027-01-02".parse().unwrap());
        assert_eq!(found, Ok(cny(0)));
    }

    fn disputes() -> impl Strategy<Value = Vec<DisputePeriod>> {
        let one = (0_i32..90, proptest::option::of(0_i32..30), 1_i64..60);
        let first: Date = "2026-10-20".parse().unwrap();
        proptest::collection::vec(one, 0..5).prop_map(move |all| {
            let day = |days: i32| first.checked_add(days.days()).unwrap();
            let period = |(from, days, amount): (i32, Option<i32>, i64)| DisputePeriod {
                from: day(from),
                until: days.map(|days| day(from + days)),
                amount: cny(amount),
            };
            all.into_iter().map(period).collect()
        })
    }

    fn date() -> impl Strategy<Value = Date> {
        (2000_i16..2100, 1_i8..=12, 1_i8..=28).prop_map(|(y, m, d)| Date::new(y, m, d).unwrap())
    }

    proptest! {
        #[test]
        fn each_day_adds_its_own_rate(principal in 0..=MAX_MINOR, due in date(), days in 0_u16..2_000) {
            let rules = PenaltyRules::default();
            let mut sum = 0_i128;
            let mut on = due;
            for _ in 0..days {
                on = on.tomorrow().unwrap();
                let ppm = if on.year() == due.year() { 2_000 } else { 3_000 };
                sum += i128::from(principal) * ppm;
            }
            prop_assert_eq!(rules.parts(cny(principal), &owed(principal, due), on), sum);
        }

        /// Day by day and unit by unit, and the same in two payments as in one.
        #[test]
        fn disputes_are_counted_exactly(open in 1_i64..50, paid in 0_i64..50, days in 0_i32..120, ahead in -3_i32..90, disputes in disputes()) {
            let rules = PenaltyRules::default();
            let due: Date = "2026-11-10".parse().unwrap();
            let on = due.checked_add(days.days()).unwrap();
            let today = on.checked_sub(ahead.days()).unwrap();
            let debt = Debt { disputes: &disputes, today, ..owed(open, due) };
            let mut sum = 0_i128;
            let mut day = due;
            while day < on {
                day = day.tomorrow().unwrap();
                let ppm = if day.year() == due.year() { 2_000 } else { 3_000 };
                for depth in 0..open {
                    let is_free = |one: &DisputePeriod| {
                        let has_come = one.until.is_some() || day <= today;
                        one.covers(day) && has_come && depth < one.amount.minor()
                    };
                    sum += if disputes.iter().any(is_free) { 0 } else { ppm };
                }
            }
            prop_assert_eq!(rules.parts(cny(open), &debt, on), sum);
            let paid = paid.min(open);
            let rest = Debt { open: cny(open - paid), ..debt };
            let first = rules.parts(cny(paid), &debt, on);
            prop_assert_eq!(first + rules.parts(rest.open, &rest, on), sum);
            prop_assert!(first >= 0 && first <= sum);
        }

        #[test]
        fn later_is_never_less(principal in 0..=MAX_MINOR / 100, due in date(), days in 0_i32..1_000) {
            let rules = PenaltyRules::default();
            let on = due.checked_add(days.days()).unwrap();
            let today = rules.penalty(cny(principal), &owed(principal, due), on).unwrap();
            let tomorrow = rules.penalty(cny(principal), &owed(principal, due), on.tomorrow().unwrap()).unwrap();
            prop_assert!(today.minor() <= tomorrow.minor());
        }

        #[test]
        fn rounding_is_half_up_of_the_exact_value(principal in 0..=MAX_MINOR / 100, due in date(), days in 1_i32..200) {
            let rules = PenaltyRules::default();
            let on = due.checked_add(days.days()).unwrap();
            let exact = rules.parts(cny(principal), &owed(principal, due), on);
            let rounded = i128::from(rules.penalty(cny(principal), &owed(principal, due), on).unwrap().minor());
            let error = rounded * PARTS - exact;
            prop_assert!(-PARTS / 2 < error && error <= PARTS / 2);
        }
    }
}
