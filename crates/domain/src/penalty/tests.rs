mod exact;

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
