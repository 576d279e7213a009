//! Whatever the amounts, days and disputes.

use proptest::prelude::*;

use super::*;

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
