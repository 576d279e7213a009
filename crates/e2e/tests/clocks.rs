//! Clocks that differ, and what was signed too long ago. The programs are those with failpoints:
//! their clocks can be set.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::path::PathBuf;
use std::time::Duration;

use common::{Person, Stage, assert_told, balance, collections, until};
use jiff::{ToSpan as _, civil::Time, civil::Weekday, tz::TimeZone};
use serde_json::Value;
use wattkey_e2e::{
    Output, Running, World,
    provision::today,
    sample::{CUSTOMERS, extra_bill},
    world::USER_PIN,
};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The same person at a PC whose clock is set so.
fn with_clock(person: &Person, offset_s: i64) -> Person {
    Person {
        world: person.world.with_clock_offset(offset_s),
        ..person.clone()
    }
}

#[test]
fn a_pc_whose_clock_is_off_works_and_says_so_and_a_key_expires_by_either_clock() {
    let stage = Stage::with_failpoints();
    // The servers' clocks are an hour ahead, so that a PC may be behind them and the keys, which
    // were issued just now, are valid there.
    let running = stage.world.with_clock_offset(HOUR).start().unwrap();
    let cashier = stage.cashier();
    for (offset, language, words) in [
        (-10 * MINUTE, "en", "clock is 10 minutes off"),
        (10 * MINUTE, "zh", "偏差 10 分钟"),
    ] {
        let person = with_clock(&cashier, HOUR + offset);
        let program = person.world.wattkey(&person.usb_key, &person.pc).unwrap();
        let asked = program
            .args(["--lang", language, "--pin-fd", "0", "accounts"])
            .input_line(USER_PIN)
            .succeed()
            .unwrap();
        assert!(asked.stderr.contains(words), "{asked:#?}");
    }
    // Orders too are dated by the service's clock.
    let (late, bill) = (
        with_clock(&cashier, HOUR + 10 * MINUTE),
        Stage::overdue_bill(),
    );
    let total = late.total(&bill);
    late.pay(&bill, &total, &["--wait", "60"])
        .succeed()
        .unwrap();
    running.stop().unwrap();

    // A key of one day, a day later.
    let world = &stage.world;
    let customer = &CUSTOMERS[0];
    let kind = ["--kind", "user", "--days", "1", "--customer", customer.id];
    let serial = world
        .issue(
            "of-a-day",
            &kind,
            customer.user.0,
            customer.user.1,
            customer.name,
        )
        .unwrap();
    let platform = world.start_platform().unwrap();
    world.bind(&serial).unwrap();
    platform.stop().unwrap();
    let running = world.with_clock_offset(25 * HOUR).start().unwrap();
    let person = cashier.with_key("of-a-day");
    person.told(
        &["accounts"],
        13,
        "By the service’s clock the USB key has expired",
        "按服务端时钟",
    );
    with_clock(&person, 25 * HOUR).told(&["accounts"], 13, "expired on 2", "过期");
    running.stop().unwrap();
}

/// By how much clocks must be set for 23:58 in the power company's time zone.
fn until_shortly_before_midnight() -> i64 {
    let zone = TimeZone::get("Asia/Shanghai").unwrap();
    let now = wattkey_transport::clock::now().to_zoned(zone);
    let today = now
        .with()
        .time(Time::constant(23, 58, 0, 0))
        .build()
        .unwrap();
    let wanted = if today > now {
        today
    } else {
        today.checked_add(1.day()).unwrap()
    };
    wanted.timestamp().as_second() - now.timestamp().as_second()
}

struct Midnight {
    stage: Stage,
    hits: PathBuf,
    bill: String,
}

impl Midnight {
    fn servers(&self, offset_s: i64) -> Running {
        self.world(offset_s).start().unwrap()
    }

    fn world(&self, offset_s: i64) -> World {
        self.stage.world.with_clock_offset(offset_s)
    }

    fn person(&self, offset_s: i64) -> Person {
        with_clock(&self.stage.cashier(), offset_s)
    }

    /// Signs an order and dies before it is sent; gives a file with the order.
    fn signed_not_sent(&self, offset_s: i64, total: &str) -> PathBuf {
        let person = self.person(offset_s);
        let doomed = Person {
            world: person
                .world
                .with_failpoint("client.before-send", &self.hits),
            ..person.clone()
        };
        let ended = doomed.pay(&self.bill, total, &[]).run().unwrap();
        assert_eq!(ended.status.code(), None, "{ended:?}");
        let unresolved = person.ask(&["payments"])["unresolved"].clone();
        let order = unresolved[0].as_str().unwrap();
        let file = self.stage.world.layout().path(&format!("{order}.jws"));
        person.ask(&["payment", "export", order, "--to", file.to_str().unwrap()]);
        file
    }

    /// `pay --resume` on the PC that signed: the only order and what became of it.
    fn resumed(&self, offset_s: i64) -> Value {
        let resumed = self.person(offset_s).ask(&["pay", "--resume"]);
        let orders = resumed["orders"].as_array().unwrap().clone();
        assert_eq!(orders.len(), 1, "{resumed}");
        orders[0].clone()
    }

    /// The signed order handed in on another PC.
    fn handed_in(&self, offset_s: i64, order: &PathBuf, pc: &str, language: &str) -> Output {
        let person = self.person(offset_s).at(pc);
        let program = person.world.wattkey(&person.usb_key, pc).unwrap();
        program
            .args(["--lang", language, "--pin-fd", "0", "pay", "--signed"])
            .args([order])
            .input_line(USER_PIN)
            .run()
            .unwrap()
    }
}

#[test]
fn a_quote_ends_at_midnight_and_an_order_after_its_time() {
    let stage = Stage::with_failpoints();
    let case = Midnight {
        hits: stage.world.layout().path("hits"),
        bill: Stage::overdue_bill(),
        stage,
    };
    let evening = until_shortly_before_midnight();
    let running = case.servers(evening);
    let quoted = case.person(evening).total(&case.bill);
    let order = case.signed_not_sent(evening, &quoted);
    running.stop().unwrap();

    // Four minutes later the order is still young, but its penalty is that of yesterday.
    let night = evening + 4 * MINUTE;
    let running = case.servers(night);
    for (pc, language, words) in [
        ("english-pc", "en", "no longer hold"),
        ("chinese-pc", "zh", "金额已失效"),
    ] {
        assert_told(&case.handed_in(night, &order, pc, language), 40, words);
    }
    let outcome = case.resumed(night);
    assert_eq!(outcome["outcome"], "refused", "{outcome}");
    let problem = outcome["problem"]["type"].as_str().unwrap();
    assert!(problem.ends_with("#quote-expired"), "{outcome}");
    let total = case.person(night).total(&case.bill);
    assert_ne!(total, quoted, "one more day of penalty");
    let stale = case
        .person(night)
        .pay(&case.bill, &quoted, &[])
        .run()
        .unwrap();
    assert_eq!(stale.status.code(), Some(42), "{stale:?}");
    let order = case.signed_not_sent(night, &total);
    running.stop().unwrap();

    // Twenty minutes later the quote holds, but the order is too old.
    let later = night + 20 * MINUTE;
    let running = case.servers(later);
    for (pc, language, words) in [
        ("english-pc", "en", "signed too long ago"),
        ("chinese-pc", "zh", "签署后已过受理期限"),
    ] {
        assert_told(&case.handed_in(later, &order, pc, language), 40, words);
    }
    assert_eq!(case.resumed(later)["outcome"], "never-accepted");
    assert!(collections(&case.stage.world).is_empty());

    // Nothing is in the way of a new order.
    let person = case.person(later);
    person
        .pay(&case.bill, &total, &["--wait", "60"])
        .succeed()
        .unwrap();
    let books = case.world(later).verify_books().unwrap();
    assert_eq!(books["counted"]["orders"], 1);
    assert_eq!(balance(&books, "in-transit"), 0);
    assert_eq!(collections(&case.stage.world).len(), 1);
    running.stop().unwrap();
}

#[test]
fn an_order_for_a_day_to_come_goes_to_the_bank_on_that_day() {
    let stage = Stage::with_failpoints();
    // Due later than that day: without a penalty.
    let (bill, record) = extra_bill(today(), 0);
    stage.world.import(&record).unwrap();
    let is_banking_day = |days: &i64| {
        let day = today().saturating_add(days.days());
        !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
    };
    let days = (2..9).find(is_banking_day).unwrap();
    let day = today().saturating_add(days.days()).to_string();
    let part = format!("{bill}=1000.00");

    let running = stage.world.start().unwrap();
    let cashier = stage.cashier();
    let pay = [
        "pay",
        "--amount",
        &part,
        "--on",
        &day,
        "--yes",
        "--expect-total",
        "1000.00",
    ];
    let signed = cashier.program(&pay).args(["--sign-pin-fd", "0"]);
    let signed = signed.input_line(USER_PIN).succeed().unwrap();
    let signed: Value = serde_json::from_str(&signed.stdout).unwrap();
    let order = signed["order"].as_str().unwrap();
    let state = |person: &Person| {
        let shown = person.ask(&["payment", "show", order]);
        shown["payment"]["state"].as_str().unwrap().to_owned()
    };
    assert_eq!(state(&cashier), "accepted");
    running.stop().unwrap();

    // The day before nothing leaves.
    let before = (days - 1) * DAY;
    let running = stage.world.with_clock_offset(before).start().unwrap();
    assert_eq!(state(&with_clock(&cashier, before)), "accepted");
    assert!(collections(&stage.world).is_empty());
    running.stop().unwrap();

    let on_the_day = days * DAY;
    let running = stage.world.with_clock_offset(on_the_day).start().unwrap();
    let person = with_clock(&cashier, on_the_day);
    until("settled", Duration::from_secs(20), || {
        (state(&person) == "settled").then_some(())
    });
    running.stop().unwrap();
    assert_eq!(collections(&stage.world).len(), 1);
    let books = stage
        .world
        .with_clock_offset(on_the_day)
        .verify_books()
        .unwrap();
    assert_eq!(balance(&books, "in-transit"), 0);
}
