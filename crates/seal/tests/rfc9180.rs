//! RFC 9180 appendix A.3.1: the numbers go through the code that opens requests.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use hpke::kem::DhP256HkdfSha256;
use hpke::rand_core::{TryCryptoRng, TryRng};
use hpke::{Deserializable as _, Kem, OpModeS, Serializable as _};
use serde_json::Value;
use std::collections::HashMap;
use std::convert::Infallible;
use wattkey_seal::{Aead, KeyConfiguration, OpenError, Recipient, SoftwareKey};

const VECTORS: &str = include_str!("../testdata/rfc9180-a3-1.json");
const KEY_ID: u8 = 3;

struct Vectors(Value);

impl Vectors {
    fn read() -> Self {
        Self(serde_json::from_str(VECTORS).unwrap())
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        hex::decode(self.0[name].as_str().unwrap()).unwrap()
    }

    fn pairs(&self, list: &str, left: &str, right: &str) -> Vec<(Vec<u8>, Vec<u8>)> {
        let bytes = |value: &Value| hex::decode(value.as_str().unwrap()).unwrap();
        let entries = self.0[list].as_array().unwrap();
        entries
            .iter()
            .map(|entry| (bytes(&entry[left]), bytes(&entry[right])))
            .collect()
    }

    fn encryptions(&self) -> HashMap<u64, (Vec<u8>, Vec<u8>)> {
        let sequences = self.0["encryptions"].as_array().unwrap();
        let sequences = sequences
            .iter()
            .map(|entry| entry["sequence"].as_u64().unwrap());
        sequences
            .zip(self.pairs("encryptions", "aad", "ct"))
            .collect()
    }

    fn key(&self) -> SoftwareKey {
        SoftwareKey::from_scalar(KEY_ID, &self.bytes("skRm").try_into().unwrap()).unwrap()
    }

    fn config(&self) -> KeyConfiguration {
        KeyConfiguration {
            key_id: KEY_ID,
            public_key: self.bytes("pkRm").try_into().unwrap(),
            aeads: vec![Aead::Aes128Gcm],
        }
    }

    fn recipient(&self) -> Recipient {
        let enc = self.bytes("pkEm").try_into().unwrap();
        let info = self.bytes("info");
        Recipient::set_up(&self.key(), &self.config(), Aead::Aes128Gcm, &enc, &info).unwrap()
    }
}

#[test]
fn public_key_is_the_private_keys() {
    let vectors = Vectors::read();
    assert_eq!(vectors.key().public_key().to_vec(), vectors.bytes("pkRm"));
}

/// The ephemeral key is `DeriveKeyPair(ikmE)`, and `hpke` derives it from what its generator gives.
struct Ephemeral(Vec<u8>);

impl TryRng for Ephemeral {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        unreachable!("key generation fills bytes")
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        unreachable!("key generation fills bytes")
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        out.copy_from_slice(&self.0);
        Ok(())
    }
}

impl TryCryptoRng for Ephemeral {}

/// Sequence numbers up to 256: what lies between the RFC's is sealed by the sender of `hpke`.
#[test]
fn every_ciphertext_opens_and_the_sender_makes_the_same() {
    let vectors = Vectors::read();
    let public = <DhP256HkdfSha256 as Kem>::PublicKey::from_bytes(&vectors.bytes("pkRm")).unwrap();
    let (enc, mut sender) = hpke::setup_sender_with_rng::<
        hpke::aead::AesGcm128,
        hpke::kdf::HkdfSha256,
        DhP256HkdfSha256,
    >(
        &OpModeS::Base,
        &public,
        &vectors.bytes("info"),
        &mut Ephemeral(vectors.bytes("ikmE")),
    )
    .unwrap();
    assert_eq!(enc.to_bytes().to_vec(), vectors.bytes("pkEm"));

    let (mut recipient, plaintext) = (vectors.recipient(), vectors.bytes("pt"));
    let mut expected = vectors.encryptions();
    for sequence in 0..=256_u64 {
        let aad = format!("Count-{sequence}").into_bytes();
        let sealed = sender.seal(&plaintext, &aad).unwrap();
        let ciphertext = expected
            .remove(&sequence)
            .map_or(sealed.clone(), |(of_rfc, ct)| {
                assert_eq!(of_rfc, aad);
                ct
            });
        assert_eq!(sealed, ciphertext, "{sequence}");
        assert_eq!(
            recipient.open(&aad, &ciphertext).unwrap(),
            plaintext,
            "{sequence}"
        );
    }
    assert!(expected.is_empty());
}

#[test]
fn exported_values_are_the_rfcs() {
    let vectors = Vectors::read();
    let recipient = vectors.recipient();
    let exports = vectors.pairs("exports", "context", "value");
    assert_eq!(exports.len(), 3);
    for (context, value) in exports {
        let mut exported = [0; 32];
        recipient.export(&context, &mut exported).unwrap();
        assert_eq!(exported.to_vec(), value);
    }
}

#[test]
fn another_info_opens_nothing() {
    let vectors = Vectors::read();
    let enc = vectors.bytes("pkEm").try_into().unwrap();
    let mut recipient = Recipient::set_up(
        &vectors.key(),
        &vectors.config(),
        Aead::Aes128Gcm,
        &enc,
        b"other",
    )
    .unwrap();
    let (aad, ciphertext) = &vectors.encryptions()[&0];
    assert!(matches!(
        recipient.open(aad, ciphertext),
        Err(OpenError::Unopenable)
    ));
}
