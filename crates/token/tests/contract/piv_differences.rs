//! What a PIV card behind OpenSC does otherwise than the contract says, by name. Each is a claim, and is checked in
//! place of the test that it replaces.
//!
//! The tests of servers' cards and of provisioning are not here at all: OpenSC makes no keys on a PIV card, which is
//! the first claim, so no server has one, and PIV cards are issued through another module (`pcscd_piv`).

use wattkey_pki::Signer;
use wattkey_token::{KeyUse, TokenError};

use super::bench::{Bench, pin, wrong_pin};
use super::token::{Card, provision};

/// What is checked in place of a test.
type Claim = fn(&Bench);

const DIFFERENCES: [(&str, Claim); 6] = [
    (
        "usb_key::a_signature_key_without_its_protection_is_refused",
        opensc_makes_no_keys,
    ),
    (
        "usb_key::a_key_without_certificates_is_found_before_the_pin_is_shown",
        a_new_card_is_found_to_be_one,
    ),
    (
        "usb_key::a_token_that_vanished_is_not_a_wrong_pin",
        a_card_vanishes_when_it_is_pulled_out,
    ),
    (
        "second_pin::a_wrong_second_pin_signs_nothing_and_is_not_tried_again",
        a_wrong_second_pin_takes_the_login_along,
    ),
    (
        "module::a_token_says_who_it_is",
        a_card_says_who_it_is_without_a_label_of_its_own,
    ),
    (
        "module::two_tokens_are_told_apart",
        two_cards_are_told_apart,
    ),
];

/// What takes the place of a test, named as its path ends.
pub(crate) fn difference(test: &str) -> Option<Claim> {
    let found = DIFFERENCES.iter().find(|(name, _)| test.ends_with(name));
    found.map(|(_, claim)| *claim)
}

fn opensc_makes_no_keys(bench: &Bench) {
    let serial = bench.empty_token("user");
    let label = bench.module().tokens().unwrap().remove(0).label;
    let factory = provision::Credentials::of_new_piv_card();
    let card = Card::open(&bench.module(), &label, &factory.pin).unwrap();
    for key_use in [KeyUse::Sign, KeyUse::Derive] {
        assert!(card.generate(&[0x02], key_use, "signature").is_err());
    }
    assert!(card.key_ids().unwrap().is_empty());
    drop(card);
    let made = provision::issue_key_pairs(&bench.module(), &serial, &factory.pin);
    assert!(made.is_err(), "{made:?}");
}

/// A card with keys always has certificates: Yubico's module writes placeholders when it makes keys.
fn a_new_card_is_found_to_be_one(bench: &Bench) {
    bench.empty_token("user");
    let key = bench.usb_key();
    assert!(key.authentication_certificate().is_none());
    assert!(key.signature_certificate().is_none());
    let mut key = key;
    for _ in 0..3 {
        let failed = key.unlock(&wrong_pin()).unwrap_err();
        let TokenError::CertificateMissing { id } = &failed.error else {
            panic!("{:?}", failed.error)
        };
        assert_eq!(id, &[0x01]);
        key = *failed.key;
    }
    let state = key.pin_state().unwrap();
    assert!(!state.final_try && !state.locked, "{state:?}");
}

fn a_card_vanishes_when_it_is_pulled_out(bench: &Bench) {
    bench.issued_token("user");
    let mut key = bench.usb_key();
    bench.pull_out();
    for pin in [wrong_pin(), pin()] {
        let failed = key.unlock(&pin).unwrap_err();
        assert!(
            matches!(failed.error, TokenError::Removed),
            "{:?}",
            failed.error
        );
        key = *failed.key;
    }
}

/// SP 800-73-5 part 2 §3.2.1: a wrong PIN takes the card's whole security status.
fn a_wrong_second_pin_takes_the_login_along(bench: &Bench) {
    let key = bench.unlocked_key();
    let signer = key.authentication_signer();
    signer.sign(b"before").unwrap();
    let error = key
        .sign_with_signature_key(&wrong_pin(), b"an order")
        .unwrap_err();
    let TokenError::WrongPin { state } = error else {
        panic!("{error:?}")
    };
    assert_eq!(state, key.pin_state().unwrap());
    let error = signer.sign(b"after").unwrap_err();
    let error = error.0.downcast_ref::<TokenError>().unwrap();
    assert!(matches!(error, TokenError::Locked), "{error:?}");
    key.lock();
    let key = bench.usb_key().unlock(&pin()).unwrap();
    key.authentication_signer()
        .sign(b"a session statement")
        .unwrap();
    key.sign_with_signature_key(&pin(), b"an order").unwrap();
}

fn a_card_says_who_it_is_without_a_label_of_its_own(bench: &Bench) {
    let serial = bench.empty_token("Li Na's key");
    let tokens = bench.module().tokens().unwrap();
    let [token] = tokens.as_slice() else {
        panic!("{tokens:?}")
    };
    assert_ne!(token.label, "Li Na's key");
    assert_eq!(token.serial, serial);
    assert!(token.is_piv());
    assert!(token.pin.initialised);
    assert!(!token.pin.count_low && !token.pin.final_try && !token.pin.locked);
}

fn two_cards_are_told_apart(bench: &Bench) {
    let mut serials = vec![bench.issued_token("one"), bench.issued_token("two")];
    serials.sort();
    let keys = bench.module().usb_keys().unwrap();
    let mut found: Vec<_> = keys.iter().map(|key| key.info().serial.clone()).collect();
    found.sort();
    assert_eq!(found, serials);
    assert_ne!(serials[0], serials[1]);
    for key in &keys {
        let certificate = key.authentication_certificate().unwrap();
        assert_eq!(certificate.key_serial(), Some(key.info().serial.as_str()));
    }
    // Both have the holder's name as label: no PIN is shown to either.
    let label = &keys[0].info().label;
    assert_eq!(label, &keys[1].info().label);
    let error = Card::open(&bench.module(), label, &wrong_pin()).unwrap_err();
    assert!(
        matches!(error, TokenError::TokenAmbiguous { .. }),
        "{error:?}"
    );
    assert!(keys.iter().all(|key| !key.pin_state().unwrap().final_try));
}
