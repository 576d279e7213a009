//! Unlocking USB keys and signing with the authentication key.

use wattkey_pki::{SignError, Signer};
use wattkey_token::{KeyUse, Pin, TokenError};

use super::bench::{PIN, certificates, pin, wrong_pin};
use super::token::{Card, provision};

fn token_error(error: &SignError) -> &TokenError {
    error.0.downcast_ref().unwrap()
}

contract! {
    fn certificates_are_read_without_a_pin(bench) {
        let serial = bench.issued_token("user");
        let key = bench.usb_key();
        let authentication = key.authentication_certificate().unwrap();
        let signature = key.signature_certificate().unwrap();
        assert_eq!(authentication.key_serial(), Some(serial.as_str()));
        assert_ne!(authentication.public_key(), signature.public_key());
    }

    fn an_unlocked_key_signs(bench) {
        let key = bench.unlocked_key();
        let signer = key.authentication_signer();
        assert_eq!(signer.public_key(), key.authentication_certificate().public_key());
        for message in [&b""[..], b"a session statement", &[7; 10_000]] {
            let signature = signer.sign(message).unwrap();
            signer.public_key().verify(message, &signature).unwrap();
            assert!(signer.public_key().verify(b"another", &signature).is_err());
        }
    }

    fn a_wrong_pin_is_reported_with_the_state_that_it_left(bench) {
        bench.issued_token("user");
        let key = bench.usb_key();
        let before = key.pin_state().unwrap();
        assert!(!before.count_low && !before.final_try && !before.locked);

        let failed = key.unlock(&wrong_pin()).unwrap_err();
        let TokenError::WrongPin { state } = failed.error else {
            panic!("{:?}", failed.error)
        };
        assert_eq!(state, failed.key.pin_state().unwrap());
        assert_eq!(state.count_low, bench.tells_count_low());

        let unlocked = failed.key.unlock(&pin()).unwrap();
        assert_eq!(unlocked.pin_state().unwrap(), before);
    }

    fn a_pin_of_impossible_length_is_not_shown_to_the_token(bench) {
        bench.issued_token("user");
        let mut key = bench.usb_key();
        let (shortest, longest) = key.info().pin_length.unwrap();
        let too_short = "1".repeat(shortest.saturating_sub(1));
        let too_long = "1".repeat(longest + 1);
        for text in [too_short, too_long] {
            let failed = key.unlock(&Pin::new(text)).unwrap_err();
            assert!(matches!(failed.error, TokenError::PinLength), "{:?}", failed.error);
            key = *failed.key;
        }
        assert!(!key.pin_state().unwrap().count_low);
    }

    fn a_key_without_certificates_is_found_before_the_pin_is_shown(bench) {
        let serial = bench.empty_token("user");
        provision::issue_key_pairs(&bench.module(), &serial, &pin()).unwrap();
        let key = bench.usb_key();
        assert!(key.authentication_certificate().is_none());
        assert!(key.signature_certificate().is_none());
        let failed = key.unlock(&wrong_pin()).unwrap_err();
        let TokenError::CertificateMissing { id } = &failed.error else {
            panic!("{:?}", failed.error)
        };
        assert_eq!(id, &[0x01]);
        assert!(!failed.key.pin_state().unwrap().count_low);
    }

    fn a_locked_key_does_not_sign(bench) {
        let key = bench.unlocked_key();
        let signer = key.authentication_signer();
        let second = key.signature_signer(pin());
        signer.sign(b"before").unwrap();
        key.lock();
        for error in [signer.sign(b"after").unwrap_err(), second.sign(b"after").unwrap_err()] {
            assert!(matches!(token_error(&error), TokenError::Locked), "{error:?}");
        }
        // It can be unlocked again, which does not bring the old signer back.
        let key = bench.usb_key().unlock(&pin()).unwrap();
        assert!(signer.sign(b"after").is_err());
        key.authentication_signer().sign(b"again").unwrap();
    }

    fn a_key_is_not_unlocked_twice(bench) {
        let key = bench.unlocked_key();
        // A second login would succeed with any PIN.
        for pin in [pin(), wrong_pin()] {
            let error = bench.usb_key().unlock(&pin).unwrap_err().error;
            assert!(matches!(error, TokenError::AlreadyUnlocked), "{error:?}");
        }
        key.authentication_signer().sign(b"still").unwrap();
    }

    fn a_signature_key_without_its_protection_is_refused(bench) {
        let serial = bench.empty_token("user");
        let card = Card::open(&bench.module(), "user", &pin()).unwrap();
        let authentication = card.generate(&[0x01], KeyUse::Sign, "authentication").unwrap();
        let signature = card.generate(&[0x02], KeyUse::Sign, "signature").unwrap();
        let certificates = certificates(&serial, &authentication, &signature);
        card.write_certificate(&[0x01], "authentication", &certificates[0]).unwrap();
        card.write_certificate(&[0x02], "signature", &certificates[1]).unwrap();
        drop(card);
        for _ in 0..2 {
            // Twice: the failure has locked it again.
            let error = bench.usb_key().unlock(&pin()).unwrap_err().error;
            assert!(matches!(error, TokenError::KeyUnprotected { .. }), "{error:?}");
        }
    }

    fn a_token_that_vanished_is_not_a_wrong_pin(bench) {
        bench.issued_token("user");
        let mut key = bench.usb_key();
        std::fs::remove_dir_all(bench.folder().join("tokens")).unwrap();
        for pin in [wrong_pin(), pin()] {
            let failed = key.unlock(&pin).unwrap_err();
            let wrong = matches!(failed.error, TokenError::WrongPin { .. } | TokenError::PinLocked);
            assert!(!wrong, "{:?}", failed.error);
            key = *failed.key;
        }
    }

    fn debug_shows_no_pin(bench) {
        let key = bench.unlocked_key();
        let signer = key.signature_signer(pin());
        let shown = format!("{key:?} {signer:?} {:?}", key.authentication_signer());
        assert!(!shown.contains(PIN), "{shown}");
    }
}
