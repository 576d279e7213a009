//! What managers do at the desk, and what the bank is asked to do meanwhile.

use std::time::Duration;

use serde_json::Value;
use wattkey_e2e::{Output, World, layout::Token, provision::MANAGER_KEY, world::USER_PIN};

use super::until;

const LIMIT: Duration = Duration::from_secs(20);
/// The account of the power company.
pub(crate) const PAYEE: &str = "DE89370400440532013000";
/// The USB key of the manager who confirms what another one has signed.
pub(crate) const SECOND_MANAGER: &str = "manager-2";

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

/// Issues and binds the key of a second manager. The platform is running.
pub(crate) fn bind_second_manager(world: &World) {
    let issued = world.issue(
        SECOND_MANAGER,
        &["--kind", "manager"],
        "5e1f0000-0000-4000-8000-000000000202",
        "Wu Min",
        "Wattkey Sample Power",
    );
    world.bind(&issued.unwrap()).unwrap();
}

/// Asks the bank for something: the command, and what it wants besides the bank's address.
pub(crate) fn bank(world: &World, arguments: &[&str]) {
    let at = format!("127.0.0.1:{}", world.ports().bank);
    let program = world.program("wattkey-banksim", None).unwrap();
    let (name, more) = arguments.split_first().unwrap();
    program
        .args([*name, "--at", &at])
        .args(more.iter().copied())
        .succeed()
        .unwrap();
}

/// Money comes in that belongs to nobody.
pub(crate) fn comes_in(world: &World, amount: &str) {
    let credit = [
        "credit",
        "--amount",
        amount,
        "--account",
        PAYEE,
        "--text",
        "for nobody",
        "--party",
        "Example Coal",
        "--party-account",
        "6222000000000099",
    ];
    bank(world, &credit);
}

/// What waits, once there is so much of it.
pub(crate) fn waiting(world: &World, count: usize) -> Vec<String> {
    until("items", LIMIT, || {
        let found = done(&manage(world, MANAGER_KEY, &["reconcile"], false));
        let items = found["items"].as_array().unwrap().iter();
        let items = items.map(|item| item["item"].as_str().unwrap().to_owned());
        let items: Vec<_> = items.collect();
        (items.len() == count).then_some(items)
    })
}

/// What one manager signs of an item.
pub(crate) fn propose(world: &World, item: &str, how: &[&str]) -> Output {
    let resolve: Vec<&str> = ["resolve", item]
        .into_iter()
        .chain(how.iter().copied())
        .collect();
    manage(world, MANAGER_KEY, &resolve, true)
}

/// What another one says of it.
pub(crate) fn confirm(world: &World, resolution: &str) -> Output {
    let confirm = ["resolution", "confirm", resolution];
    manage(world, SECOND_MANAGER, &confirm, true)
}

/// One manager signs, another one confirms; the resolution.
pub(crate) fn resolved(world: &World, item: &str, how: &[&str]) -> String {
    let signed = done(&propose(world, item, how));
    let id = signed["resolution"].as_str().unwrap().to_owned();
    let confirmed = done(&confirm(world, &id));
    assert_eq!(confirmed["state"], "confirmed", "{confirmed}");
    id
}

/// All resolutions, newest first.
pub(crate) fn resolutions(world: &World) -> Vec<Value> {
    let all = ["resolutions", "--all"];
    let listed = done(&manage(world, MANAGER_KEY, &all, false));
    listed.as_array().unwrap().clone()
}

/// Until what a resolution sends back has come to this state.
pub(crate) fn sent_back(world: &World, id: &str, state: &str) {
    until(state, LIMIT, || {
        let listed = resolutions(world);
        let one = listed.iter().find(|one| one["resolution"] == id).unwrap();
        (one["returned"]["state"] == state).then_some(())
    });
}
