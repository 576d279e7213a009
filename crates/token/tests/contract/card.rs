//! A server's card: many threads, one login.

use std::sync::Arc;

use aws_lc_rs::agreement::{self, ECDH_P256};
use cryptoki::object::{Attribute, ObjectClass};
use wattkey_pki::{PublicKey, Signer};
use wattkey_token::{KeyUse, TokenError, key_id};
use zeroize::Zeroizing;

use super::bench::{Bench, pin, wrong_pin};
use super::token::Card;

const SIGN: &[u8] = key_id::RECEIPT;
const DERIVE: &[u8] = &[0x20, 0x07];

fn empty_card(bench: &Bench) -> Arc<Card> {
    bench.empty_token("card");
    Card::open(&bench.module(), "card", &pin()).unwrap()
}

/// A card with a key for each use.
fn card(bench: &Bench) -> Arc<Card> {
    let card = empty_card(bench);
    card.generate(SIGN, KeyUse::Sign, "receipt").unwrap();
    card.generate(DERIVE, KeyUse::Derive, "capsule").unwrap();
    card
}

/// ECDH in the card and in memory give the same.
fn agree(card: &Card, public_key: &PublicKey) {
    let private = agreement::PrivateKey::generate(&ECDH_P256).unwrap();
    let peer: [u8; 65] = private
        .compute_public_key()
        .unwrap()
        .as_ref()
        .try_into()
        .unwrap();
    let on_card = card.ecdh(DERIVE, &peer).unwrap();
    let theirs = agreement::UnparsedPublicKey::new(&ECDH_P256, public_key.as_uncompressed());
    agreement::agree(&private, theirs, (), |in_memory| {
        assert_eq!(*on_card, in_memory);
        Ok(())
    })
    .unwrap();
}

fn token_error(error: &wattkey_pki::SignError) -> &TokenError {
    error.0.downcast_ref().unwrap()
}

contract! {
    fn a_card_signs(bench) {
        let card = card(bench);
        let signer = card.signer(SIGN).unwrap();
        assert_eq!(*signer.public_key(), card.public_key(SIGN).unwrap());
        // Many, so that numbers with leading zeros are among them.
        for number in 0..300_u32 {
            let message = number.to_be_bytes();
            let signature = signer.sign(&message).unwrap();
            signer.public_key().verify(&message, &signature).unwrap();
        }
    }

    fn ecdh_gives_what_it_gives_in_memory(bench) {
        let card = card(bench);
        let public_key = card.public_key(DERIVE).unwrap();
        // Many, so that coordinates with leading zeros are among them.
        for _ in 0..600 {
            agree(&card, &public_key);
        }
    }

    /// RFC 5903 §8.1.
    fn an_imported_key_gives_the_known_answer(bench) {
        let number = |text: &str| -> [u8; 32] {
            std::array::from_fn(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap())
        };
        let point = |x: &str, y: &str| -> [u8; 65] {
            [&[4][..], &number(x), &number(y)].concat().try_into().unwrap()
        };
        let i = number("c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433");
        let gi = point(
            "dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c3772581180",
            "5271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3",
        );
        let gr = point(
            "d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf63",
            "56fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab",
        );
        let gir = number("d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de");

        let card = empty_card(bench);
        let public_key = PublicKey::from_uncompressed(&gi).unwrap();
        let import = |use_| {
            card.import_private_key(DERIVE, use_, "vector", &Zeroizing::new(i), &public_key)
        };
        import(KeyUse::Derive).unwrap();
        assert_eq!(*card.ecdh(DERIVE, &gr).unwrap(), gir);
        assert_eq!(card.public_key(DERIVE).unwrap(), public_key);
        let error = import(KeyUse::Derive).unwrap_err();
        assert!(matches!(error, TokenError::KeyExists { .. }), "{error:?}");
    }

    fn a_key_does_its_job_only(bench) {
        let card = card(bench);
        let signer = card.signer(DERIVE).unwrap();
        let error = signer.sign(b"a receipt").unwrap_err();
        assert!(matches!(token_error(&error), TokenError::Module { .. }), "{error:?}");
        let peer = *card.public_key(DERIVE).unwrap().as_uncompressed();
        let error = card.ecdh(SIGN, &peer).unwrap_err();
        assert!(matches!(error, TokenError::Module { .. }), "{error:?}");
        // The session in which it failed is not used again.
        agree(&card, &card.public_key(DERIVE).unwrap());
    }

    fn a_point_off_the_curve_does_not_reach_the_card(bench) {
        let card = card(bench);
        let mut point = *card.public_key(DERIVE).unwrap().as_uncompressed();
        point[64] ^= 1;
        for peer in [point, [0; 65], [4; 65]] {
            let error = card.ecdh(DERIVE, &peer).unwrap_err();
            assert!(matches!(error, TokenError::Point), "{error:?}");
        }
    }

    fn eight_threads_sign_and_derive_at_once(bench) {
        let card = card(bench);
        let signer = card.signer(SIGN).unwrap();
        let public_key = card.public_key(DERIVE).unwrap();
        work_in_threads(8, 50, &card, &*signer, &public_key);
    }

    fn more_threads_than_sessions_wait_for_their_turn(bench) {
        let card = card(bench);
        let signer = card.signer(SIGN).unwrap();
        let public_key = card.public_key(DERIVE).unwrap();
        work_in_threads(40, 5, &card, &*signer, &public_key);
    }

    fn keys_come_and_go_while_others_are_used(bench) {
        let card = card(bench);
        let signer = card.signer(SIGN).unwrap();
        let public_key = card.public_key(DERIVE).unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for _ in 0..20 {
                    card.generate(&[0x20, 0x08], KeyUse::Derive, "capsule").unwrap();
                    card.destroy(&[0x20, 0x08]).unwrap();
                }
            });
            work_in_threads(3, 30, &card, &*signer, &public_key);
        });
    }

    fn a_destroyed_key_is_gone(bench) {
        let card = card(bench);
        let signer = card.signer(SIGN).unwrap();
        let peer = *card.public_key(DERIVE).unwrap().as_uncompressed();
        signer.sign(b"before").unwrap();
        card.ecdh(DERIVE, &peer).unwrap();
        let mut ids = card.key_ids().unwrap();
        ids.sort();
        assert_eq!(ids, [SIGN, DERIVE]);

        card.destroy(SIGN).unwrap();
        card.destroy(DERIVE).unwrap();
        assert!(card.key_ids().unwrap().is_empty());
        let error = signer.sign(b"after").unwrap_err();
        assert!(matches!(token_error(&error), TokenError::KeyMissing { .. }), "{error:?}");
        let errors = [
            card.ecdh(DERIVE, &peer).unwrap_err(),
            card.signer(SIGN).unwrap_err(),
            card.public_key(SIGN).unwrap_err(),
            card.destroy(SIGN).unwrap_err(),
        ];
        for error in errors {
            assert!(matches!(error, TokenError::KeyMissing { .. }), "{error:?}");
        }
        // Nothing of them is left.
        let all = bench.session_of_user(&card.info().serial).find_objects(&[]).unwrap();
        assert_eq!(all, []);
    }

    fn keys_are_not_overwritten(bench) {
        let card = card(bench);
        let before = card.public_key(SIGN).unwrap();
        let error = card.generate(SIGN, KeyUse::Sign, "receipt").unwrap_err();
        assert!(matches!(error, TokenError::KeyExists { .. }), "{error:?}");
        assert_eq!(card.public_key(SIGN).unwrap(), before);
    }

    fn a_key_whose_handle_changed_is_found_again(bench) {
        let card = card(bench);
        let signer = card.signer(SIGN).unwrap();
        signer.sign(b"before").unwrap();
        // The same key under another handle.
        let session = bench.session_of_user(&card.info().serial);
        let keys = session
            .find_objects(&[Attribute::Class(ObjectClass::PRIVATE_KEY), Attribute::Id(SIGN.to_vec())])
            .unwrap();
        session.copy_object(keys[0], &[Attribute::Label(b"copy".to_vec())]).unwrap();
        session.destroy_object(keys[0]).unwrap();

        let signature = signer.sign(b"after").unwrap();
        signer.public_key().verify(b"after", &signature).unwrap();
    }

    fn certificates_are_kept_on_the_card(bench) {
        let card = card(bench);
        assert_eq!(card.certificate(SIGN).unwrap(), None);
        let key = card.public_key(SIGN).unwrap();
        for _ in 0..2 {
            let [certificate, _] = super::bench::certificates("1", &key, &key);
            card.write_certificate(SIGN, "receipt", &certificate).unwrap();
            assert_eq!(card.certificate(SIGN).unwrap(), Some(certificate));
        }
    }

    fn a_card_wants_its_pin(bench) {
        let open = card(bench);
        // While it is open any PIN would do, so it is not opened again.
        for pin in [pin(), wrong_pin()] {
            let error = Card::open(&bench.module(), "card", &pin).unwrap_err();
            assert!(matches!(error, TokenError::AlreadyUnlocked), "{error:?}");
        }
        let signer = open.signer(SIGN).unwrap();
        drop(open);
        // A signer keeps its card open.
        signer.sign(b"a receipt").unwrap();
        drop(signer);
        let error = Card::open(&bench.module(), "card", &wrong_pin()).unwrap_err();
        assert!(matches!(error, TokenError::WrongPin { .. }), "{error:?}");
        let card = Card::open(&bench.module(), "card", &pin()).unwrap();
        card.signer(SIGN).unwrap().sign(b"a receipt").unwrap();
    }
}

fn work_in_threads(
    threads: usize,
    rounds: u32,
    card: &Card,
    signer: &dyn Signer,
    public_key: &PublicKey,
) {
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                for round in 0..rounds {
                    let message = round.to_be_bytes();
                    let signature = signer.sign(&message).unwrap();
                    signer.public_key().verify(&message, &signature).unwrap();
                    agree(card, public_key);
                }
            });
        }
    });
}
