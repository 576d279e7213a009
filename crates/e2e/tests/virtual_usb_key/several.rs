//! More keys than one, and keys that come from elsewhere.

use std::{fs, io::Write as _, os::unix::fs::PermissionsExt as _};

use wattkey_e2e::{
    World,
    world::{CARD_PIN, USER_PIN},
};
use wattkey_virtual_reader::{MANAGEMENT_KEY, PIN, Slot, opensc, ykcs11};

use crate::common::Stage;
use crate::scene::{PUK, Scene, admin, cashier_arguments, issue, json, keys, piv_tool, text};

#[test]
fn pcscd_several_keys_and_keys_from_elsewhere() {
    let scene = Scene::new();
    let cashier = scene.cashier();

    // Two keys of one user, in two readers.
    let one = scene.card(10_000_003);
    let first = scene.plug_in(Slot::First, &one);
    let serial_one = scene.issue_and_bind();
    first.pull_out().unwrap();
    let two = scene.card(10_000_004);
    let second = scene.plug_in(Slot::Second, &two);
    let serial_two = issue_after_an_interruption(&scene);
    assert_ne!(serial_one, serial_two);
    let first = scene.plug_in(Slot::First, &one);
    cashier.refused(&["whoami"], 11);
    for serial in [&serial_one, &serial_two] {
        let me = cashier.ask(&["whoami", "--key", serial]);
        assert_eq!(me["key"]["serial"], serial.as_str());
    }
    // The one that stays is the one that is used, under its own name.
    first.pull_out().unwrap();
    assert_eq!(
        cashier.ask(&["whoami"])["key"]["serial"],
        serial_two.as_str()
    );
    second.pull_out().unwrap();

    // Another power company's.
    let folder = scene.world().layout().path("other-company");
    fs::create_dir_all(&folder).unwrap();
    let other = World::new(&folder, scene.world().programs(), scene.world().ports());
    other.make_desk().unwrap();
    let foreign = scene.plug_in(Slot::First, &scene.card(10_000_005));
    issue(&other)
        .input_line(CARD_PIN)
        .input_line(MANAGEMENT_KEY)
        .input_line(USER_PIN)
        .input_line(PUK)
        .succeed()
        .unwrap();
    assert_eq!(keys(&cashier)[0]["fault"], "foreign");
    cashier.refused(&["whoami"], 12);
    let info = &scene.info(&opensc())[0];
    assert_eq!(info["certificates"][0]["verdict"], "foreign", "{info}");
    take_over(&scene);
    foreign.pull_out().unwrap();

    let _personalised = scene.plug_in(Slot::First, &scene.card(10_000_006));
    let serial = personalise_with_yubicos_tool(&scene);
    scene.world().bind(&serial).unwrap();
    cashier.settle(&Stage::overdue_bill());
    scene.running.stop().unwrap();
}

/// An issue of this card has broken off; nobody knows which PIN and PUK it has. They come in a
/// letter this time.
fn issue_after_an_interruption(scene: &Scene) -> String {
    let serial = text(&scene.info(&opensc())[0]["serial"]);
    let register = scene.world().layout().path("desk/register.ndjson");
    let mut begun = fs::File::options().append(true).open(register).unwrap();
    let record = format!(
        "{{\"record\":\"issuing\",\"at\":\"2026-11-22T12:00:00Z\",\"serial\":\"{serial}\"}}\n"
    );
    begun.write_all(record.as_bytes()).unwrap();
    let refused = scene.issue().run().unwrap();
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    assert!(refused.stderr.contains("--used"), "{refused:?}");

    let letter = scene.world().layout().path("letter");
    let issued = admin(scene.world())
        .args(["key", "issue", "--yes"])
        .args(cashier_arguments())
        .args(["--module".into(), ykcs11().into_os_string()])
        .args(["--ca-pin-fd", "0", "--so-pin-fd", "0", "--used"])
        .args(["--present-pin-fd", "0", "--present-puk-fd", "0"])
        .args(["--pin-letter".into(), letter.clone().into_os_string()])
        .input_line(CARD_PIN)
        .input_line(MANAGEMENT_KEY)
        .input_line(PIN)
        .input_line(wattkey_virtual_reader::PUK)
        .succeed()
        .unwrap();
    scene.world().bind(&serial).unwrap();
    let mode = fs::metadata(&letter).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let letter = fs::read_to_string(&letter).unwrap();
    let pin = letter.lines().find_map(|line| line.strip_prefix("PIN "));
    let pin = pin.unwrap().trim();
    assert_eq!(pin.len(), 8);
    assert!(!issued.stdout.contains(pin) && !issued.stderr.contains(pin));

    // The holder's first act.
    let person = scene.cashier();
    let program = person.world.wattkey(&person.usb_key, &person.pc).unwrap();
    let change = ["pin", "change", "--pin-fd", "0", "--new-pin-fd", "0"];
    let change = program.args(change).input_line(pin).input_line(USER_PIN);
    change.succeed().unwrap();
    serial
}

/// The other company's card becomes ours: nothing on it is destroyed unasked.
fn take_over(scene: &Scene) {
    let kept = scene.issue().run().unwrap();
    assert_eq!(kept.status.code(), Some(46), "{kept:?}");
    let kept = scene.issue().args(["--replace"]).run().unwrap();
    assert_eq!(kept.status.code(), Some(2), "{kept:?}");
    let info = &scene.info(&opensc())[0];
    assert_eq!(info["certificates"][0]["verdict"], "foreign", "{info}");
    issue(scene.world())
        .args([
            "--replace",
            "--present-pin-fd",
            "0",
            "--present-puk-fd",
            "0",
        ])
        .input_line(CARD_PIN)
        .input_line(MANAGEMENT_KEY)
        .input_line(USER_PIN)
        .input_line(PUK)
        .input_line(USER_PIN)
        .input_line("73625140")
        .succeed()
        .unwrap();
    let info = &scene.info(&opensc())[0];
    for at in [0, 1] {
        assert_eq!(info["certificates"][at]["verdict"], "good", "{info}");
    }
    assert_eq!(info["register"]["state"], "pending", "{info}");
}

/// Keys made by Yubico's tool, certificates by the desk and brought in by that tool; our programs
/// have not touched the card. (This card does not take P-256 keys that were made in a file.)
fn personalise_with_yubicos_tool(scene: &Scene) -> String {
    let slot = Slot::First;
    let path = |name: &str| {
        let path = scene.world().layout().path(name);
        path.to_str().unwrap().to_owned()
    };
    piv_tool(slot, &["-a", "set-chuid"]);
    let serial = text(&scene.info(&opensc())[0]["serial"]);
    let places = [("9a", "authentication"), ("9c", "signature")];
    for (place, name) in places {
        let generate = ["-a", "generate", "-s", place, "-A", "ECCP256"];
        piv_tool(slot, &[&generate[..], &["-o", &path(name)]].concat());
    }
    let out = path("certificates");
    let certified = admin(scene.world())
        .args(["key", "certify", &serial, "--yes"])
        .args(cashier_arguments())
        .args(["--authentication-key", &path("authentication")])
        .args(["--signature-key", &path("signature"), "--out", &out])
        .args(["--ca-pin-fd", "0"])
        .input_line(CARD_PIN)
        .succeed()
        .unwrap();
    assert_eq!(json(&certified.stdout)["serial"], serial.as_str());
    for (place, name) in places {
        let file = format!("{out}/{name}.pem");
        piv_tool(
            slot,
            &["-a", "import-certificate", "-s", place, "-i", &file],
        );
    }
    piv_tool(slot, &["-a", "change-pin", "-P", PIN, "-N", USER_PIN]);
    serial
}
