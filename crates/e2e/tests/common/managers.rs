//! What managers do at the desk.

use serde_json::Value;
use wattkey_e2e::{Output, World, layout::Token, world::USER_PIN};

/// `wattkey-admin` with a manager's USB key, which is asked for its PIN as often as it signs.
pub(crate) fn manage(world: &World, usb_key: &str, arguments: &[&str], signs: bool) -> Output {
    let mut program = world
        .admin(Token::UsbKey(usb_key))
        .unwrap()
        .args(arguments.iter().copied())
        .args(["--pin-fd", "0"])
        .input_line(USER_PIN);
    if signs {
        program = program
            .args(["--yes", "--sign-pin-fd", "0"])
            .input_line(USER_PIN);
    }
    program.run().unwrap()
}

/// What it answered, when it did what it was asked.
pub(crate) fn done(output: &Output) -> Value {
    assert!(output.status.success(), "{output:#?}");
    serde_json::from_str(&output.stdout).unwrap()
}
