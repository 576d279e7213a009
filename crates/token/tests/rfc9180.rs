//! RFC 9180 appendix A.3.1 with the recipient's key in the token: the same numbers, through the same
//! functions, as `crates/seal/tests/rfc9180.rs` with the key in memory.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "the contract suite uses the rest")]
#[path = "contract/bench.rs"]
mod bench;

/// What `bench` makes tokens with.
mod token {
    use std::path::Path;
    use std::sync::Arc;

    use wattkey_token::{HostOptions, TokenError};

    pub(crate) use wattkey_token::{Module, UnlockedKey, UsbKey, provision};

    pub(crate) fn load(path: &Path) -> Result<Arc<Module>, TokenError> {
        let options = HostOptions {
            program: Some(env!("CARGO_BIN_EXE_wattkey-module-host").into()),
            ..HostOptions::default()
        };
        Module::load_with(path, &options)
    }
}

use serde_json::Value;
use std::sync::Arc;
use wattkey_pki::PublicKey;
use wattkey_seal::{Aead, KeyConfiguration, Recipient, open_request, seal_request};
use wattkey_token::{CapsuleKeys, Card, KeyUse, key_id};
use zeroize::Zeroizing;

const VECTORS: &str = include_str!("../../seal/testdata/rfc9180-a3-1.json");
const KEY_ID: u8 = 3;

fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().unwrap()).unwrap()
}

/// A card that holds the RFC's recipient key, as capsule key, and its configuration.
fn imported(bench: &bench::Bench, vectors: &Value) -> (CapsuleKeys, KeyConfiguration) {
    bench.empty_token("card");
    let card: Arc<Card> = Card::open(&bench.module(), "card", &bench::pin()).unwrap();
    let scalar = Zeroizing::new(<[u8; 32]>::try_from(bytes(&vectors["skRm"])).unwrap());
    let public_key = PublicKey::from_uncompressed(&bytes(&vectors["pkRm"])).unwrap();
    let id = key_id::capsule(KEY_ID);
    card.import_private_key(&id, KeyUse::Derive, "RFC 9180", &scalar, &public_key)
        .unwrap();
    let config = KeyConfiguration {
        key_id: KEY_ID,
        public_key: *public_key.as_uncompressed(),
        aeads: vec![Aead::Aes128Gcm],
    };
    (CapsuleKeys::new(card, vec![KEY_ID]), config)
}

#[test]
fn the_vectors_open_with_the_key_in_the_token() {
    bench::run(
        "rfc9180::the_vectors_open_with_the_key_in_the_token",
        |bench| {
            let vectors: Value = serde_json::from_str(VECTORS).unwrap();
            let (keys, config) = imported(bench, &vectors);
            let enc = bytes(&vectors["pkEm"]).try_into().unwrap();
            let info = bytes(&vectors["info"]);
            let mut recipient =
                Recipient::set_up(&keys, &config, Aead::Aes128Gcm, &enc, &info).unwrap();
            // Sequence numbers 0, 1 and 2; a recipient gets no further without the ones between.
            for (sequence, sealed) in (0..3).zip(vectors["encryptions"].as_array().unwrap()) {
                assert_eq!(sealed["sequence"], sequence);
                let opened = recipient.open(&bytes(&sealed["aad"]), &bytes(&sealed["ct"]));
                assert_eq!(opened.unwrap(), bytes(&vectors["pt"]), "{sequence}");
            }
            for export in vectors["exports"].as_array().unwrap() {
                let mut exported = [0; 32];
                recipient
                    .export(&bytes(&export["context"]), &mut exported)
                    .unwrap();
                assert_eq!(exported.to_vec(), bytes(&export["value"]));
            }
        },
    );
}

#[test]
fn a_capsule_to_the_same_key_opens() {
    bench::run("rfc9180::a_capsule_to_the_same_key_opens", |bench| {
        let vectors: Value = serde_json::from_str(VECTORS).unwrap();
        let (keys, config) = imported(bench, &vectors);
        let (capsule, pending) = seal_request(&config, b"request").unwrap();
        let opened = open_request(&keys, &[config], &capsule).unwrap();
        assert_eq!(opened.message, b"request");
        let answer = opened.responder.seal(b"answer").unwrap();
        assert_eq!(pending.open(&answer).unwrap(), b"answer");
    });
}
