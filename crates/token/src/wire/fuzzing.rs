//! The decoders of frames, for the fuzz targets: whatever they take, they take again after writing it.

use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::frame;
use super::{Answer, CardOperation, Hello, Key, Operation, Reply, Request, Secret, VERSION};
use crate::thumbprints::Thumbprints;
use crate::{Event, Pin, PinState, TokenError, TokenInfo};

/// Whether the child takes this as a request.
#[must_use]
pub fn request(bytes: &[u8]) -> bool {
    taken::<Request>(bytes)
}

/// Whether the child takes this as the first frame.
#[must_use]
pub fn hello(bytes: &[u8]) -> bool {
    taken::<Hello>(bytes)
}

/// Whether the parent takes this as a reply.
#[must_use]
pub fn reply(bytes: &[u8]) -> bool {
    taken::<Reply>(bytes)
}

/// Whether a PIV card's identifier has a serial number.
#[must_use]
pub fn card_holder_identifier(bytes: &[u8]) -> bool {
    let serial = crate::local::chuid::serial(bytes);
    assert!(serial.as_ref().is_none_or(|serial| serial.len() == 16));
    serial.is_some()
}

/// Frames of each kind to start from: target, name, bytes.
#[must_use]
pub fn samples() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let bytes = |frame: Result<zeroize::Zeroizing<Vec<u8>>, _>| {
        frame.map_or_else(|_: frame::FrameError| Vec::new(), |frame| frame.to_vec())
    };
    let request = |operation| bytes(frame::encode(&Request { id: 3, operation }));
    let reply = |answer| bytes(frame::encode(&Reply { id: 3, answer }));
    let pin = || Pin::new("123456".to_owned());
    let info = || TokenInfo {
        label: "card".to_owned(),
        serial: "0001".to_owned(),
        manufacturer: "maker".to_owned(),
        model: "model".to_owned(),
        reader: "reader".to_owned(),
        pin: PinState::default(),
        pin_length: Some((4, 8)),
    };
    let key = || Key {
        info: info(),
        authentication: Some(vec![0x30, 0]),
        signature: None,
    };
    let hello = Hello {
        version: VERSION.to_owned(),
        module: "/usr/lib/module.so".into(),
    };
    let unlock = Operation::Unlock {
        serial: "0001".to_owned(),
        certificates: Thumbprints::of(None, None),
        pin: pin(),
    };
    let change = Operation::ChangePin {
        serial: "0001".to_owned(),
        old: Pin::on_device(),
        new: pin(),
    };
    let derive = Operation::Card {
        card: 1,
        operation: CardOperation::Derive {
            id: vec![0x20, 7],
            peer: vec![4; 65],
        },
    };
    let wrong = TokenError::WrongPin {
        state: PinState::default(),
    };
    let secret = Answer::Secret(Secret(zeroize::Zeroizing::new([7; 32])));
    vec![
        ("module_hello", "ok-hello", bytes(frame::encode(&hello))),
        ("module_request", "ok-tokens", request(Operation::Tokens)),
        ("module_request", "ok-unlock", request(unlock)),
        ("module_request", "ok-change", request(change)),
        ("module_request", "ok-derive", request(derive)),
        ("module_reply", "ok-done", reply(Ok(Answer::Done))),
        (
            "module_reply",
            "ok-keys",
            reply(Ok(Answer::UsbKeys(vec![key(), key()]))),
        ),
        ("module_reply", "ok-secret", reply(Ok(secret))),
        (
            "module_reply",
            "ok-event",
            reply(Ok(Answer::Event(Some(Event::PluggedIn(info()))))),
        ),
        ("module_reply", "ok-wrong-pin", reply(Err(wrong))),
    ]
}

fn taken<T: Serialize + DeserializeOwned + Debug>(bytes: &[u8]) -> bool {
    let Ok(Some(value)) = frame::read::<T>(bytes) else {
        return false;
    };
    let frame = frame::encode(&value).expect("what came in a frame fits in one");
    let again: T = frame::read(frame.as_slice())
        .expect("it was written a moment ago")
        .expect("it is not empty");
    assert_eq!(format!("{value:?}"), format!("{again:?}"));
    true
}
