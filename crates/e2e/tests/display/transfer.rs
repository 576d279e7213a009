//! An own transfer that is awaited: its file for the customer's bank, kept from the window.

use serde_json::Value;
use wattkey_e2e::{provision::today, sample, world::USER_PIN};
use wattkey_virtual_display::{Element, Key};

use crate::{
    common::Stage,
    seat::{ENGLISH, Seat},
};

const TOTAL: &str = "700.00";

#[test]
fn the_file_of_an_own_transfer_is_kept_for_the_bank() {
    let stage = Stage::new();
    let (bill, record) = sample::extra_bill(today(), 0);
    stage.world.import(&record).unwrap();
    let running = stage.world.start().unwrap();
    let cashier = stage.cashier();
    let part = format!("{bill}={TOTAL}");
    let program = cashier.program(&["pay", "--amount", &part, "--by-transfer", "--yes"]);
    let program = program.args(["--expect-total", TOTAL, "--sign-pin-fd", "0"]);
    let said = program.input_line(USER_PIN).succeed().unwrap().stdout;
    let order: Value = serde_json::from_str(&said).unwrap();
    let order = order["order"].as_str().unwrap();

    let mut seat = Seat::open(&cashier.world, &cashier.usb_key, &cashier.pc, "en", "light");
    seat.unlock(ENGLISH, USER_PIN);
    seat.turn_to(ENGLISH.of("window-page-history"), ENGLISH);
    let row = |element: &Element| element.role == "list item" && element.name.contains(&bill);
    seat.desk.go_until(&bill, row).unwrap();
    seat.desk.press(Key::Enter).unwrap();
    seat.enter(ENGLISH.of("window-save-transfer"));
    let file = seat.kept(ENGLISH);
    seat.close();

    let name = file.file_name().and_then(std::ffi::OsStr::to_str);
    assert_eq!(name, Some(format!("transfer-{order}.xml").as_str()));
    let transfer = std::fs::read_to_string(file).unwrap();
    let payment = cashier.ask(&["payment", "show", order])["payment"].clone();
    let reference = payment["source"]["creditor_reference"].as_str().unwrap();
    for part in ["pain.001.001.09", reference, ">700.00<"] {
        assert!(transfer.contains(part), "{part} in {transfer}");
    }
    running.stop().unwrap();
}
