//! A reader, both modules, and cards.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use wattkey_pki::issue::{self, Subject};
use wattkey_pki::{Certificate, MemorySigner, PublicKey, Role, Signer};
use wattkey_token::provision::{self, Credentials, KeyPairs, Target};
use wattkey_token::{Deadlines, HostOptions, Module, Pin, UsbKey};
use wattkey_virtual_reader::{PluggedKey, Reader, Slot};

/// The user's PIN of an issued card.
pub(crate) const PIN: &str = "271828";
pub(crate) const PUK: &str = "31415926";
const MANAGEMENT_KEY: &str = "a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718";
/// Yubico's number of the first card.
pub(crate) const NUMBER: u32 = 10_000_001;

pub(crate) struct Desk {
    pub(crate) reader: Reader,
}

impl Desk {
    pub(crate) fn open() -> Self {
        Self {
            reader: Reader::start().unwrap(),
        }
    }

    /// Plugs card `number` in.
    pub(crate) fn plug_in(&self, slot: Slot, number: u32) -> PluggedKey {
        let memory = self.memory(number);
        self.reader.plug_in(slot, &memory, number).unwrap()
    }

    pub(crate) fn memory(&self, number: u32) -> PathBuf {
        self.reader.folder().join(number.to_string())
    }

    /// For using cards.
    #[expect(clippy::unused_self, reason = "it sees cards while the desk is open")]
    pub(crate) fn opensc(&self) -> Arc<Module> {
        module(&wattkey_virtual_reader::opensc())
    }

    /// For issuing cards.
    #[expect(clippy::unused_self, reason = "it sees cards while the desk is open")]
    pub(crate) fn yubico(&self) -> Arc<Module> {
        module(&wattkey_virtual_reader::ykcs11())
    }

    /// Issues the card in this slot; its serial number.
    pub(crate) fn issue(&self, slot: Slot) -> String {
        let yubico = self.yubico();
        let mut tokens = yubico.tokens().unwrap().into_iter();
        let info = tokens.find(|info| info.reader == slot.reader()).unwrap();
        let target = Target::Card {
            serial: &info.serial,
            current: &Credentials::of_new_piv_card(),
        };
        let credentials = credentials();
        let issued = provision::issue(&yubico, &target, &credentials).unwrap();
        let [authentication, signature] = certificates(&info.serial, &issued.keys);
        let writing = credentials.for_writing(&issued.info);
        provision::write_certificates(&yubico, &info.serial, writing, &authentication, &signature)
            .unwrap();
        info.serial
    }

    /// The only card, as OpenSC sees it.
    pub(crate) fn usb_key(&self) -> UsbKey {
        let mut keys = self.opensc().usb_keys().unwrap();
        assert_eq!(keys.len(), 1);
        keys.remove(0)
    }
}

fn module(path: &Path) -> Arc<Module> {
    Module::load_with(path, &options()).unwrap()
}

/// Short deadlines where a test waits for them: OpenSC 0.23 hangs when a card goes during a command.
pub(crate) fn options() -> HostOptions {
    HostOptions {
        program: Some(env!("CARGO_BIN_EXE_wattkey-module-host").into()),
        deadlines: Deadlines {
            sign: Duration::from_secs(3),
            login: Duration::from_secs(5),
            ..Deadlines::default()
        },
        ..HostOptions::default()
    }
}

/// What a card has when it is issued.
pub(crate) fn credentials() -> Credentials {
    Credentials {
        pin: pin(),
        puk: puk(),
        security_officer_pin: Pin::new(MANAGEMENT_KEY.to_owned()),
    }
}

pub(crate) fn pin() -> Pin {
    Pin::new(PIN.to_owned())
}

pub(crate) fn puk() -> Pin {
    Pin::new(PUK.to_owned())
}

pub(crate) fn wrong_pin() -> Pin {
    Pin::new("999998".to_owned())
}

/// Certificates of a user's two keys.
pub(crate) fn certificates(serial: &str, keys: &KeyPairs) -> [Certificate; 2] {
    let now = Timestamp::from_second(1_790_000_000).unwrap();
    let ca_key = MemorySigner::generate();
    let ca = issue::self_signed_ca("Issuing CA", "Example Power", &ca_key, now, 5_000).unwrap();
    let subject = Subject {
        common_name: "Li Na".to_owned(),
        organisation: "Example Steel".to_owned(),
        key_serial: Some(serial.to_owned()),
        dns_names: Vec::new(),
    };
    [
        (Role::UserAuthentication, &keys.authentication),
        (Role::UserSignature, &keys.signature),
    ]
    .map(|(role, key)| issue::certificate(&ca, &ca_key, role, &subject, key, now, 1_000).unwrap())
}

/// Unlocks the key and uses both of its keys.
pub(crate) fn assert_signs(key: UsbKey, pin: &Pin) {
    let key = key.unlock(pin).unwrap();
    let signer = key.authentication_signer();
    let signature = signer.sign(b"a session statement").unwrap();
    assert_valid(signer.public_key(), b"a session statement", &signature);
    let signature = key.sign_with_signature_key(pin, b"an order").unwrap();
    assert_valid(
        key.signature_certificate().public_key(),
        b"an order",
        &signature,
    );
}

fn assert_valid(key: &PublicKey, message: &[u8], signature: &wattkey_pki::Signature) {
    key.verify(message, signature).unwrap();
}

/// Polls until something is so; how long it took.
pub(crate) fn eventually(limit: Duration, mut so: impl FnMut() -> bool) -> Duration {
    let start = Instant::now();
    while !so() {
        assert!(start.elapsed() < limit, "not so within {limit:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
    start.elapsed()
}
