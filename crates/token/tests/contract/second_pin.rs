//! The signature key wants the PIN for every signature.

use wattkey_pki::Signer;
use wattkey_token::{Pin, TokenError};

use super::bench::{pin, wrong_pin};

contract! {
    fn each_signature_takes_the_pin(bench) {
        let key = bench.unlocked_key();
        let public_key = key.signature_certificate().public_key();
        for message in [&b"an order"[..], b"another order", &[7; 10_000]] {
            let signature = key.sign_with_signature_key(&pin(), message).unwrap();
            public_key.verify(message, &signature).unwrap();
        }
    }

    fn a_wrong_second_pin_signs_nothing_and_is_not_tried_again(bench) {
        let key = bench.unlocked_key();
        let error = key.sign_with_signature_key(&wrong_pin(), b"an order").unwrap_err();
        let TokenError::WrongPin { state } = error else {
            panic!("{error:?}")
        };
        assert_eq!(state, key.pin_state().unwrap());
        // The first login goes on, and the right PIN works.
        key.authentication_signer().sign(b"a session statement").unwrap();
        key.sign_with_signature_key(&pin(), b"an order").unwrap();
    }

    fn a_second_pin_of_impossible_length_is_not_shown_to_the_token(bench) {
        let key = bench.unlocked_key();
        let long = Pin::new("1".repeat(key.info().pin_length.unwrap().1 + 1));
        let error = key.sign_with_signature_key(&long, b"an order").unwrap_err();
        assert!(matches!(error, TokenError::PinLength), "{error:?}");
    }

    fn a_signature_signer_signs_once(bench) {
        let key = bench.unlocked_key();
        let signer = key.signature_signer(pin());
        let signature = signer.sign(b"an order").unwrap();
        signer.public_key().verify(b"an order", &signature).unwrap();
        assert_eq!(signer.public_key(), key.signature_certificate().public_key());
        assert_used_up(&signer);
    }

    fn a_signature_signer_shows_a_wrong_pin_once(bench) {
        let key = bench.unlocked_key();
        let signer = key.signature_signer(wrong_pin());
        let error = signer.sign(b"an order").unwrap_err();
        let error = error.0.downcast_ref::<TokenError>().unwrap();
        assert!(matches!(error, TokenError::WrongPin { .. }), "{error:?}");
        assert_used_up(&signer);
    }
}

fn assert_used_up(signer: &dyn Signer) {
    let error = signer.sign(b"another order").unwrap_err();
    let error = error.0.downcast_ref::<TokenError>().unwrap();
    assert!(matches!(error, TokenError::PinNeeded), "{error:?}");
}
