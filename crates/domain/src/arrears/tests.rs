use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::notice::*;
use super::*;

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn bill(id: &str, due: &str, open: i64) -> OpenBill {
    OpenBill {
        bill: id.parse().unwrap(),
        due: date(due),
        open: Money::new(open, Currency::CNY).unwrap(),
        disputes: Vec::new(),
    }
}

#[test]
fn ages_at_their_bounds() {
    let table = "
        on          age
        2026-08-31  not-due
        2026-09-01  1-30
        2026-09-30  1-30
        2026-10-01  31-60
        2026-10-30  31-60
        2026-10-31  61-90
        2026-11-29  61-90
        2026-11-30  over-90";
    for row in table.lines().skip(2) {
        let (on, age) = row.trim().split_once("  ").unwrap();
        assert_eq!(Age::of(date("2026-08-31"), date(on)).as_str(), age, "{on}");
    }
}

#[test]
fn bills_are_sorted_by_age() {
    let bills = [
        bill("B-2", "2026-08-31", 100_000),
        bill("B-1", "2026-08-15", 50_000),
        bill("B-3", "2026-10-01", 1_000),
    ];
    let rules = PenaltyRules::default();
    let groups = ageing(&bills, &rules, Currency::CNY, date("2026-09-10")).unwrap();
    let found: Vec<_> = groups
        .iter()
        .map(|group| {
            let bills: Vec<_> = group.bills.iter().map(BillId::as_str).collect();
            (
                group.age.as_str(),
                bills,
                group.principal.minor(),
                group.penalty.minor(),
            )
        })
        .collect();
    // 10 days and 26 days at 0.2 %.
    let wanted = [
        ("not-due", vec!["B-3"], 1_000, 0),
        ("1-30", vec!["B-1", "B-2"], 150_000, 2_600 + 2_000),
        ("31-60", vec![], 0, 0),
        ("61-90", vec![], 0, 0),
        ("over-90", vec![], 0, 0),
    ];
    assert_eq!(found, wanted);
    let euro = Money::new(1, Currency::EUR).unwrap();
    let mixed = [OpenBill {
        open: euro,
        ..bills[0].clone()
    }];
    assert!(ageing(&mixed, &rules, Currency::CNY, date("2026-09-10")).is_err());
}

#[test]
fn a_preview_names_its_days_and_rates() {
    let rules = PenaltyRules::default();
    let preview = preview(
        &bill("B-1", "2026-12-20", 100_000),
        &rules,
        date("2026-12-18"),
    )
    .unwrap();
    let found: Vec<_> = preview
        .iter()
        .map(|day| {
            (
                day.on.to_string(),
                day.days,
                day.later_days,
                day.penalty.minor(),
            )
        })
        .collect();
    let wanted = [
        ("2026-12-18", 0, 0, 0),
        ("2026-12-20", 0, 0, 0),
        ("2026-12-21", 1, 0, 200),
        ("2026-12-27", 7, 0, 1_400),
        ("2026-12-31", 11, 0, 2_200),
        ("2027-01-01", 11, 1, 2_500),
        ("2027-01-19", 11, 19, 7_900),
    ];
    let wanted = wanted.map(|(on, days, later, minor)| (on.to_owned(), days, later, minor));
    assert_eq!(found, wanted);
}

#[test]
fn a_dispute_stops_the_penalty() {
    let mut bill = bill("B-1", "2026-08-31", 100_000);
    let dispute = |amount: i64| DisputePeriod {
        from: date("2026-09-11"),
        until: None,
        amount: Money::new(amount, Currency::CNY).unwrap(),
    };
    let rules = PenaltyRules::default();
    for (amount, on, penalty, undisputed, disputed) in [
        (100_000, "2026-09-10", 2_000, 2_000, 0),
        (100_000, "2026-09-11", 2_000, 2_200, 100_000),
        (200_000, "2026-09-20", 2_000, 4_000, 100_000),
        (40_000, "2026-09-20", 3_200, 4_000, 40_000),
    ] {
        bill.disputes = vec![dispute(amount)];
        let found = bill.penalty_on(&rules, date(on), date(on)).unwrap();
        let minors = (found.penalty.minor(), found.undisputed.minor());
        assert_eq!(minors, (penalty, undisputed), "{on}");
        assert_eq!(bill.debt(date(on)).disputed().minor(), disputed, "{on}");
    }
    // One that was answered today frees today, and nothing is in dispute any more.
    bill.disputes[0].until = Some(date("2026-09-20"));
    assert!(bill.debt(date("2026-09-20")).disputed().is_zero());
}

fn shanghai() -> TimeZone {
    TimeZone::get("Asia/Shanghai").unwrap()
}

fn at(text: &str) -> Timestamp {
    format!("{text}:00+08:00").parse().unwrap()
}

fn case(notices: &[(NoticeKind, &str)]) -> Case {
    let notices = notices.iter().map(|(kind, served)| Notice {
        kind: *kind,
        served: at(served),
    });
    Case {
        due: date("2026-08-31"),
        stopped: false,
        notices: notices.collect(),
    }
}

/// Due on 31 August, so 30 September is the thirtieth day overdue.
#[test]
fn the_clock_at_its_bounds() {
    use NoticeKind::{CutOff, Demand, LastCall};
    let early = [
        (Demand, "2026-09-10T09:00"),
        (CutOff, "2026-09-20T09:00"),
        (LastCall, "2026-09-30T23:00"),
    ];
    let late = [
        (Demand, "2026-09-10T09:00"),
        (CutOff, "2026-10-05T09:00"),
        (LastCall, "2026-10-08T08:30"),
    ];
    let table = [
        (
            &early[..],
            "2026-09-30T23:59",
            Err("overdue for long enough at 2026-09-30T16:00:00Z; the last-call allows"),
        ),
        (&early, "2026-10-01T00:00", Ok(())),
        (
            &late,
            "2026-10-08T08:59",
            Err("the cut-off allows it from 2026-10-08T01:00:00Z on; the last-call allows"),
        ),
        (
            &late,
            "2026-10-08T09:29",
            Err("the last-call allows it from 2026-10-08T01:30:00Z"),
        ),
        (&late, "2026-10-08T09:30", Ok(())),
        (
            &late[..2],
            "2026-10-30T09:30",
            Err("the last-call was not served"),
        ),
        (
            &late[..1],
            "2026-10-30T09:30",
            Err("the cut-off was not served; the last-call was not"),
        ),
        (
            &[],
            "2026-10-30T09:30",
            Err("the demand was not served; the cut-off"),
        ),
        // A demand before the bill was overdue, and a last call before the notice, do not count.
        (
            &[(Demand, "2026-08-31T23:59")],
            "2026-10-30T09:30",
            Err("the demand was not served"),
        ),
        (
            &[
                (Demand, "2026-09-10T09:00"),
                (LastCall, "2026-10-01T09:00"),
                (CutOff, "2026-10-02T09:00"),
            ],
            "2026-10-30T09:30",
            Err("the last-call was not served"),
        ),
    ];
    for (notices, when, wanted) in table {
        let found = case(notices).may_cut(&CutOffRules::default(), &shanghai(), at(when));
        match (found, wanted) {
            (Ok(()), Ok(())) => {}
            (Err(reasons), Err(wanted)) => {
                let words: Vec<_> = reasons.iter().map(ToString::to_string).collect();
                assert!(words.join("; ").contains(wanted), "{when}: {words:?}");
            }
            (found, wanted) => panic!("{when}: {found:?}, not {wanted:?}"),
        }
    }
}

#[test]
fn the_clock_says_what_comes_next() {
    use NoticeKind::{CutOff, Demand, LastCall};
    let rules = CutOffRules::default();
    let clock = |case: &Case, now: &str| case.clock(&rules, &shanghai(), at(now));
    let served = [
        (Demand, "2026-09-10T09:00"),
        (CutOff, "2026-10-05T09:00"),
        (LastCall, "2026-10-09T08:30"),
    ];
    let all = case(&served);
    for (now, next, from) in [
        ("2026-09-01T09:00", Some(Demand), None),
        ("2026-09-11T09:00", Some(CutOff), None),
        ("2026-10-06T09:00", Some(LastCall), None),
        ("2026-10-09T08:30", None, Some(at("2026-10-09T09:30"))),
    ] {
        let clock = clock(&all, now);
        assert_eq!((clock.next, clock.may_cut_from), (next, from), "{now}");
        assert_eq!(clock.overdue_enough, Some(at("2026-10-01T00:00")));
    }
    let stopped = Case {
        stopped: true,
        ..all
    };
    let clock = clock(&stopped, "2026-10-09T09:00");
    assert_eq!((clock.next, clock.may_cut_from), (None, None));
    let reasons = stopped.may_cut(&rules, &shanghai(), at("2026-12-01T00:00"));
    assert_eq!(reasons, Err(vec![NotYet::Stopped]));
}
