//! A key that goes away in the middle: nothing hangs, no try is lost, no order is in doubt for good.

use std::time::{Duration, Instant};

use serde_json::Value;
use wattkey_e2e::{Output, Program};
use wattkey_virtual_reader::{PluggedKey, Slot, TRIES};

use crate::common::{Person, Stage, collections, until};
use crate::scene::{Scene, json, keys, text, tries_left};

/// Longest that a command may take with a key that is gone: the deadline of its last call to the
/// module, and a second try at reading the PIN's state.
const NO_HANG: Duration = Duration::from_secs(25);
/// Until a command has read its PINs.
const READ_LIMIT: Duration = Duration::from_secs(20);

/// When the key is pulled, after the program has read its last PIN.
enum Pull {
    /// With a command on its way to the key, which does not answer any more.
    InFlight,
    /// So much later, whatever the key is doing.
    After(Duration),
}

impl Pull {
    fn during(&self, program: &Program, key: PluggedKey) -> Output {
        let mut started = program.start().unwrap();
        started.wait_until_input_is_read(READ_LIMIT).unwrap();
        let begin = Instant::now();
        match self {
            Self::InFlight => {
                key.hold().unwrap();
                // pcscd asks every 0.4 s whether the key is there. Silence for longer means that
                // the key was stopped with a command inside.
                let silence = Instant::now() + Duration::from_millis(1_500);
                while !key.has_command_waiting().unwrap() && Instant::now() < silence {
                    std::thread::sleep(Duration::from_millis(5));
                }
            }
            Self::After(pause) => {
                until("the moment", *pause * 2 + Duration::from_secs(1), || {
                    (begin.elapsed() >= *pause).then_some(())
                });
            }
        }
        key.yank();
        let output = started.finish().unwrap();
        let took = begin.elapsed();
        assert!(took < NO_HANG, "{took:?}: {output:?}");
        output
    }
}

/// Codes for a key that is gone, and for a module that had to be stopped because of it.
fn says_that_the_key_is_gone(output: &Output) {
    let code = output.status.code();
    assert!(matches!(code, Some(10 | 18)), "{output:?}");
    let error = json(output.stderr.lines().last().unwrap());
    for member in ["code", "message", "next"] {
        assert!(error["error"][member].is_string(), "{error}");
    }
}

#[test]
fn pcscd_pulled_in_the_middle() {
    let mut scene = Scene::new();
    let card = scene.card(10_000_002);
    let mut key = scene.plug_in(Slot::First, &card);
    scene.issue_and_bind();
    let cashier = scene.cashier();
    let bill = Stage::overdue_bill();
    let total = cashier.total(&bill);

    // While it is unlocked, and in the middle of the signature.
    for program in [
        cashier.program(&["accounts"]),
        cashier.pay(&bill, &total, &[]),
    ] {
        says_that_the_key_is_gone(&Pull::InFlight.during(&program, key));
        key = scene.plug_in(Slot::First, &card);
        assert_eq!(tries_left(Slot::First), TRIES);
        assert_eq!(keys(&cashier)[0]["pin"], "ok");
        // Nothing was signed, so nothing is open.
        assert!(resumed(&cashier).is_empty());
    }

    // At moments that nobody chose: what became of each order is known afterwards, and no bill is
    // paid twice.
    let open = cashier.ask(&["bills", "--state", "open"]);
    let open = open["bills"].as_array().unwrap();
    let mut bills = vec![bill];
    bills.extend(open.iter().map(|bill| text(&bill["bill"])));
    assert_eq!(bills.len(), 3);
    for (bill, pause) in bills.iter().zip([0, 6, 25].map(Duration::from_millis)) {
        let total = cashier.total(bill);
        let output = Pull::After(pause).during(&cashier.pay(bill, &total, &[]), key);
        key = scene.plug_in(Slot::First, &card);
        // A try that the key had counted when it lost power is given back by the right PIN.
        assert!(tries_left(Slot::First) >= TRIES - 1);
        let paid = output.status.success() || resumed(&cashier).iter().any(was_accepted);
        assert_eq!(tries_left(Slot::First), TRIES);
        if !paid {
            cashier.pay(bill, &total, &[]).succeed().unwrap();
        }
    }
    let held = || collections(scene.world()).len();
    until("the collections", Duration::from_secs(20), || {
        (held() >= bills.len()).then_some(())
    });
    assert_eq!(held(), bills.len());
    scene.world().verify_books().unwrap();

    // Without pcscd there is no key at all, which is another trouble; with it again there is.
    scene.reader.stop_pcscd();
    drop(key);
    cashier.refused(&["whoami"], 19);
    scene.reader.start_pcscd().unwrap();
    cashier.refused(&["whoami"], 10);
    let _key = scene.plug_in(Slot::First, &card);
    assert_eq!(cashier.ask(&["whoami"])["user"]["name"], "Li Na");
    assert_eq!(tries_left(Slot::First), TRIES);
    scene.running.stop().unwrap();
}

/// What `pay --resume` says of orders whose outcome was not known.
fn resumed(cashier: &Person) -> Vec<Value> {
    let answer = cashier.ask(&["pay", "--resume"]);
    let orders = answer["orders"].as_array().unwrap().clone();
    for order in &orders {
        assert_ne!(order["outcome"], "unknown", "{order}");
    }
    orders
}

fn was_accepted(order: &Value) -> bool {
    order["outcome"] == "accepted"
}
