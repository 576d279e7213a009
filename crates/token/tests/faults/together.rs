//! Calls that are under way when the module hangs or crashes, and modules beside it.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use wattkey_token::{Card, TokenError};

use crate::setup::{CARD_PIN, DERIVE, SIGN, SLACK, Setup, card_pin, deadlines, peer, sign, within};

#[test]
fn calls_under_way_fail_with_errors_of_their_own() {
    for (fault, deadline) in [
        ("hang", deadlines().sign),
        ("crash segv", deadlines().derive),
    ] {
        let setup = Setup::new();
        let card = setup.card();
        let signer = card.signer(SIGN).unwrap();
        sign(&*signer).unwrap();
        let peer = peer();
        card.ecdh(DERIVE, &peer).unwrap();
        let rules = format!("C_DeriveKey slow 700\nC_Sign once slow 200\nC_Sign once {fault}");
        setup.faults.set(&rules).unwrap();
        let barrier = Barrier::new(3);
        let (signed, derived, second) = std::thread::scope(|scope| {
            let signing = || {
                barrier.wait();
                within(deadline + SLACK, || sign(&*signer))
            };
            let first = scope.spawn(signing);
            let second = scope.spawn(signing);
            let deriving = scope.spawn(|| {
                barrier.wait();
                within(deadlines().derive + SLACK, || card.ecdh(DERIVE, &peer))
            });
            (
                first.join().unwrap(),
                deriving.join().unwrap(),
                second.join().unwrap(),
            )
        });
        // One of the two signatures hung or crashed; the others came through, or fell with it under their own name.
        let operations: Vec<String> = [signed.err(), second.err(), derived.err()]
            .into_iter()
            .flatten()
            .map(|error| match error {
                TokenError::Hung { operation, .. } | TokenError::Crashed { operation, .. } => {
                    operation.into_owned()
                }
                error => panic!("{fault}: {error:?}"),
            })
            .collect();
        assert!(
            operations
                .iter()
                .any(|operation| operation.contains("sign")),
            "{operations:?}"
        );
        sign(&*signer).unwrap();
        card.ecdh(DERIVE, &peer).unwrap();
    }
}

/// Derives again and again, each time for 200 ms, while a signature is made.
fn sign_while_others_derive(setup: &Setup, signature: &str) -> Result<(), TokenError> {
    let card = setup.card();
    let signer = card.signer(SIGN).unwrap();
    sign(&*signer).unwrap();
    let peer = peer();
    card.ecdh(DERIVE, &peer).unwrap();
    let rules = format!("C_DeriveKey slow 200\nC_Sign {signature}");
    setup.faults.set(&rules).unwrap();
    let signed = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !signed.load(Ordering::Relaxed) {
                let _ = card.ecdh(DERIVE, &peer);
            }
        });
        let answer = sign(&*signer);
        signed.store(true, Ordering::Relaxed);
        answer
    })
}

#[test]
fn a_call_that_waits_for_others_in_the_module_does_not_hang() {
    let setup = Setup::new();
    // Twice, for the length first.
    let waiting = deadlines().sign * 3 / 4;
    sign_while_others_derive(&setup, &format!("slow {}", waiting.as_millis())).unwrap();
    assert_eq!(setup.processes().len(), 1);
}

#[test]
fn a_call_that_hangs_beside_others_has_a_deadline() {
    let setup = Setup::new();
    let others = Duration::from_millis(200) * 16;
    let limit = others + deadlines().sign + SLACK * 2;
    let error = within(limit, || sign_while_others_derive(&setup, "hang")).unwrap_err();
    assert!(matches!(error, TokenError::Hung { .. }), "{error:?}");
}

#[test]
fn many_threads_and_a_module_that_crashes_now_and_then() {
    let setup = Setup::new();
    let card = setup.card();
    let signer = card.signer(SIGN).unwrap();
    setup.faults.set("C_Sign after 200 crash segv").unwrap();
    let signed: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| (0..150).filter(|_| sign(&*signer).is_ok()).count()))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .sum()
    });
    // Each process signs about a hundred times (the length is asked for, then the signature); each crash costs the
    // calls that were under way.
    let processes = setup.processes().len();
    assert!((3..=10).contains(&processes), "{processes}");
    assert!(
        signed >= 600 - processes * 4,
        "{signed} of 600, {processes} processes"
    );
    assert_eq!(setup.faults.shown(CARD_PIN), processes);
}

#[test]
fn a_module_that_hangs_leaves_other_modules_alone() {
    let setup = Setup::new();
    let card = Card::open(&setup.softhsm(), "card", &card_pin()).unwrap();
    let signer = card.signer(SIGN).unwrap();
    let key = setup.unlocked();
    setup.faults.set("C_Sign hang").unwrap();
    std::thread::scope(|scope| {
        let hanging = scope.spawn(|| sign(&*key.authentication_signer()).unwrap_err());
        while !hanging.is_finished() {
            within(SLACK, || sign(&*signer)).unwrap();
        }
    });
    sign(&*signer).unwrap();
    // The card's own login went on: it was not shown its PIN again.
    assert_eq!(setup.faults.shown(CARD_PIN), 0);
}

#[test]
fn a_hung_signature_leaves_a_card_of_the_same_module_usable() {
    let setup = Setup::new();
    let card = setup.card();
    let signer = card.signer(SIGN).unwrap();
    let key = setup.unlocked();
    setup.faults.set("C_Sign once hang").unwrap();
    sign(&*key.authentication_signer()).unwrap_err();
    within(SLACK + deadlines().load, || sign(&*signer)).unwrap();
}
