//! In Chinese: what somebody ordered above her limit is compared, approved, refused and cancelled by another
//! person.

use serde_json::{Value, json};
use wattkey_e2e::{provision::today, sample, world::USER_PIN};
use wattkey_virtual_display::{Element, Key};

use crate::{
    common::{Person, Stage, collections, until},
    seat::{CHINESE, PAGE, Seat},
    signing::{BOOKED, plain},
};

/// The maker may order 500.00 alone.
const ALONE_MINOR: i64 = 50_000;
const APPROVED: &str = "700.00";
const REFUSED: &str = "600.00";
const CANCELLED: &str = "550.00";

#[test]
fn an_order_above_the_limit_is_compared_approved_and_sent_once() {
    let stage = Stage::new();
    let (bill, record) = sample::extra_bill(today(), 0);
    stage.world.import(&record).unwrap();
    let running = stage.world.start().unwrap();
    let id = "5e1f0000-0000-4000-8000-000000000105";
    let rights = ["view", "prepare", "approve"];
    let limits = json!({"alone": ALONE_MINOR});
    let maker = stage.colleague_within("maker", id, "Sun Yan", &rights, &limits);
    let [good, bad, idle] =
        [APPROVED, REFUSED, CANCELLED].map(|amount| order(&maker, &bill, amount));
    assert!(collections(&stage.world).is_empty());

    let approver = stage.cashier();
    let mut seat = Seat::open(
        &approver.world,
        &approver.usb_key,
        &approver.pc,
        "zh",
        "dark",
    );
    seat.unlock(CHINESE, USER_PIN);
    seat.turn_to(CHINESE.of("window-page-approvals"), CHINESE);
    for order in [&good, &bad, &idle] {
        let compared = digest(&maker, order);
        let row = |element: &Element| {
            element.role == "list item"
                && element.name.starts_with("Sun Yan, ")
                && element.name.ends_with(&compared)
        };
        seat.desk.wait_until(&compared, PAGE, row).unwrap();
    }
    seat.picture("approvals-zh-dark");
    seat.enter(&format!("{} {good}", CHINESE.of("window-look-and-approve")));
    let shown = seat.told(CHINESE.of("window-digest-compare"), PAGE);
    assert!(shown.contains(&digest(&maker, &good)), "{shown}");
    let agreed = seat.agree(CHINESE.of("window-i-agree"));
    assert!(plain(&agreed).contains(APPROVED), "{agreed}");
    seat.sign(CHINESE);
    seat.told(CHINESE.of("window-outcome-done"), PAGE);
    seat.enter(CHINESE.of("window-done"));

    seat.enter(&format!("{} {bad}", CHINESE.of("window-refuse")));
    seat.agree(CHINESE.of("window-i-mean-it"));
    seat.sign(CHINESE);
    seat.told(CHINESE.of("window-outcome-done"), PAGE);
    seat.enter(CHINESE.of("window-done"));

    // From the list of payments, where it is looked at first.
    seat.turn_to(CHINESE.of("window-page-history"), CHINESE);
    let row = |element: &Element| {
        element.role == "list item" && element.name.contains(&format!(" {CANCELLED}, "))
    };
    seat.desk.go_until(CANCELLED, row).unwrap();
    seat.desk.press(Key::Enter).unwrap();
    seat.told(&idle, PAGE);
    seat.picture("payment-zh-dark");
    seat.enter(&format!("{} {idle}", CHINESE.of("window-cancel-order")));
    seat.agree(CHINESE.of("window-i-mean-it"));
    seat.sign(CHINESE);
    seat.told(CHINESE.of("window-outcome-cancelled"), PAGE);
    seat.enter(CHINESE.of("window-done"));
    seat.told(CHINESE.of("state-cancelled"), PAGE);
    seat.turn_to(CHINESE.of("window-page-approvals"), CHINESE);
    seat.told(CHINESE.of("window-no-approvals"), PAGE);
    seat.close();

    until("the bank's booking", BOOKED, || {
        (payment(&maker, &good)["state"] == "settled").then_some(())
    });
    assert_eq!(payment(&maker, &bad)["state"], "refused");
    assert_eq!(payment(&maker, &idle)["state"], "cancelled");
    let held = collections(&stage.world);
    assert_eq!(held.len(), 1, "{held:?}");
    let id = format!("WK{}", good.replace('-', ""));
    assert_eq!(held[0]["end_to_end_id"], id.as_str());
    assert_eq!(stage.world.verify_books().unwrap()["counted"]["orders"], 3);
    running.stop().unwrap();
}

/// The maker orders a part of the bill; the order's id.
fn order(maker: &Person, bill: &str, amount: &str) -> String {
    let part = format!("{bill}={amount}");
    let program = maker.program(&["pay", "--amount", &part, "--yes"]);
    let program = program.args(["--expect-total", amount, "--sign-pin-fd", "0"]);
    let said = program.input_line(USER_PIN).succeed().unwrap().stdout;
    let said: Value = serde_json::from_str(&said).unwrap();
    let order = said["order"].as_str().unwrap().to_owned();
    assert_eq!(payment(maker, &order)["state"], "awaiting-approval");
    order
}

fn payment(person: &Person, order: &str) -> Value {
    person.ask(&["payment", "show", order])["payment"].clone()
}

/// What the maker reads out on the telephone.
fn digest(maker: &Person, order: &str) -> String {
    let digest = payment(maker, order)["digest"].clone();
    let digest = digest.as_str().unwrap();
    let groups = [&digest[..4], &digest[4..8], &digest[8..12]];
    groups.join(" ")
}
