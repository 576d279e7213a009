//! Certificates, lists of revoked ones, keys, signatures and JWS.

use crate::Outcome;
use crate::fixtures::{KEYS, now};
use jiff::SignedDuration;
use std::sync::LazyLock;
use wattkey_pki::issue::{self, Revoked};
use wattkey_pki::jws::{Compact, General};
use wattkey_pki::{Certificate, Crl, Jwk, PublicKey, Role, Signature};

/// The bound on a JWS that the targets read.
const MAX_LEN: usize = 128 * 1024;

pub(crate) fn certificate(bytes: &[u8]) -> Outcome {
    let certificate = match std::str::from_utf8(bytes) {
        Ok(text) if text.starts_with("-----BEGIN") => Certificate::from_pem(text),
        _ => Certificate::from_der(bytes),
    };
    if let Ok(certificate) = &certificate {
        let again = Certificate::from_der(certificate.der()).expect("was read");
        assert_eq!(&again, certificate);
        let from_pem = Certificate::from_pem(&certificate.pem()).expect("was just written");
        assert_eq!(from_pem.thumbprint(), certificate.thumbprint());
        // Whatever it says, it was not issued by this process' CA.
        for role in Role::all() {
            let trusted = KEYS.anchor().verify(certificate, role, now());
            assert!(trusted.is_err() || *certificate == KEYS.ca.certificate);
        }
    }
    Outcome::of(&certificate)
}

/// A list of another CA's, of which only the syntax is reached; or, after `PATCH`, changes to one of
/// this process' CA: two bytes of place, one that is XORed there.
pub(crate) fn crl(bytes: &[u8]) -> Outcome {
    static LIST: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let revoked = [Revoked {
            serial_number: KEYS.authentication.certificate.serial_number().to_vec(),
            at: now(),
        }];
        let later = now() + SignedDuration::from_hours(168);
        issue::crl(
            &KEYS.ca.certificate,
            &KEYS.ca.key,
            &revoked,
            2,
            now(),
            later,
        )
        .expect("issues")
    });
    let mut list = bytes.to_vec();
    if let Some(changes) = bytes.strip_prefix(b"PATCH") {
        list.clone_from(&LIST);
        for &[high, low, mask] in changes.as_chunks::<3>().0 {
            let place = usize::from(u16::from_be_bytes([high, low])) % list.len();
            list[place] ^= mask;
        }
    }
    let read = Crl::read(&list, &KEYS.ca.certificate);
    if let Ok(read) = &read {
        let serial = KEYS.authentication.certificate.serial_number();
        assert!(
            list == *LIST && read.is_revoked(serial),
            "signed by this CA"
        );
    }
    Outcome::of(&read)
}

pub(crate) fn signature_der(bytes: &[u8]) -> Outcome {
    let signature = Signature::from_der(bytes);
    if let Ok(signature) = &signature {
        assert_eq!(signature.to_der(), bytes, "DER has one form");
        let raw = Signature::from_raw(signature.raw()).expect("was read");
        assert_eq!(&raw, signature);
    }
    Outcome::of(&signature)
}

pub(crate) fn public_key(bytes: &[u8]) -> Outcome {
    let key = PublicKey::from_uncompressed(bytes).or_else(|_| PublicKey::from_spki(bytes));
    if let Ok(key) = &key {
        let spki = PublicKey::from_spki(&key.spki()).expect("was just written");
        assert_eq!(&spki, key);
        assert_eq!(
            &PublicKey::from_jwk(&key.jwk()).expect("was just written"),
            key
        );
    }
    Outcome::of(&key)
}

pub(crate) fn jwk(bytes: &[u8]) -> Outcome {
    let Ok(jwk) = serde_json::from_slice::<Jwk>(bytes) else {
        return Outcome::Refused;
    };
    let key = PublicKey::from_jwk(&jwk);
    if let Ok(key) = &key {
        assert_eq!(key.jwk(), jwk, "a key has one JWK");
    }
    Outcome::of(&key)
}

pub(crate) fn jws_compact(bytes: &[u8]) -> Outcome {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Outcome::Refused;
    };
    let compact = Compact::parse(text, "wattkey-order+jws", MAX_LEN);
    if let Ok(compact) = &compact {
        assert_eq!(compact.as_str(), text);
        assert!(
            compact
                .verify(KEYS.signature.certificate.public_key())
                .is_err()
        );
    }
    Outcome::of(&compact)
}

pub(crate) fn jws_general(bytes: &[u8]) -> Outcome {
    let typ = "wattkey-receipt+jws";
    let general = General::parse(bytes, typ, MAX_LEN);
    if let Ok(general) = &general {
        let text = general.to_json();
        let again = General::parse(text.as_bytes(), typ, MAX_LEN).expect("was just written");
        assert_eq!(again.to_json(), text);
        assert_eq!(again.payload_unverified(), general.payload_unverified());
        for index in 0..general.signatures() {
            assert!(!general.chain(index).is_empty());
            assert!(
                general
                    .verify(index, KEYS.platform.certificate.public_key())
                    .is_err()
            );
        }
    }
    Outcome::of(&general)
}
