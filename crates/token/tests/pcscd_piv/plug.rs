//! Cards that come and go, also in the middle of something.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use wattkey_pki::Signer;
use wattkey_token::{Event, Events, Module, TokenError, UnlockedKey};
use wattkey_virtual_reader::Slot;

use crate::desk::{Desk, NUMBER, assert_signs, eventually, pin, wrong_pin};

const SECOND: u32 = 10_000_002;
/// A session is locked within this time after its key was pulled out.
const NOTICED: Duration = Duration::from_secs(1);
/// A key works again within this time after it was plugged in.
const BACK: Duration = Duration::from_secs(2);

fn next(events: &mut Events, limit: Duration) -> Event {
    events.next(limit).unwrap().expect("an event in time")
}

fn sign(key: &UnlockedKey) -> Result<(), TokenError> {
    match key.authentication_signer().sign(b"a session statement") {
        Ok(_) => Ok(()),
        Err(error) => Err(*error.0.downcast().unwrap()),
    }
}

#[test]
fn a_key_that_is_pulled_out_ends_its_login_and_works_again() {
    let desk = Desk::open();
    let card = desk.plug_in(Slot::First, NUMBER);
    let serial = desk.issue(Slot::First);
    let opensc = desk.opensc();
    let mut events = Module::events(&opensc).unwrap();
    let key = desk.usb_key().unlock(&pin()).unwrap();
    sign(&key).unwrap();

    let start = Instant::now();
    card.yank();
    let Event::PulledOut {
        serial: gone,
        reader,
    } = next(&mut events, NOTICED)
    else {
        panic!()
    };
    assert_eq!(
        (gone.as_str(), reader.as_str()),
        (serial.as_str(), &*Slot::First.reader())
    );
    assert!(start.elapsed() < NOTICED, "{:?}", start.elapsed());
    for _ in 0..2 {
        let error = sign(&key).unwrap_err();
        assert!(matches!(error, TokenError::Removed), "{error:?}");
        let error = key
            .sign_with_signature_key(&pin(), b"an order")
            .unwrap_err();
        assert!(matches!(error, TokenError::Removed), "{error:?}");
    }
    assert!(opensc.usb_keys().unwrap().is_empty());

    let _card = desk.plug_in(Slot::First, NUMBER);
    // pcscd has seen it; so long the user waits.
    let start = Instant::now();
    let Event::PluggedIn(info) = next(&mut events, BACK) else {
        panic!()
    };
    assert_eq!(info.serial, serial);
    assert_signs(desk.usb_key(), &pin());
    assert!(start.elapsed() < BACK, "{:?}", start.elapsed());
    // The old login does not come back.
    let error = sign(&key).unwrap_err();
    assert!(
        matches!(error, TokenError::Removed | TokenError::Locked),
        "{error:?}"
    );
}

#[test]
fn a_pull_that_nobody_watched_is_a_removal_too() {
    let desk = Desk::open();
    let card = desk.plug_in(Slot::First, NUMBER);
    desk.issue(Slot::First);
    let locked = desk.usb_key();
    let key = desk.usb_key().unlock(&pin()).unwrap();
    card.yank();
    // At once: pcscd has not looked yet, and OpenSC 0.23 mostly hangs in such a call. Its process is stopped then.
    let start = Instant::now();
    let error = sign(&key).unwrap_err();
    let known = matches!(error, TokenError::Removed | TokenError::Hung { .. });
    assert!(known, "{error:?}");
    assert!(
        start.elapsed() < Duration::from_secs(5),
        "{:?}",
        start.elapsed()
    );
    let error = sign(&key).unwrap_err();
    let gone = matches!(error, TokenError::Removed | TokenError::Locked);
    assert!(gone, "{error:?}");
    let error = locked.unlock(&pin()).unwrap_err().error;
    assert!(matches!(error, TokenError::Removed), "{error:?}");
}

#[test]
fn the_end_of_an_old_login_leaves_the_new_one() {
    let desk = Desk::open();
    let mut card = desk.plug_in(Slot::First, NUMBER);
    desk.issue(Slot::First);
    let mut old = desk.usb_key().unlock(&pin()).unwrap();
    for _ in 0..3 {
        // With nobody looking in between. OpenSC gives its sessions addresses as handles, so the new one may have the
        // old one's.
        card.pull_out().unwrap();
        card = desk.plug_in(Slot::First, NUMBER);
        let new = desk.usb_key().unlock(&pin()).unwrap();
        let error = sign(&old).unwrap_err();
        assert!(matches!(error, TokenError::Removed), "{error:?}");
        drop(old);
        sign(&new).unwrap();
        old = new;
    }
}

#[test]
fn another_key_in_the_same_reader_is_another() {
    let desk = Desk::open();
    let card = desk.plug_in(Slot::First, NUMBER);
    let first = desk.issue(Slot::First);
    let locked = desk.usb_key();
    let key = desk.usb_key().unlock(&pin()).unwrap();
    let mut events = Module::events(&desk.opensc()).unwrap();
    card.pull_out().unwrap();
    let _other = desk.plug_in(Slot::First, SECOND);
    let Event::PulledOut { serial, .. } = next(&mut events, NOTICED) else {
        panic!()
    };
    assert_eq!(serial, first);
    let Event::PluggedIn(info) = next(&mut events, BACK) else {
        panic!()
    };
    assert_ne!(info.serial, first);
    // No PIN goes to it that was meant for the first.
    let error = key
        .sign_with_signature_key(&wrong_pin(), b"an order")
        .unwrap_err();
    assert!(matches!(error, TokenError::Removed), "{error:?}");
    let error = locked.unlock(&wrong_pin()).unwrap_err().error;
    assert!(matches!(error, TokenError::Removed), "{error:?}");
    for _ in 0..2 {
        let mut keys = desk.opensc().usb_keys().unwrap();
        assert!(!keys.remove(0).pin_state().unwrap().final_try);
    }
}

#[test]
fn two_keys_are_used_side_by_side() {
    let desk = Desk::open();
    let _one = desk.plug_in(Slot::First, NUMBER);
    let two = desk.plug_in(Slot::Second, SECOND);
    let serials = [desk.issue(Slot::First), desk.issue(Slot::Second)];
    assert_ne!(serials[0], serials[1]);
    let unlock = |serial: &str| {
        let mut keys = desk.opensc().usb_keys().unwrap().into_iter();
        keys.find(|key| key.info().serial == serial)
            .unwrap()
            .unlock(&pin())
    };
    let first = unlock(&serials[0]).unwrap();
    let second = unlock(&serials[1]).unwrap();
    for key in [&first, &second] {
        let signature = key.sign_with_signature_key(&pin(), b"an order").unwrap();
        key.signature_certificate()
            .public_key()
            .verify(b"an order", &signature)
            .unwrap();
        sign(key).unwrap();
    }
    // One goes, the other stays.
    two.pull_out().unwrap();
    let error = sign(&second).unwrap_err();
    assert!(matches!(error, TokenError::Removed), "{error:?}");
    sign(&first).unwrap();
}

#[test]
fn a_key_pulled_out_while_it_signs_hangs_nobody_and_loses_no_try() {
    let desk = Desk::open();
    let mut card = desk.plug_in(Slot::First, NUMBER);
    desk.issue(Slot::First);
    for pull in [60_u64, 75, 90] {
        let key = Arc::new(desk.usb_key().unlock(&pin()).unwrap());
        let signed = Arc::new(AtomicU32::new(0));
        let (used, counter) = (Arc::clone(&key), Arc::clone(&signed));
        let signing = std::thread::spawn(move || {
            loop {
                let start = Instant::now();
                match used.sign_with_signature_key(&pin(), b"an order") {
                    Ok(_) => counter.fetch_add(1, Ordering::Relaxed),
                    Err(error) => return (error, start.elapsed()),
                };
            }
        });
        eventually(Duration::from_secs(5), || {
            signed.load(Ordering::Relaxed) > 0
        });
        std::thread::sleep(Duration::from_millis(pull));
        card.yank();
        let (error, time) = signing.join().unwrap();
        // OpenSC 0.23 hangs in five cases of six; its process is stopped then.
        let known = matches!(error, TokenError::Removed | TokenError::Hung { .. });
        assert!(known, "{error:?}");
        assert!(time < Duration::from_secs(9), "{time:?}");
        card = desk.plug_in(Slot::First, NUMBER);
        let state = desk.usb_key().pin_state().unwrap();
        assert!(!state.final_try && !state.locked, "{state:?}");
        drop(key);
        assert_signs(desk.usb_key(), &pin());
    }
    // Not one try is gone: it takes two wrong ones to reach the last.
    let error = desk.usb_key().unlock(&wrong_pin()).unwrap_err().error;
    let TokenError::WrongPin { state } = error else {
        panic!("{error:?}")
    };
    assert!(!state.final_try, "{state:?}");
}

#[test]
fn the_reader_goes_and_comes_back() {
    let mut desk = Desk::open();
    let card = desk.plug_in(Slot::First, NUMBER);
    desk.issue(Slot::First);
    let opensc = desk.opensc();
    let key = desk.usb_key().unlock(&pin()).unwrap();
    desk.reader.stop_pcscd();
    drop(card);
    let error = sign(&key).unwrap_err();
    assert!(matches!(error, TokenError::Removed), "{error:?}");
    assert!(opensc.usb_keys().unwrap().is_empty());
    desk.reader.start_pcscd().unwrap();
    let _card = desk.plug_in(Slot::First, NUMBER);
    eventually(BACK, || !opensc.usb_keys().unwrap().is_empty());
    assert_signs(desk.usb_key(), &pin());
}
