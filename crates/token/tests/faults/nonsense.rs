//! A module whose answers make no sense: an error, never a wrong result, and never the end of this process.

use wattkey_token::TokenError;

use crate::calls::{self, Call};
use crate::setup::{SLACK, Setup, deadlines, within};

fn assert_refused(call: &Call, nonsense: &str) -> TokenError {
    let setup = Setup::new();
    let prepared = (call.prepare)(&setup);
    let rule = format!("{} nonsense {nonsense}", call.function);
    setup.faults.set(&rule).unwrap();
    let limit = deadlines().login + SLACK;
    let error = within(limit, prepared).expect_err(&rule);
    let blames_the_user = matches!(
        error,
        TokenError::WrongPin { .. } | TokenError::PinLocked | TokenError::WrongSecurityOfficerPin
    );
    assert!(!blames_the_user, "{rule}: {error:?}");
    setup.faults.clear().unwrap();
    setup.assert_recovers();
    error
}

macro_rules! refused {
    ($($name:ident: $call:ident, [$($nonsense:literal),*];)*) => {$(
        #[test]
        fn $name() {
            for nonsense in [$($nonsense),*] {
                assert_refused(&calls::$call, nonsense);
            }
        }
    )*};
}

refused! {
    slots_that_are_not_there: LIST, ["garbage", "huge-count"];
    sessions_that_are_not_there: OPEN, ["zero-handle", "garbage"];
    objects_that_are_not_there: FIND, ["zero-handle", "garbage"];
    more_objects_than_were_asked_for: FIND, ["more-than-asked", "huge-count"];
    signatures_of_a_wrong_length: SIGNATURE, ["short", "more-than-asked", "huge-count"];
    signatures_with_pin_of_a_wrong_length: ORDER, ["short", "long", "huge-count"];
    secrets_that_are_not_there: DERIVATION, ["zero-handle", "garbage"];
    key_pairs_that_are_not_there: GENERATION, ["zero-handle", "garbage"];
}

#[test]
fn more_slots_than_were_asked_for_are_not_read() {
    let setup = Setup::new();
    let module = setup.module();
    setup
        .faults
        .set("C_GetSlotList nonsense more-than-asked")
        .unwrap();
    // Those that were written are right; what else there may be is an error or nothing.
    if let Ok(tokens) = module.tokens() {
        assert_eq!(tokens.len(), 2);
    }
    setup.assert_recovers();
}

#[test]
fn a_certificate_that_is_not_readable_hides_no_key() {
    let setup = Setup::new();
    let module = setup.module();
    for nonsense in ["short", "long", "garbage", "huge-count"] {
        setup
            .faults
            .set(&format!("C_GetAttributeValue nonsense {nonsense}"))
            .unwrap();
        if let Ok(keys) = module.usb_keys() {
            for key in keys {
                assert!(key.authentication_certificate().is_none(), "{nonsense}");
                let error = key.unlock(&crate::setup::pin()).unwrap_err().error;
                let blamed = matches!(error, TokenError::WrongPin { .. });
                assert!(!blamed, "{nonsense}: {error:?}");
            }
        }
        setup.faults.clear().unwrap();
        module.usb_keys().unwrap();
    }
    assert_eq!(setup.faults.shown(crate::setup::PIN), 0);
}

#[test]
fn secrets_of_a_wrong_length_are_refused() {
    for nonsense in ["short", "long", "huge-count"] {
        let setup = Setup::new();
        let card = setup.card();
        card.ecdh(crate::setup::DERIVE, &crate::setup::peer())
            .unwrap();
        setup
            .faults
            .set(&format!("C_GetAttributeValue nonsense {nonsense}"))
            .unwrap();
        card.ecdh(crate::setup::DERIVE, &crate::setup::peer())
            .unwrap_err();
        setup.faults.clear().unwrap();
        card.ecdh(crate::setup::DERIVE, &crate::setup::peer())
            .unwrap();
    }
}

#[test]
fn token_information_that_makes_no_sense_ends_nothing() {
    let setup = Setup::new();
    let module = setup.module();
    setup.faults.set("C_GetTokenInfo nonsense garbage").unwrap();
    if let Ok(tokens) = module.tokens() {
        // What is no text was read as if it were: none of them is ours.
        assert!(tokens.iter().all(|token| token.serial != setup.serial));
    }
    let _ = module.usb_keys();
    setup.faults.clear().unwrap();
    setup.assert_recovers();
}

#[test]
fn unknown_return_values_are_errors() {
    let setup = Setup::new();
    let module = setup.module();
    for value in ["0x80001234", "0x7fffffff", "0xffffffffffffffff"] {
        setup
            .faults
            .set(&format!("C_GetSlotList fail {value}"))
            .unwrap();
        let error = module.tokens().unwrap_err();
        assert!(matches!(error, TokenError::Module { .. }), "{error:?}");
    }
    setup.faults.clear().unwrap();
    setup.assert_recovers();
}
