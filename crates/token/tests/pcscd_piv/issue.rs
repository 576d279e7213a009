//! Issuing, and what others read of it.

use std::fs;
use std::process::Command;

use wattkey_token::provision::{self, Credentials, Target};
use wattkey_token::{BrokenRule, Pin, TokenError};
use wattkey_virtual_reader::{Slot, opensc};

use crate::desk::{Desk, NUMBER, PIN, assert_signs, credentials, pin, wrong_pin};
use crate::tools::{certificate_in_pem, finished};

#[test]
fn an_issued_card_is_used_through_another_module() {
    let desk = Desk::open();
    let _card = desk.plug_in(Slot::First, NUMBER);
    let serial = desk.issue(Slot::First);
    let key = desk.usb_key();
    assert_eq!(key.info().serial, serial, "a card has one name");
    assert_eq!(key.info().reader, Slot::First.reader());
    assert_eq!(key.info().pin_length, Some((6, 8)));
    let certificate = key.authentication_certificate().unwrap();
    assert_eq!(certificate.key_serial(), Some(serial.as_str()));
    assert_ne!(Some(certificate), key.signature_certificate());
    assert_signs(key, &pin());

    // The secrets that every new card has are no longer good for anything.
    let factory = Credentials::of_new_piv_card();
    let error = desk.usb_key().unlock(&factory.pin).unwrap_err().error;
    assert!(matches!(error, TokenError::WrongPin { .. }), "{error:?}");
    let error = desk.usb_key().unblock(&factory.puk, &pin()).unwrap_err();
    assert!(matches!(error, TokenError::WrongPuk), "{error:?}");
    let officer = &factory.security_officer_pin;
    let error = provision::erase_keys(&desk.yubico(), &serial, officer).unwrap_err();
    assert!(
        matches!(error, TokenError::WrongSecurityOfficerPin),
        "{error:?}"
    );
    assert_signs(desk.usb_key(), &pin());
}

#[test]
fn the_tools_of_others_read_what_was_written() {
    let desk = Desk::open();
    let _card = desk.plug_in(Slot::First, NUMBER);
    desk.issue(Slot::First);
    let key = desk.usb_key();
    let written = [
        ("01", "9a", key.authentication_certificate().unwrap()),
        ("02", "9c", key.signature_certificate().unwrap()),
    ];
    let file = desk.reader.folder().join("read.der");
    for (id, slot, certificate) in written {
        let mut tool = Command::new("pkcs11-tool");
        tool.arg("--module").arg(opensc());
        tool.args([
            "--read-object",
            "--type",
            "cert",
            "--id",
            id,
            "--output-file",
        ]);
        finished(tool.arg(&file));
        assert_eq!(
            fs::read(&file).unwrap(),
            certificate.der(),
            "pkcs11-tool {id}"
        );

        let mut tool = Command::new("yubico-piv-tool");
        tool.args([
            "--reader",
            &Slot::First.reader(),
            "--action",
            "read-certificate",
        ]);
        tool.args(["--slot", slot, "--key-format", "DER", "--output"]);
        finished(tool.arg(&file));
        assert_eq!(
            fs::read(&file).unwrap(),
            certificate.der(),
            "yubico-piv-tool {slot}"
        );
    }
    let mut tool = Command::new("pkcs11-tool");
    tool.arg("--module")
        .arg(opensc())
        .args(["--login", "--pin", PIN]);
    let objects = finished(tool.args(["--list-objects", "--type", "privkey"]));
    assert!(
        objects.contains("PIV AUTH key") && objects.contains("SIGN key"),
        "{objects}"
    );
    assert!(objects.contains("always authenticate"), "{objects}");
}

#[test]
fn a_card_that_yubico_s_tool_made_is_used() {
    let desk = Desk::open();
    let _card = desk.plug_in(Slot::First, NUMBER);
    let serial = desk.usb_key().info().serial.clone();
    let mut pems = Vec::new();
    for slot in ["9a", "9c"] {
        let mut tool = Command::new("yubico-piv-tool");
        tool.args(["--reader", &Slot::First.reader(), "--action", "generate"]);
        pems.push(finished(tool.args([
            "--slot",
            slot,
            "--algorithm",
            "ECCP256",
        ])));
    }
    let certificates = certificate_in_pem(&serial, &pems[0], &pems[1]);
    for (slot, pem) in ["9a", "9c"].into_iter().zip(certificates) {
        let file = desk.reader.folder().join(slot);
        fs::write(&file, pem).unwrap();
        let mut tool = Command::new("yubico-piv-tool");
        tool.args([
            "--reader",
            &Slot::First.reader(),
            "--action",
            "import-certificate",
        ]);
        finished(tool.args(["--slot", slot, "--input"]).arg(&file));
    }
    let factory = Credentials::of_new_piv_card();
    assert_signs(desk.usb_key(), &factory.pin);
}

#[test]
fn what_cannot_be_issued_is_refused_before_the_card_is_touched() {
    let desk = Desk::open();
    let _card = desk.plug_in(Slot::First, NUMBER);
    let yubico = desk.yubico();
    let serial = yubico.tokens().unwrap().remove(0).serial;
    let factory = Credentials::of_new_piv_card();
    let target = Target::Card {
        serial: &serial,
        current: &factory,
    };
    let text = |text: &str| Pin::new(text.to_owned());
    let refused = |wanted: &Credentials| provision::issue(&yubico, &target, wanted).unwrap_err();

    let simple = Credentials {
        pin: text("111111"),
        ..credentials()
    };
    let error = refused(&simple);
    let rule = BrokenRule::TooSimple;
    assert!(
        matches!(error, TokenError::NewPin { rule: found } if found == rule),
        "{error:?}"
    );
    let long = Credentials {
        puk: text("314159265"),
        ..credentials()
    };
    let error = refused(&long);
    assert!(matches!(error, TokenError::PinLength), "{error:?}");
    let short = Credentials {
        security_officer_pin: text("0102"),
        ..credentials()
    };
    let error = refused(&short);
    assert!(matches!(error, TokenError::PinLength), "{error:?}");
    let words = Credentials {
        security_officer_pin: text(&"management key!!".repeat(3)),
        ..credentials()
    };
    let error = refused(&words);
    assert!(matches!(error, TokenError::PinUnsuitable), "{error:?}");
    // OpenSC uses cards and cannot issue them.
    let error = provision::issue(&desk.opensc(), &target, &credentials()).unwrap_err();
    assert!(matches!(error, TokenError::Unsupported { .. }), "{error:?}");
    // The card is as new: it can be issued with what it came with.
    desk.issue(Slot::First);
    // And once only.
    let error = refused(&credentials());
    assert!(matches!(error, TokenError::KeyExists { .. }), "{error:?}");
    assert_signs(desk.usb_key(), &pin());
}

#[test]
fn a_card_without_an_identifier_gets_one_first() {
    let desk = Desk::open();
    let _card = desk.plug_in(Slot::First, NUMBER);
    // What a card holder unique identifier is without its GUID.
    let file = desk.reader.folder().join("chuid");
    fs::write(&file, "3500fe00").unwrap();
    let tool = || {
        let mut tool = Command::new("yubico-piv-tool");
        tool.args(["--reader", &Slot::First.reader(), "--action"]);
        tool
    };
    finished(
        tool()
            .args([
                "write-object",
                "--id",
                "0x5fc102",
                "--format",
                "hex",
                "--input",
            ])
            .arg(&file),
    );
    let issue = || {
        let yubico = desk.yubico();
        let serial = yubico.tokens().unwrap().remove(0).serial;
        let current = &Credentials::of_new_piv_card();
        let target = Target::Card {
            serial: &serial,
            current,
        };
        provision::issue(&yubico, &target, &credentials())
    };
    let error = issue().unwrap_err();
    assert!(matches!(error, TokenError::IdentifierMissing), "{error:?}");
    finished(tool().arg("set-chuid"));
    let issued = issue().unwrap();
    assert_eq!(desk.usb_key().info().serial, issued.info.serial);
}

#[test]
fn a_refused_secret_is_named_and_issuing_goes_on_from_there() {
    let desk = Desk::open();
    let _card = desk.plug_in(Slot::First, NUMBER);
    let yubico = desk.yubico();
    let serial = yubico.tokens().unwrap().remove(0).serial;
    let issue = |current: &Credentials| {
        let target = Target::Card {
            serial: &serial,
            current,
        };
        provision::issue(&yubico, &target, &credentials())
    };
    let wrong = Credentials {
        pin: wrong_pin(),
        ..Credentials::of_new_piv_card()
    };
    let error = issue(&wrong).unwrap_err();
    assert!(matches!(error, TokenError::WrongPin { .. }), "{error:?}");
    // The PUK has been changed before.
    let now = Credentials {
        puk: credentials().puk,
        ..Credentials::of_new_piv_card()
    };
    issue(&now).unwrap();
}

#[test]
fn keys_are_made_again_after_they_were_given_up() {
    let desk = Desk::open();
    let card = desk.plug_in(Slot::First, NUMBER);
    let serial = desk.issue(Slot::First);
    let old = desk.usb_key().authentication_certificate().cloned();
    let yubico = desk.yubico();
    let officer = credentials().security_officer_pin;
    provision::erase_keys(&yubico, &serial, &officer).unwrap();
    assert_eq!(desk.usb_key().authentication_certificate(), None);
    let failed = desk.usb_key().unlock(&wrong_pin()).unwrap_err();
    assert!(
        matches!(failed.error, TokenError::CertificateMissing { .. }),
        "{failed:?}"
    );

    let target = Target::Card {
        serial: &serial,
        current: &credentials(),
    };
    let issued = provision::issue(&yubico, &target, &credentials()).unwrap();
    let [one, two] = crate::desk::certificates(&serial, &issued.keys);
    provision::write_certificates(&yubico, &serial, &officer, &one, &two).unwrap();
    // OpenSC reads a card once, when it is plugged in.
    card.pull_out().unwrap();
    let _card = desk.plug_in(Slot::First, NUMBER);
    assert_ne!(desk.usb_key().authentication_certificate().cloned(), old);
    assert_signs(desk.usb_key(), &pin());
}
