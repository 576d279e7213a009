//! Against the `ohttp` crate, which shares no code with ours: its client with our gateway, our
//! client with its gateway.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use ohttp::hpke::{Aead as TheirAead, Kdf, Kem};
use ohttp::{ClientRequest, KeyConfig, Server, SymmetricSuite};
use wattkey_seal::message::{Request, Response};
use wattkey_seal::{
    Aead, KeyConfiguration, MAX_CAPSULE, OpenError, SIZE_CLASSES, SealError, SoftwareKey,
    open_request, seal_request,
};

fn gateway(key_id: u8) -> (SoftwareKey, Vec<KeyConfiguration>) {
    let key = SoftwareKey::generate(key_id).unwrap();
    let config = KeyConfiguration {
        key_id,
        public_key: *key.public_key(),
        aeads: vec![Aead::Aes256Gcm, Aead::Aes128Gcm],
    };
    (key, vec![config])
}

fn request(path: &str) -> Request {
    Request {
        method: "POST".into(),
        scheme: "https".into(),
        authority: "pay.example".into(),
        path: path.into(),
        fields: vec![("content-type".into(), b"application/jose".to_vec())],
        body: b"e30.e30.AAAA".to_vec(),
    }
}

#[test]
fn their_client_is_opened_and_answered() {
    let (key, configs) = gateway(7);
    let list = KeyConfiguration::encode_list(&configs).unwrap();
    let client = ClientRequest::from_encoded_config_list(&list).unwrap();
    let message = request("/v1/orders").encode_padded().unwrap();
    let (capsule, pending) = client.encapsulate(&message).unwrap();

    let opened = open_request(&key, &configs, &capsule).unwrap();
    assert_eq!(
        Request::decode(&opened.message).unwrap(),
        request("/v1/orders")
    );

    let answer = Response {
        status: 201,
        fields: vec![],
        body: b"{}".to_vec(),
    };
    let sealed = opened
        .responder
        .seal(&answer.encode_padded().unwrap())
        .unwrap();
    let message = pending.decapsulate(&sealed).unwrap();
    assert_eq!(Response::decode(&message).unwrap(), answer);
}

#[test]
fn our_client_is_opened_and_answered_by_their_gateway() {
    // Their gateway knows AES-128-GCM of our two.
    let suite = SymmetricSuite::new(Kdf::HkdfSha256, TheirAead::Aes128Gcm);
    let server = Server::new(KeyConfig::new(9, Kem::P256Sha256, vec![suite]).unwrap()).unwrap();
    let list = KeyConfig::encode_list(&[server.config()]).unwrap();
    let configs = KeyConfiguration::decode_list(&list).unwrap();
    assert_eq!(
        (configs[0].key_id, configs[0].aeads.as_slice()),
        (9, &[Aead::Aes128Gcm][..])
    );

    let message = request("/v1/orders").encode_padded().unwrap();
    let (capsule, pending) = seal_request(&configs[0], &message).unwrap();
    let (opened, responder) = server.decapsulate(&capsule).unwrap();
    assert_eq!(opened, message);

    let answer = Response {
        status: 404,
        fields: vec![],
        body: vec![],
    };
    let answer = answer.encode_padded().unwrap();
    let sealed = responder.encapsulate(&answer).unwrap();
    assert_eq!(pending.open(&sealed).unwrap(), answer);
}

#[test]
fn both_algorithms_carry_the_largest_message() {
    for aead in [Aead::Aes128Gcm, Aead::Aes256Gcm] {
        let (key, mut configs) = gateway(1);
        configs[0].aeads = vec![aead];
        let message = vec![5; SIZE_CLASSES[5]];
        let (capsule, pending) = seal_request(&configs[0], &message).unwrap();
        assert!(capsule.len() <= MAX_CAPSULE);
        let opened = open_request(&key, &configs, &capsule).unwrap();
        assert!(opened.message == message);
        let sealed = opened.responder.seal(&message).unwrap();
        assert!(pending.open(&sealed).unwrap() == message);
    }
}

#[test]
fn too_large_a_message_is_not_sealed() {
    let (key, configs) = gateway(1);
    let message = vec![0; MAX_CAPSULE];
    let sealed = seal_request(&configs[0], &message).map(|_| ());
    assert_eq!(sealed, Err(SealError::TooLarge(MAX_CAPSULE)));
    let (capsule, _) = seal_request(&configs[0], b"small").unwrap();
    let opened = open_request(&key, &configs, &capsule).unwrap();
    assert_eq!(
        opened.responder.seal(&message),
        Err(SealError::TooLarge(MAX_CAPSULE))
    );
}

#[test]
fn unknown_key_is_told_apart_and_nothing_else() {
    let (key, configs) = gateway(7);
    let (_, others) = gateway(8);
    let (capsule, _) = seal_request(&others[0], b"x").unwrap();
    let error = open_request(&key, &configs, &capsule).unwrap_err();
    assert!(matches!(error, OpenError::UnknownKey));
    // Still published, already destroyed on the card.
    let error = open_request(&key, &others, &capsule).unwrap_err();
    assert!(matches!(error, OpenError::UnknownKey));
    // The same id, another key.
    let (_, replaced) = gateway(7);
    let (capsule, _) = seal_request(&replaced[0], b"x").unwrap();
    let error = open_request(&key, &configs, &capsule).unwrap_err();
    assert!(matches!(error, OpenError::Unopenable));
}

#[test]
fn algorithm_that_the_configuration_does_not_name_is_refused() {
    let (key, mut configs) = gateway(7);
    let (capsule, _) = seal_request(&configs[0], b"x").unwrap();
    configs[0].aeads = vec![Aead::Aes128Gcm];
    let error = open_request(&key, &configs, &capsule).unwrap_err();
    assert!(matches!(error, OpenError::Unopenable));
}

#[test]
fn configuration_that_cannot_be_used_is_refused() {
    let (_, configs) = gateway(7);
    let mut config = configs[0].clone();
    config.public_key[64] ^= 1;
    let sealed = seal_request(&config, b"x").map(|_| ());
    assert_eq!(sealed, Err(SealError::Configuration));
    config.aeads.clear();
    let sealed = seal_request(&config, b"x").map(|_| ());
    assert_eq!(sealed, Err(SealError::Configuration));
}

#[test]
fn replay_id_is_the_capsules() {
    let (key, configs) = gateway(7);
    let (first, _) = seal_request(&configs[0], b"x").unwrap();
    let (second, _) = seal_request(&configs[0], b"x").unwrap();
    let id = |capsule: &[u8]| open_request(&key, &configs, capsule).unwrap().replay_id;
    assert_eq!(id(&first), id(&first));
    assert_ne!(id(&first), id(&second));
}
