//! Capsule keys: a server's card as what opens capsules.

use std::sync::Arc;

use wattkey_pki::{MemorySigner, Signer};
use wattkey_seal::{DecapsulateError, Decapsulator};
use wattkey_token::{CapsuleKeys, KeyUse};

use super::bench::{Bench, pin};
use super::token::Card;

const DERIVE: &[u8] = &[0x20, 0x07];

/// A card with a key that derives.
fn card(bench: &Bench) -> Arc<Card> {
    bench.empty_token("card");
    let card = Card::open(&bench.module(), "card", &pin()).unwrap();
    card.generate(DERIVE, KeyUse::Derive, "capsule").unwrap();
    card
}

contract! {
    fn capsule_keys_are_found_by_their_key_id(bench) {
        let card = card(bench);
        let peer = *MemorySigner::generate().public_key().as_uncompressed();
        let keys = CapsuleKeys::new(Arc::clone(&card), vec![0x07, 0x09]);
        assert_eq!(*keys.ecdh(0x07, &peer).unwrap(), *card.ecdh(DERIVE, &peer).unwrap());
        let unknown = keys.ecdh(0x08, &peer).unwrap_err();
        assert!(matches!(unknown, DecapsulateError::UnknownKey), "{unknown:?}");
        let point = keys.ecdh(0x07, &[4; 65]).unwrap_err();
        assert!(matches!(point, DecapsulateError::Point), "{point:?}");
        let missing = keys.ecdh(0x09, &peer).unwrap_err();
        assert!(matches!(missing, DecapsulateError::Device(_)), "{missing:?}");
    }

    fn a_capsule_is_opened_with_the_card(bench) {
        let card = card(bench);
        let config = wattkey_seal::KeyConfiguration {
            key_id: 0x07,
            public_key: *card.public_key(DERIVE).unwrap().as_uncompressed(),
            aeads: vec![wattkey_seal::Aead::Aes256Gcm],
        };
        let (capsule, pending) = wattkey_seal::seal_request(&config, b"request").unwrap();
        let keys = CapsuleKeys::new(card, vec![0x07]);
        let opened = wattkey_seal::open_request(&keys, &[config], &capsule).unwrap();
        assert_eq!(opened.message, b"request");
        let answer = opened.responder.seal(b"answer").unwrap();
        assert_eq!(pending.open(&answer).unwrap(), b"answer");
    }
}
