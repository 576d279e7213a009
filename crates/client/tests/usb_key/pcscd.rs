//! A real card's firmware behind pcscd, as a person with `wattkey` meets it: tries, the lock, the PUK, pulling.

use std::io::Write as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use wattkey_client::client::{Client, UnlockAgainError};
use wattkey_client::config::Config;
use wattkey_client::journal::Journal;
use wattkey_client::keys;
use wattkey_client::lock::Locked;
use wattkey_token::provision::{self, Credentials, Target};
use wattkey_token::{HostOptions, Module};
use wattkey_transport::clock;
use wattkey_virtual_reader::{PluggedKey, Reader, Slot};

use crate::bench::{Bench, Issue, Ran, pin};
use crate::gateway::{Gateway, Reaction, me};
use crate::pulled::{PAY, until_signed};
use crate::watch::Watched;

const PIN: &str = "271828";
const NEW: &str = "161803";
const WRONG: &str = "999998";
const PUK: &str = "31415926";
const MANAGEMENT_KEY: &str = "a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718";
const NUMBER: u32 = 10_000_001;
/// A call to a card that is gone ends within this: its deadline, and what is read after it.
const PATIENCE: Duration = Duration::from_secs(40);
/// A session ends with its key within this.
const NOTICED: Duration = Duration::from_secs(1);
/// A key that comes or goes is told within this.
const SOON: Duration = Duration::from_secs(2);

const WHOAMI: [&str; 3] = ["whoami", "--pin-fd", "0"];
const UNBLOCK: [&str; 6] = ["pin", "unblock", "--puk-fd", "0", "--new-pin-fd", "0"];

/// A desk with a reader, and a card that is issued and plugged in.
struct Desk {
    bench: Bench,
    serial: String,
    key: Option<PluggedKey>,
    reader: Reader,
    _folder: tempfile::TempDir,
}

impl Desk {
    fn open() -> Desk {
        let folder = tempfile::tempdir().unwrap();
        let bench = Bench::new(folder.path().to_owned());
        bench.configure(wattkey_virtual_reader::opensc().to_str().unwrap());
        let reader = Reader::start().unwrap();
        let memory = reader.folder().join("card");
        let key = reader.plug_in(Slot::First, &memory, NUMBER).unwrap();
        let serial = issue(&bench);
        Desk {
            bench,
            serial,
            key: Some(key),
            reader,
            _folder: folder,
        }
    }

    fn whoami(&self, pin: &str) -> Ran {
        self.bench.wattkey(&WHOAMI, &format!("{pin}\n"))
    }

    /// State of the PIN in the list of keys.
    fn pin(&self) -> String {
        let ran = self.bench.wattkey(&["keys", "--json"], "");
        let json: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        let key = &json["keys"][0];
        assert_eq!(key["serial"], self.serial.as_str(), "{ran:#?}");
        assert_eq!(key["reader"], Slot::First.reader(), "{ran:#?}");
        assert_eq!(key["fault"], serde_json::Value::Null, "{ran:#?}");
        key["pin"].as_str().unwrap().to_owned()
    }
}

/// Issues the card through Yubico's module; its serial number.
fn issue(bench: &Bench) -> String {
    let options = HostOptions {
        program: Some(env!("CARGO_BIN_EXE_wattkey").into()),
        ..HostOptions::default()
    };
    let yubico = Module::load_with(&wattkey_virtual_reader::ykcs11(), &options).unwrap();
    let serial = yubico.tokens().unwrap().remove(0).serial;
    let target = Target::Card {
        serial: &serial,
        current: &Credentials::of_new_piv_card(),
    };
    let credentials = Credentials {
        pin: pin(PIN),
        puk: pin(PUK),
        security_officer_pin: pin(MANAGEMENT_KEY),
    };
    let issued = provision::issue(&yubico, &target, &credentials).unwrap();
    let serial = issued.info.serial.clone();
    let [one, two] = bench.certificates(&Issue::default(), &serial, &issued.keys);
    let writing = credentials.for_writing(&issued.info);
    provision::write_certificates(&yubico, &serial, writing, &one, &two).unwrap();
    serial
}

#[test]
fn wrong_pins_to_the_lock_and_the_puk() {
    let desk = Desk::open();
    assert_eq!(desk.pin(), "ok");
    desk.whoami(WRONG).failed(20, "The PIN is wrong");
    desk.whoami(WRONG).failed(20, "One try is left");
    assert_eq!(desk.pin(), "last-try");
    desk.whoami(PIN).failed(22, "nobody agreed");
    let last_try = |pin: &str| {
        let agreed = ["whoami", "--pin-fd", "0", "--last-try"];
        desk.bench.wattkey(&agreed, &format!("{pin}\n"))
    };
    // What is no PIN of this card costs no try.
    for none in ["12345", "123456789", "letters"] {
        last_try(none).failed(22, "not counted as a try");
    }
    assert_eq!(desk.pin(), "last-try");
    last_try(WRONG).failed(21, "locked");
    assert_eq!(desk.pin(), "locked");
    desk.whoami(PIN).failed(21, "PIN is locked");

    let unblock = |puk: &str, new: &str| desk.bench.wattkey(&UNBLOCK, &format!("{puk}\n{new}\n"));
    unblock("00000000", NEW).failed(25, "The PUK is wrong");
    unblock(PUK, "161a80").failed(24, "take digits only");
    let ran = unblock(PUK, NEW);
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    assert!(ran.stderr.contains("PIN: locked"), "{ran:#?}");
    assert_eq!(desk.pin(), "ok");
    desk.whoami(NEW).failed(30, "cannot be reached");
}

#[test]
fn a_pin_is_changed_on_a_card() {
    let desk = Desk::open();
    let change = ["pin", "change", "--pin-fd", "0", "--new-pin-fd", "0"];
    let ran = desk.bench.wattkey(&change, &format!("{PIN}\n{NEW}\n"));
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    desk.whoami(PIN).failed(20, "The PIN is wrong");
    desk.whoami(NEW).failed(30, "cannot be reached");
}

#[test]
fn a_card_is_pulled_out_and_plugged_in_and_its_service_stops() {
    let mut desk = Desk::open();
    let mut watched = Watched::start(&desk.bench, &["keys", "--watch", "--json", "--for", "50"]);
    let line = watched.json();
    assert_eq!(
        (&line["event"], &line["key"]["serial"]),
        (&"present".into(), &desk.serial.as_str().into())
    );
    let pulled = Instant::now();
    desk.key.take().unwrap().pull_out().unwrap();
    let line = watched.json();
    assert_eq!(line["event"], "pulled-out", "{line}");
    assert!(pulled.elapsed() < SOON, "{:?}", pulled.elapsed());
    desk.bench
        .wattkey(&["keys"], "")
        .failed(10, "No USB key is plugged in");

    let memory = desk.reader.folder().join("card");
    desk.key = Some(desk.reader.plug_in(Slot::First, &memory, NUMBER).unwrap());
    let back = Instant::now();
    let line = watched.json();
    assert!(back.elapsed() < SOON, "{:?}", back.elapsed());
    assert_eq!(
        (
            &line["event"],
            &line["key"]["holder"],
            &line["key"]["fault"]
        ),
        (
            &"plugged-in".into(),
            &"Li Na".into(),
            &serde_json::Value::Null
        )
    );
    watched.interrupt();
    assert_eq!(watched.code(), Some(0));

    desk.reader.stop_pcscd();
    desk.bench
        .wattkey(&["keys"], "")
        .failed(19, "smart-card service (pcscd) does not run");
}

/// The session of a real card's key, and another key in its place.
#[test]
fn a_session_ends_with_its_card_and_only_that_card_takes_it_up_again() {
    let mut desk = Desk::open();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let script = (0..2).map(|_| Reaction::Answer(200, me())).collect();
        let server = Gateway::genuine(&desk.bench)
            .start(&desk.bench, script)
            .await;
        let mut config = Config::find(Some(&desk.bench.configuration()), |_| None).unwrap();
        config.server.clone_from(&server.address);
        let module = desk.bench.module(config.module.to_str().unwrap());
        let only = || keys::choose(keys::plugged_in(&module).unwrap(), None).unwrap();
        let key = only().unlock(&pin(PIN)).unwrap();
        let service = desk.bench.service.trust();
        let mut client = Client::new(config, service, key, clock::now).unwrap();
        client.watch(&module).unwrap();
        client.me().await.unwrap();

        let pulled = Instant::now();
        desk.key.take().unwrap().yank();
        let why = client.session_lock().until_locked().await;
        assert_eq!(why, Locked::KeyPulled);
        assert!(pulled.elapsed() < NOTICED, "{:?}", pulled.elapsed());
        assert!(client.me().await.unwrap_err().is_of_key());

        let other = desk.reader.folder().join("another card");
        let other = desk.reader.plug_in(Slot::First, &other, NUMBER + 1);
        let refused = client.unlock_again(only(), &pin(PIN)).unwrap_err();
        assert!(
            matches!(refused, UnlockAgainError::AnotherKey { .. }),
            "{refused:?}"
        );
        other.unwrap().pull_out().unwrap();

        let memory = desk.reader.folder().join("card");
        desk.key = Some(desk.reader.plug_in(Slot::First, &memory, NUMBER).unwrap());
        let back = Instant::now();
        client.unlock_again(only(), &pin(PIN)).unwrap();
        assert!(back.elapsed() < SOON, "{:?}", back.elapsed());
        client.watch(&module).unwrap();
        client.me().await.unwrap();
    });
    // No try was lost on the way.
    assert_eq!(desk.pin(), "ok");
}

/// The card is asked for the order's signature, says nothing any more, and is pulled out.
#[test]
fn a_card_is_pulled_out_in_the_middle_of_a_signature() {
    let mut desk = Desk::open();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (ran, took) = runtime.block_on(async {
        let server = Gateway::genuine(&desk.bench)
            .start(&desk.bench, until_signed())
            .await;
        let module = wattkey_virtual_reader::opensc();
        desk.bench
            .configure_server(module.to_str().unwrap(), &server.address);
        let mut paying = desk
            .bench
            .command(&PAY)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut pins = paying.stdin.take().unwrap();
        pins.write_all(format!("{PIN}\n").as_bytes()).unwrap();
        server.seen(4).await;
        let card = desk.key.take().unwrap();
        card.hold().unwrap();
        pins.write_all(format!("{PIN}\n").as_bytes()).unwrap();
        let begin = Instant::now();
        while !card.has_command_waiting().unwrap() {
            assert!(begin.elapsed() < PATIENCE, "the card is not asked");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        card.yank();
        let ran = tokio::task::spawn_blocking(|| paying.wait_with_output().unwrap());
        (Ran::from(ran.await.unwrap()), begin.elapsed())
    });
    ran.failed(10, "was pulled out while the order was being signed");
    assert!(
        ran.stderr.contains("No order was signed or sent"),
        "{ran:#?}"
    );
    assert!(took < PATIENCE, "{took:?}");
    let journal = Journal::open(&desk.bench.folder().join("journal")).unwrap();
    assert!(journal.list().unwrap().entries.is_empty());
    // The same key back: no try is lost, and it works.
    let memory = desk.reader.folder().join("card");
    desk.key = Some(desk.reader.plug_in(Slot::First, &memory, NUMBER).unwrap());
    assert_eq!(desk.pin(), "ok");
    desk.bench
        .configure(wattkey_virtual_reader::opensc().to_str().unwrap());
    desk.whoami(PIN).failed(30, "cannot be reached");
}
