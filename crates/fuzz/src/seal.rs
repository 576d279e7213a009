//! Capsules, key lists and Binary HTTP.

use crate::Outcome;
use std::sync::LazyLock;
use wattkey_seal::message::{Request, Response};
use wattkey_seal::{
    Aead, KeyConfiguration, OpenError, SIZE_CLASSES, SoftwareKey, open_request, seal_request,
};

/// The recipient of RFC 9180 appendix A.3.1: a fixed key, so that a capsule can be a seed.
const SCALAR: [u8; 32] = [
    0xf3, 0xce, 0x7f, 0xda, 0xe5, 0x7e, 0x1a, 0x31, 0x0d, 0x87, 0xf1, 0xeb, 0xbd, 0xe6, 0xf3, 0x28,
    0xbe, 0x0a, 0x99, 0xcd, 0xbc, 0xad, 0xf4, 0xd6, 0x58, 0x9c, 0xf2, 0x9d, 0xe4, 0xb8, 0xff, 0xd2,
];

static GATEWAY: LazyLock<(SoftwareKey, Vec<KeyConfiguration>)> = LazyLock::new(|| {
    let key = SoftwareKey::from_scalar(7, &SCALAR).expect("a scalar");
    let config = KeyConfiguration {
        key_id: 7,
        public_key: *key.public_key(),
        aeads: vec![Aead::Aes256Gcm, Aead::Aes128Gcm],
    };
    (key, vec![config])
});

pub(crate) fn capsule(bytes: &[u8]) -> Outcome {
    let (key, configs) = &*GATEWAY;
    match open_request(key, configs, bytes) {
        Ok(opened) => {
            let _ = Request::decode(&opened.message);
            let again = open_request(key, configs, bytes).expect("opened a moment ago");
            assert_eq!(opened.replay_id, again.replay_id);
            assert_eq!(opened.message, again.message);
            Outcome::Read
        }
        Err(OpenError::Device(error)) => panic!("no device is involved: {error}"),
        Err(_) => Outcome::Refused,
    }
}

pub(crate) fn capsule_answer(bytes: &[u8]) -> Outcome {
    let (_, pending) = seal_request(&GATEWAY.1[0], b"").expect("seals");
    // The key is fresh: no answer fits it.
    assert!(pending.open(bytes).is_err());
    Outcome::Refused
}

pub(crate) fn key_list(bytes: &[u8]) -> Outcome {
    let _ = KeyConfiguration::decode(bytes);
    let list = KeyConfiguration::decode_list(bytes);
    if let Ok(list) = &list {
        let encoded = KeyConfiguration::encode_list(list).expect("was read");
        let again = KeyConfiguration::decode_list(&encoded).expect("was just written");
        assert_eq!(&again, list);
    }
    Outcome::of(&list)
}

pub(crate) fn http_request(bytes: &[u8]) -> Outcome {
    let request = Request::decode(bytes);
    if let Ok(request) = &request {
        // The encoding here may be longer than the one that was read only by what it spells out.
        if let Ok(encoded) = request.encode_padded() {
            assert!(SIZE_CLASSES.contains(&encoded.len()));
            assert_eq!(
                &Request::decode(&encoded).expect("was just written"),
                request
            );
        }
        let bhttp_agrees = bytes.first() == Some(&0) || bytes.first().is_some_and(|b| b >> 6 > 0);
        assert!(bhttp_agrees, "a request begins with the integer 0");
    }
    Outcome::of(&request)
}

pub(crate) fn http_response(bytes: &[u8]) -> Outcome {
    let response = Response::decode(bytes);
    if let Ok(response) = &response {
        assert!((200..=599).contains(&response.status));
        if let Ok(encoded) = response.encode_padded() {
            assert!(SIZE_CLASSES.contains(&encoded.len()));
            assert_eq!(
                &Response::decode(&encoded).expect("was just written"),
                response
            );
        }
    }
    Outcome::of(&response)
}
