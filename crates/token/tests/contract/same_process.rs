//! What others in the module's own process could do. In a child process there are no others, so these run without one.

use aws_lc_rs::agreement::{self, ECDH_P256};
use cryptoki::context::Function;
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, ObjectClass};
use cryptoki::session::Session;
use wattkey_token::{KeyUse, key_id};

use super::bench::{pin, wrong_pin};
use super::token::Card;

/// Signs with the signature key as if its login were that of the token.
fn sign_without_second_pin(session: &Session) -> Result<Vec<u8>, Error> {
    let key = session.find_objects(&[
        Attribute::Class(ObjectClass::PRIVATE_KEY),
        Attribute::Id(vec![0x02]),
    ])?;
    session.sign(&Mechanism::Ecdsa, key[0], &[7; 32])
}

fn assert_not_logged_in(answer: &Result<Vec<u8>, Error>) {
    let Err(Error::Pkcs11(RvError::UserNotLoggedIn, Function::Sign)) = answer else {
        panic!("{answer:?}")
    };
}

contract! {
    fn derived_secrets_do_not_remain(bench) {
        let serial = bench.empty_token("card");
        let card = Card::open(&bench.module(), "card", &pin()).unwrap();
        let id = key_id::capsule(7);
        card.generate(&id, KeyUse::Derive, "capsule").unwrap();
        let private = agreement::PrivateKey::generate(&ECDH_P256).unwrap();
        let peer = private.compute_public_key().unwrap();
        for _ in 0..10 {
            card.ecdh(&id, peer.as_ref().try_into().unwrap()).unwrap();
        }
        let secrets = [Attribute::Class(ObjectClass::SECRET_KEY)];
        let session = bench.session(&serial);
        assert_eq!(session.find_objects(&secrets).unwrap(), []);
    }

    fn a_wrong_pin_leaves_the_key_locked(bench) {
        let serial = bench.issued_token("user");
        bench.usb_key().unlock(&wrong_pin()).unwrap_err();
        let session = bench.session(&serial);
        assert_eq!(session.find_objects(&[private()]).unwrap(), []);
    }

    fn the_end_of_an_unlocked_key_locks_it(bench) {
        let key = bench.unlocked_key();
        let serial = key.info().serial.clone();
        let session = bench.session(&serial);
        assert_eq!(session.find_objects(&[private()]).unwrap().len(), 2);
        drop(key);
        assert_eq!(session.find_objects(&[private()]).unwrap(), []);
    }

    fn the_token_refuses_a_signature_without_the_pin(bench) {
        let key = bench.unlocked_key();
        // The login of the token is shared by all sessions of the process, also by this one.
        let serial = key.info().serial.clone();
        assert_not_logged_in(&sign_without_second_pin(&bench.session(&serial)));
        // Nor does one signature with the PIN open the way for another without, in whatever session.
        let session = bench.session(&serial);
        key.sign_with_signature_key(&pin(), b"an order").unwrap();
        assert_not_logged_in(&sign_without_second_pin(&session));
        assert_not_logged_in(&sign_without_second_pin(&bench.session(&serial)));
        key.sign_with_signature_key(&pin(), b"another order").unwrap();
    }
}

fn private() -> Attribute {
    Attribute::Class(ObjectClass::PRIVATE_KEY)
}
