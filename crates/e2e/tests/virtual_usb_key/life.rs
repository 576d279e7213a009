//! The life of one key: issued, used, its PIN changed, locked and unblocked.

use std::fs;

use wattkey_e2e::world::{CARD_PIN, USER_PIN};
use wattkey_pki::Certificate;
use wattkey_virtual_reader::{MANAGEMENT_KEY, Slot, TRIES, opensc, ykcs11};

use crate::common::Stage;
use crate::scene::{
    PUK, Scene, is_open, issue, json, keys, piv_tool, pkcs11_tool, text, tries_left,
};

const NEW_PIN: &str = "801357";
const WRONG_KEY: &str = "0807060504030201080706050403020108070605040302ff";

#[test]
fn pcscd_one_key_from_issue_to_unblock() {
    let scene = Scene::new();
    let cashier = scene.cashier();
    let card = scene.card(10_000_001);
    let key = scene.plug_in(Slot::First, &card);

    // A blank card: the desk and the client say so, and nobody is asked for a PIN.
    let blank = scene.info(&ykcs11());
    assert_eq!(blank.len(), 1, "{blank:?}");
    assert_eq!(blank[0]["certificates"].as_array().unwrap().len(), 0);
    assert!(blank[0]["register"].is_null());
    let serial = text(&blank[0]["serial"]);
    let seen = keys(&cashier);
    assert_eq!(
        seen[0]["serial"],
        serial.as_str(),
        "one name in both modules"
    );
    assert_eq!(seen[0]["fault"], "no-certificate");

    // A wrong management key, a wrong CA PIN: nothing has happened to the card.
    for (ca_pin, management_key) in [(CARD_PIN, WRONG_KEY), ("00000000", MANAGEMENT_KEY)] {
        let refused = issue(scene.world())
            .input_line(ca_pin)
            .input_line(management_key)
            .input_line(USER_PIN)
            .input_line(PUK)
            .run()
            .unwrap();
        assert_eq!(refused.status.code(), Some(20), "{refused:?}");
    }
    assert_eq!(scene.info(&ykcs11()).len(), 1);
    assert_eq!(tries_left(Slot::First), TRIES);

    // What was broken off there is repeated without more words; a finished one is not.
    let issued = json(&scene.issue().succeed().unwrap().stdout);
    assert_eq!(issued["serial"], serial.as_str());
    let again = scene.issue().run().unwrap();
    assert_eq!(again.status.code(), Some(46), "{again:?}");
    assert!(again.stderr.contains("--replace"), "{again:?}");
    // Nor is it destroyed for the factory's PIN and PUK, which it has no more.
    let again = scene.issue().args(["--replace"]).run().unwrap();
    assert_eq!(again.status.code(), Some(2), "{again:?}");
    assert!(again.stderr.contains("--used"), "{again:?}");
    scene.world().bind(&serial).unwrap();
    let info = &scene.info(&opensc())[0];
    assert_eq!(info["register"]["state"], "bound", "{info}");
    for (at, role) in [(0, "user-authentication"), (1, "user-signature")] {
        assert_eq!(info["certificates"][at]["role"], role, "{info}");
        assert_eq!(info["certificates"][at]["verdict"], "good", "{info}");
    }

    foreign_tools_read_it(&scene, &issued);

    // It pays.
    let before = scene.world().verify_books().unwrap();
    let bill = Stage::overdue_bill();
    cashier.settle(&bill);
    assert_ne!(scene.world().verify_books().unwrap(), before);

    // What has ended leaves the key locked, for everybody.
    // What has ended leaves the key locked, for everybody.
    assert!(!is_open(Slot::First));

    // The holder's own PIN; then three wrong ones, and what is said before each.
    let change = cashier.program(&["pin", "change", "--new-pin-fd", "0"]);
    change.input_line(NEW_PIN).succeed().unwrap();
    assert!(!is_open(Slot::First));
    assert_eq!(tries_left(Slot::First), TRIES);
    for (tries, code) in [(TRIES, 20), (2, 20), (1, 21)] {
        assert_eq!(tries_left(Slot::First), tries);
        let state = keys(&cashier)[0]["pin"].clone();
        assert_eq!(
            state == "last-try",
            tries == 1,
            "{state} with {tries} tries"
        );
        if tries == 1 {
            // Nobody gets to the last one without saying so.
            cashier.refused(&["whoami"], 22);
            assert_eq!(tries_left(Slot::First), 1);
        }
        cashier.refused(&["whoami", "--last-try"], code);
    }
    assert_eq!(keys(&cashier)[0]["pin"], "locked");
    cashier.refused(&["whoami"], 21);

    // Unblocked at the desk; the register keeps that.
    let wrong = scene.unblock(&serial, "11223344", USER_PIN).run().unwrap();
    assert_eq!(wrong.status.code(), Some(25), "{wrong:?}");
    scene.unblock(&serial, PUK, USER_PIN).succeed().unwrap();
    let register = scene.world().layout().path("desk/register.ndjson");
    let register = fs::read_to_string(register).unwrap();
    assert_eq!(register.matches("\"record\":\"unblocked\"").count(), 1);
    for secret in [PUK, USER_PIN, NEW_PIN, MANAGEMENT_KEY] {
        assert!(!register.contains(secret));
    }
    assert_eq!(keys(&cashier)[0]["pin"], "ok");
    let me = cashier.ask(&["whoami"]);
    assert_eq!(me["key"]["serial"], serial.as_str());

    // Out and in again it is the same key.
    key.pull_out().unwrap();
    cashier.refused(&["whoami"], 10);
    let _key = scene.plug_in(Slot::First, &card);
    assert_eq!(cashier.ask(&["whoami"]), me);
    scene.running.stop().unwrap();
}

/// What is on the card is what the desk issued, whoever reads it.
fn foreign_tools_read_it(scene: &Scene, issued: &serde_json::Value) {
    let file = scene.world().layout().path("read");
    let path = file.to_str().unwrap();
    for (id, place, name) in [("01", "9a", "authentication"), ("02", "9c", "signature")] {
        let read = ["--read-object", "--type", "cert", "--id", id];
        pkcs11_tool(&[&read[..], &["--output-file", path]].concat());
        let opensc = Certificate::from_der(&fs::read(&file).unwrap()).unwrap();
        piv_tool(
            Slot::First,
            &["-a", "read-certificate", "-s", place, "-o", path],
        );
        let yubico = Certificate::from_pem(&fs::read_to_string(&file).unwrap()).unwrap();
        let thumbprint = text(&issued[name]);
        assert_eq!(opensc.thumbprint().to_string(), thumbprint);
        assert_eq!(yubico.thumbprint().to_string(), thumbprint);
    }
    let status = piv_tool(Slot::First, &["-a", "status"]);
    assert!(status.contains("ECCP256"), "{status}");
    // The holder's PIN, and it alone, lets the key be used.
    let digest = scene.world().layout().path("digest");
    fs::write(&digest, [0x5a_u8; 32]).unwrap();
    let sign = ["--sign", "--id", "01", "--mechanism", "ECDSA", "--login"];
    let files = [
        "--input-file",
        digest.to_str().unwrap(),
        "--output-file",
        path,
    ];
    pkcs11_tool(&[&sign[..], &["--pin", USER_PIN], &files].concat());
    assert_eq!(fs::read(&file).unwrap().len(), 64);
}
