//! Round trips at the edges of the size classes, tampering, and the replay window against a model.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use proptest::prelude::*;
use std::collections::BTreeMap;
use wattkey_seal::message::{Request, Response};
use wattkey_seal::{
    Aead, KeyConfiguration, OpenError, Replay, ReplayWindow, SIZE_CLASSES, SoftwareKey,
    open_request, seal_request,
};

fn gateway() -> (SoftwareKey, Vec<KeyConfiguration>) {
    let key = SoftwareKey::generate(0).unwrap();
    let config = KeyConfiguration {
        key_id: 0,
        public_key: *key.public_key(),
        aeads: vec![Aead::Aes256Gcm, Aead::Aes128Gcm],
    };
    (key, vec![config])
}

fn request(body: Vec<u8>) -> Request {
    Request {
        method: "POST".into(),
        scheme: "https".into(),
        authority: "pay.example".into(),
        path: "/".into(),
        fields: vec![],
        body,
    }
}

/// The length of a request's message without padding, for a body whose length takes `integer` bytes.
fn overhead(integer: usize) -> usize {
    1 + (1 + 4) + (1 + 5) + (1 + 11) + (1 + 1) + 1 + integer + 1
}

#[test]
fn each_size_class_is_filled_to_its_last_byte() {
    let (key, configs) = gateway();
    for (index, class) in SIZE_CLASSES.into_iter().enumerate() {
        let full = class - overhead(if class <= 16 << 10 { 2 } else { 4 });
        for (length, padded) in [
            (full - 1, Some(class)),
            (full, Some(class)),
            (full + 1, SIZE_CLASSES.get(index + 1).copied()),
        ] {
            let request = request(vec![0xa5; length]);
            let Some(padded) = padded else {
                assert!(request.encode_padded().is_err());
                continue;
            };
            let message = request.encode_padded().unwrap();
            assert_eq!(message.len(), padded, "body of {length}");
            let (capsule, _) = seal_request(&configs[0], &message).unwrap();
            assert_eq!(capsule.len(), 7 + 65 + padded + 16);
            let opened = open_request(&key, &configs, &capsule).unwrap();
            assert!(Request::decode(&opened.message).unwrap() == request);
        }
    }
}

#[test]
fn every_byte_of_a_capsule_counts() {
    let (key, configs) = gateway();
    let (capsule, _) = seal_request(&configs[0], b"hello").unwrap();
    for index in 0..capsule.len() {
        for bit in 0..8 {
            let mut changed = capsule.clone();
            changed[index] ^= 1 << bit;
            let error = open_request(&key, &configs, &changed).unwrap_err();
            match index {
                0 => assert!(matches!(error, OpenError::UnknownKey)),
                _ => assert!(matches!(error, OpenError::Unopenable), "{index}: {error}"),
            }
        }
    }
    for end in 0..capsule.len() {
        assert!(
            open_request(&key, &configs, &capsule[..end]).is_err(),
            "{end}"
        );
    }
    let longer = [capsule.as_slice(), &[0]].concat();
    assert!(open_request(&key, &configs, &longer).is_err());
    open_request(&key, &configs, &capsule).unwrap();
}

#[test]
fn every_byte_of_an_answer_counts() {
    let (key, configs) = gateway();
    let answer = |change: Option<(usize, u8)>| {
        let (capsule, pending) = seal_request(&configs[0], b"hello").unwrap();
        let opened = open_request(&key, &configs, &capsule).unwrap();
        let mut sealed = opened.responder.seal(b"world").unwrap();
        if let Some((index, mask)) = change {
            sealed[index] ^= mask;
        }
        (sealed.len(), pending.open(&sealed))
    };
    let (length, message) = answer(None);
    assert_eq!(message.unwrap(), b"world");
    assert_eq!(length, 32 + 5 + 16);
    for index in 0..length {
        let (_, message) = answer(Some((index, 0x10)));
        assert!(matches!(message, Err(OpenError::Unopenable)), "{index}");
    }
}

/// An answer opens with the request that it answers, and with no other.
#[test]
fn answers_are_not_exchanged() {
    let (key, configs) = gateway();
    let (first, pending_first) = seal_request(&configs[0], b"1").unwrap();
    let (_, pending_second) = seal_request(&configs[0], b"2").unwrap();
    let opened = open_request(&key, &configs, &first).unwrap();
    let sealed = opened.responder.seal(b"answer").unwrap();
    assert!(matches!(
        pending_second.open(&sealed),
        Err(OpenError::Unopenable)
    ));
    assert_eq!(pending_first.open(&sealed).unwrap(), b"answer");
}

fn name() -> impl Strategy<Value = String> {
    "[a-z0-9!#$%&'*+.^_`|~-]{1,20}".prop_filter("cookies are joined", |name| name != "cookie")
}

fn value() -> impl Strategy<Value = Vec<u8>> {
    "([!-~]([ -~]{0,40}[!-~])?)?".prop_map(String::into_bytes)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn requests_survive(
        method in "[A-Z]{1,10}",
        authority in "[a-z0-9.-]{0,30}",
        path in "/[!\"$-~]{0,200}",
        fields in prop::collection::vec((name(), value()), 0..10),
        body in prop::collection::vec(any::<u8>(), 0..5000),
    ) {
        let request = Request { method, scheme: "https".into(), authority, path, fields, body };
        let bytes = request.encode_padded().unwrap();
        prop_assert!(SIZE_CLASSES.contains(&bytes.len()));
        prop_assert_eq!(Request::decode(&bytes).unwrap(), request);
    }

    #[test]
    fn responses_survive(
        status in 200_u16..600,
        fields in prop::collection::vec((name(), value()), 0..10),
        body in prop::collection::vec(any::<u8>(), 0..5000),
    ) {
        let response = Response { status, fields, body };
        let bytes = response.encode_padded().unwrap();
        prop_assert_eq!(Response::decode(&bytes).unwrap(), response);
    }

    /// What decodes, encodes to a message that decodes to the same.
    #[test]
    fn decoding_is_stable(bytes in prop::collection::vec(prop_oneof![0_u8..8, any::<u8>()], 0..80)) {
        if let Ok(request) = Request::decode(&bytes) {
            prop_assert_eq!(Request::decode(&request.encode_padded().unwrap()).unwrap(), request);
        }
        if let Ok(response) = Response::decode(&bytes) {
            prop_assert_eq!(Response::decode(&response.encode_padded().unwrap()).unwrap(), response);
        }
        if let Ok(list) = KeyConfiguration::decode_list(&bytes) {
            prop_assert_eq!(KeyConfiguration::encode_list(&list).unwrap(), bytes);
        }
    }

    #[test]
    fn replay_window_agrees_with_its_model(
        steps in prop::collection::vec((0_u8..12, -5_i64..40, -3_i64..8), 1..200),
        capacity in 1_usize..8,
    ) {
        let mut window = ReplayWindow::new(capacity);
        let mut model = BTreeMap::new();
        let (mut now, mut latest) = (1000, i64::MIN);
        for (id, lifetime, passed) in steps {
            now += passed;
            latest = latest.max(now);
            model.retain(|_, until| *until >= latest);
            let until = now + lifetime;
            let expected = if model.contains_key(&id) {
                Replay::Seen
            } else if until < latest {
                Replay::Expired
            } else if model.len() == capacity {
                Replay::Full
            } else {
                model.insert(id, until);
                Replay::Fresh
            };
            prop_assert_eq!(window.insert([id; 32], until, now), expected);
            prop_assert_eq!(window.len(), model.len());
        }
    }
}
