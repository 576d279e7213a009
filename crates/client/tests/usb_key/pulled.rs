//! A key that is pulled out while the software works: what it is told, and what the journal has.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wattkey_client::client::{Client, UnlockAgainError};
use wattkey_client::config::Config;
use wattkey_client::connection::ServiceError;
use wattkey_client::journal::{Journal, Standing};
use wattkey_client::keys;
use wattkey_client::lock::Locked;
use wattkey_client::sending::{Outcome, Recorded, Unknown};
use wattkey_faulty_module::Faults;
use wattkey_pki::Digest;
use wattkey_protocol::order::Draft;
use wattkey_token::Module;
use wattkey_transport::clock;

use crate::bench::{Bench, Issue, PIN, Ran, SOFTHSM, faulty, pin, run};
use crate::gateway::{Gateway, Reaction, Running, me};
use crate::order;
use crate::service::{signed, view};

/// A pulled key ends the session within this.
const AT_ONCE: Duration = Duration::from_secs(1);
/// One that is back can be used within this.
const SOON: Duration = Duration::from_secs(2);
const CKR_DEVICE_REMOVED: &str = "fail 0x32";

/// Runs `body` with an unlocked, watched client whose module fails on request.
fn with_client(
    bench: &Bench,
    script: Vec<Reaction>,
    body: impl AsyncFnOnce(&mut Client, &Running, &Arc<Module>, &Faults),
) {
    bench.key(&Issue::default());
    let faults = bench.faults();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let server = Gateway::genuine(bench).start(bench, script).await;
        let mut config = Config::find(Some(&bench.configuration()), |_| None).unwrap();
        config.server.clone_from(&server.address);
        let module = bench.module(&faulty());
        let key = keys::choose(keys::plugged_in(&module).unwrap(), None).unwrap();
        let key = key.unlock(&pin(PIN)).unwrap();
        let mut client = Client::new(config, bench.service.trust(), key, clock::now).unwrap();
        client.watch(&module).unwrap();
        body(&mut client, &server, &module, &faults).await;
    });
}

fn answer(body: Value) -> Reaction {
    Reaction::Answer(200, body)
}

#[test]
fn a_pulled_key_ends_the_session_and_may_come_back() {
    run(
        "pulled::a_pulled_key_ends_the_session_and_may_come_back",
        |bench| {
            let script = vec![answer(me()), answer(me())];
            with_client(bench, script, async |client, server, module, faults| {
                client.me().await.unwrap();
                faults.set("gone").unwrap();
                let pulled = Instant::now();
                assert_eq!(
                    client.session_lock().until_locked().await,
                    Locked::KeyPulled
                );
                assert!(pulled.elapsed() < AT_ONCE, "{:?}", pulled.elapsed());
                let error = client.me().await.unwrap_err();
                assert!(
                    matches!(
                        error,
                        ServiceError::Locked {
                            why: Locked::KeyPulled,
                            perhaps_sent: false
                        }
                    ),
                    "{error:?}"
                );
                assert_eq!(server.requests().len(), 1);
                let draft = Draft::new(&order::document("B-1")).unwrap();
                assert!(client.sign(draft, pin(PIN)).is_err());
                assert_eq!(faults.shown(PIN), 1);

                // Another key in its place is another key, and sees no PIN.
                faults.set("serial 0042").unwrap();
                let other = keys::choose(plugged_in(module), None).unwrap();
                let refused = client.unlock_again(other, &pin(PIN)).unwrap_err();
                assert!(
                    matches!(&refused, UnlockAgainError::AnotherKey { serial } if serial == "0042"),
                    "{refused:?}"
                );
                assert_eq!(faults.shown(PIN), 1);
                assert!(client.locked().is_some());

                faults.clear().unwrap();
                let back = Instant::now();
                let same = keys::choose(plugged_in(module), None).unwrap();
                client.unlock_again(same, &pin(PIN)).unwrap();
                assert!(back.elapsed() < SOON, "{:?}", back.elapsed());
                client.me().await.unwrap();
                assert_eq!(client.locked(), None);
                assert_eq!(faults.shown(PIN), 2);

                // It is watched as before.
                faults.set("gone").unwrap();
                let pulled = Instant::now();
                let why = client.session_lock().until_locked().await;
                assert_eq!(why, Locked::KeyPulled);
                assert!(pulled.elapsed() < AT_ONCE, "{:?}", pulled.elapsed());
            });
        },
    );
}

#[test]
fn the_end_of_an_old_login_is_not_the_end_of_the_next_one() {
    run(
        "pulled::the_end_of_an_old_login_is_not_the_end_of_the_next_one",
        |bench| {
            let script = vec![answer(me()), answer(me())];
            with_client(bench, script, async |client, _, module, faults| {
                client.me().await.unwrap();
                // The key stays where it is, and so does its login until then.
                client.lock();
                let same = keys::choose(plugged_in(module), None).unwrap();
                client.unlock_again(same, &pin(PIN)).unwrap();
                client.me().await.unwrap();
                tokio::time::sleep(AT_ONCE).await;
                assert_eq!(client.locked(), None);
                assert_eq!(faults.shown(PIN), 2);
            });
        },
    );
}

#[test]
fn a_key_that_is_pulled_out_and_put_back_between_two_looks() {
    run(
        "pulled::a_key_that_is_pulled_out_and_put_back_between_two_looks",
        |bench| {
            let script = vec![answer(me())];
            with_client(bench, script, async |client, _, module, faults| {
                client.me().await.unwrap();
                let looks = faults.count("C_GetSlotList");
                while faults.count("C_GetSlotList") == looks {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                // Just after a look.
                tokio::time::sleep(Duration::from_millis(30)).await;
                faults.set("gone").unwrap();
                let _ = keys::plugged_in(module);
                faults.clear().unwrap();
                let pulled = Instant::now();
                let why = client.session_lock().until_locked().await;
                assert_eq!(why, Locked::KeyPulled);
                assert!(pulled.elapsed() < AT_ONCE, "{:?}", pulled.elapsed());
            });
        },
    );
}

#[test]
fn a_module_that_fails_once_does_not_end_the_session() {
    run(
        "pulled::a_module_that_fails_once_does_not_end_the_session",
        |bench| {
            let script = vec![answer(me()), answer(me())];
            with_client(bench, script, async |client, _, _, faults| {
                client.me().await.unwrap();
                faults
                    .set("C_GetSlotList once fail 0x5\nC_GetSessionInfo once fail 0x5")
                    .unwrap();
                tokio::time::sleep(AT_ONCE * 2).await;
                assert_eq!(client.locked(), None);
                client.me().await.unwrap();
                assert_eq!(faults.shown(PIN), 1);
            });
        },
    );
}

#[test]
fn a_module_that_hangs_ends_the_session() {
    run("pulled::a_module_that_hangs_ends_the_session", |bench| {
        let script = vec![answer(me())];
        with_client(bench, script, async |client, _, _, faults| {
            client.me().await.unwrap();
            faults
                .set("C_GetSlotList once hang\nC_Initialize slow 3000")
                .unwrap();
            let hung = Instant::now();
            let why = client.session_lock().until_locked().await;
            assert_eq!(why, Locked::ModuleRestarted);
            // The wait and the look, and the rest of the one before.
            assert!(hung.elapsed() < AT_ONCE * 7 / 2, "{:?}", hung.elapsed());
        });
    });
}

/// The keys that are there, as soon as one is.
fn plugged_in(module: &Arc<Module>) -> Vec<wattkey_token::UsbKey> {
    let deadline = Instant::now() + SOON;
    loop {
        let keys = keys::plugged_in(module).unwrap();
        if !keys.is_empty() {
            return keys;
        }
        assert!(Instant::now() < deadline, "the key is not seen again");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_call_in_progress_ends_with_the_key() {
    run("pulled::a_call_in_progress_ends_with_the_key", |bench| {
        let script = vec![Reaction::Silence, Reaction::Silence];
        with_client(bench, script, async |client, server, _, faults| {
            let pulling = async {
                server.seen(1).await;
                faults.set("gone").unwrap();
                Instant::now()
            };
            let (answer, pulled) = tokio::join!(client.me(), pulling);
            assert!(pulled.elapsed() < SOON, "{:?}", pulled.elapsed());
            let error = answer.unwrap_err();
            assert!(
                matches!(
                    error,
                    ServiceError::Locked {
                        why: Locked::KeyPulled,
                        perhaps_sent: true
                    }
                ),
                "{error:?}"
            );
        });
    });
}

#[test]
fn a_module_that_is_restarted_ends_the_session() {
    run(
        "pulled::a_module_that_is_restarted_ends_the_session",
        |bench| {
            with_client(
                bench,
                vec![answer(me())],
                async |client, _, module, faults| {
                    client.me().await.unwrap();
                    faults.set("C_GetSlotList once crash segv").unwrap();
                    let _ = keys::plugged_in(module);
                    let why = client.session_lock().until_locked().await;
                    assert!(
                        matches!(why, Locked::ModuleRestarted | Locked::KeyPulled),
                        "{why:?}"
                    );
                },
            );
        },
    );
}

/// An order that did not leave is known not to have left; the journal has it, and it can be sent.
#[test]
fn an_order_that_the_key_kept_from_leaving_is_not_sent() {
    run(
        "pulled::an_order_that_the_key_kept_from_leaving_is_not_sent",
        |bench| {
            with_client(bench, Vec::new(), async |client, server, _, faults| {
                let journal = Journal::open(&bench.folder().join("journal")).unwrap();
                let order = signed(client);
                let id = order.order().order;
                let mut recorded = Recorded::record(client, &journal, order).unwrap();
                faults.set(&format!("C_Sign {CKR_DEVICE_REMOVED}")).unwrap();
                let outcome = recorded.submit(client, &journal).await.unwrap();
                assert!(
                    matches!(&outcome, Outcome::Unknown(Unknown::NotSent { .. })),
                    "{outcome:?}"
                );
                assert_eq!(client.locked(), Some(Locked::KeyPulled));
                assert_eq!(server.requests().len(), 0);
                let entry = journal.entry(id).unwrap().unwrap();
                assert!(entry.is_unresolved());
                // A second time it could have been sent the first time, for all this call knows.
                let outcome = recorded.submit(client, &journal).await.unwrap();
                assert!(
                    matches!(&outcome, Outcome::Unknown(Unknown::NoAnswer(_))),
                    "{outcome:?}"
                );
            });
        },
    );
}

/// The answer to an order says what became of the money: it is waited for a moment longer.
#[test]
fn an_order_on_its_way_may_still_be_answered() {
    run(
        "pulled::an_order_on_its_way_may_still_be_answered",
        |bench| {
            with_client(bench, Vec::new(), async |client, server, _, faults| {
                let journal = Journal::open(&bench.folder().join("journal")).unwrap();
                let order = signed(client);
                let (id, accepted) = (
                    order.order().order,
                    view(&order, order.digest(), "accepted"),
                );
                let late = |body, ms| Reaction::Late(Duration::from_millis(ms), 201, body);
                server.follow(vec![late(accepted, 600)]);
                let mut recorded = Recorded::record(client, &journal, order).unwrap();
                let pulling = async {
                    server.seen(1).await;
                    faults.set("gone").unwrap();
                };
                let (outcome, ()) = tokio::join!(recorded.submit(client, &journal), pulling);
                let outcome = outcome.unwrap();
                assert!(matches!(outcome, Outcome::Accepted(_)), "{outcome:?}");
                assert!(client.session_lock().until_locked().await == Locked::KeyPulled);
                let state = "accepted".to_owned();
                assert_eq!(
                    journal.entry(id).unwrap().unwrap().standing(),
                    Standing::Accepted { state }
                );
            });
        },
    );
}

/// Runs the program against a server of this process.
fn wattkey_with_server(
    bench: &Bench,
    script: Vec<Reaction>,
    arguments: &[&str],
    rules: &str,
    meanwhile: impl AsyncFnOnce(&Running, &Faults),
) -> (Ran, Faults) {
    let faults = bench.faults();
    faults.set(rules).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let ran = runtime.block_on(async {
        let server = Gateway::genuine(bench).start(bench, script).await;
        bench.configure_server(&faulty(), &server.address);
        let input = format!("{PIN}\n{PIN}\n");
        let running = tokio::task::block_in_place(|| bench.start(arguments, &input));
        meanwhile(&server, &faults).await;
        tokio::task::spawn_blocking(move || running.wait_with_output().unwrap())
            .await
            .unwrap()
    });
    (Ran::from(ran), faults)
}

#[test]
fn a_key_that_is_pulled_out_during_the_handshake() {
    run(
        "pulled::a_key_that_is_pulled_out_during_the_handshake",
        |bench| {
            bench.key(&Issue::default());
            let rules = format!("C_Sign once {CKR_DEVICE_REMOVED}");
            let arguments = [
                "pay",
                "B-1",
                "--yes",
                "--expect-total",
                "1.00",
                "--pin-fd",
                "0",
            ];
            let (ran, faults) =
                wattkey_with_server(bench, Vec::new(), &arguments, &rules, async |_, _| {});
            ran.failed(10, "pulled out while the connection was being set up");
            assert!(ran.stderr.contains("nothing is paid"), "{ran:#?}");
            assert_eq!(faults.shown(PIN), 1);
        },
    );
}

pub(crate) const PAY: [&str; 9] = [
    "pay",
    "B-1",
    "--yes",
    "--expect-total",
    "10000.00",
    "--pin-fd",
    "0",
    "--sign-pin-fd",
    "0",
];

/// What the service answers until the order is signed.
pub(crate) fn until_signed() -> Vec<Reaction> {
    let customer = &me()["customer"]["id"];
    let document = json!({
        "bill": "B-1", "account": "C-1", "customer": customer, "period": "2026-08",
        "currency": "CNY", "issued": "2026-09-01", "due": "2026-09-20",
        "lines": [{"kind": "energy", "text": {"en": "Energy", "zh": "电量电费"}, "amount": 1_000_000}],
        "total": 1_000_000, "revenue": 1_000_000, "tax": 0, "levies": 0,
    });
    let until =
        wattkey_protocol::time::whole_seconds(clock::now()) + jiff::SignedDuration::from_mins(30);
    let detail = json!({
        "bill": "B-1", "account": "C-1", "period": "2026-08", "issued": "2026-09-01",
        "due": "2026-09-20", "currency": "CNY", "total": 1_000_000, "open": 1_000_000,
        "in_collection": 0, "state": "open", "document": Digest::of(document.to_string().as_bytes()),
        "quote": {"principal": 1_000_000, "penalty": 0, "days": 0, "until": until},
        "order": null,
    });
    let mandates = json!({"items": [{
        "mandate": "M-1", "debtor_name": "Example Steel", "currency": "CNY",
        "debtor_account": "GB33BUKB20201555555555", "signed": "2026-01-01",
    }], "next": null});
    [me(), detail, document, mandates].map(answer).into()
}

#[test]
fn a_key_that_is_pulled_out_during_the_signature() {
    run(
        "pulled::a_key_that_is_pulled_out_during_the_signature",
        |bench| {
            bench.key(&Issue::default());
            // The handshake and the session are signed before, each with a question for the length first.
            let rules = format!("C_Sign after 4 {CKR_DEVICE_REMOVED}");
            let (ran, faults) =
                wattkey_with_server(bench, until_signed(), &PAY, &rules, async |_, _| {});
            ran.failed(10, "pulled out while the order was being signed");
            assert!(
                ran.stderr.contains("No order was signed or sent"),
                "{ran:#?}"
            );
            assert_eq!(faults.shown(PIN), 2);
            let journal = Journal::open(&bench.folder().join("journal")).unwrap();
            assert!(journal.list().unwrap().entries.is_empty());
        },
    );
}

#[test]
fn a_module_that_crashes_during_the_signature() {
    run(
        "pulled::a_module_that_crashes_during_the_signature",
        |bench| {
            bench.key(&Issue::default());
            let rules = "C_Sign after 4 crash segv";
            let (ran, faults) =
                wattkey_with_server(bench, until_signed(), &PAY, rules, async |_, _| {});
            ran.failed(18, "crashed while the order was being signed");
            assert!(ran.stderr.contains("nothing is paid"), "{ran:#?}");
            assert_eq!(faults.shown(PIN), 2);
        },
    );
}

#[test]
fn a_key_that_is_pulled_out_before_the_order_is_answered() {
    run(
        "pulled::a_key_that_is_pulled_out_before_the_order_is_answered",
        |bench| {
            bench.key(&Issue::default());
            let mut script = until_signed();
            script.push(Reaction::Silence);
            let (ran, _) = wattkey_with_server(bench, script, &PAY, "", async |server, faults| {
                server.seen(5).await;
                faults.set("gone").unwrap();
            });
            ran.failed(41, "is unknown. The USB key was pulled out");
            assert!(ran.stderr.contains("Do not pay again"), "{ran:#?}");
            let journal = Journal::open(&bench.folder().join("journal")).unwrap();
            let entries = journal.list().unwrap().entries;
            assert_eq!(entries.len(), 1);
            assert_eq!(entries[0].standing(), Standing::Sent);
        },
    );
}

#[test]
fn a_key_that_is_pulled_out_while_the_bank_is_waited_for() {
    run(
        "pulled::a_key_that_is_pulled_out_while_the_bank_is_waited_for",
        |bench| {
            let (order, accepted) = signed_before(bench);
            let mut script = vec![answer(me())];
            script.extend((0..30).map(|_| answer(accepted.clone())));
            let arguments = [
                "pay", "--signed", &order, "--wait", "60", "--json", "--pin-fd", "0",
            ];
            let (ran, faults) =
                wattkey_with_server(bench, script, &arguments, "", async |server, faults| {
                    server.seen(3).await;
                    faults.set("gone").unwrap();
                });
            assert_eq!(ran.code, Some(10), "{ran:#?}");
            let document: Value = serde_json::from_str(&ran.stdout).unwrap();
            assert_eq!(
                (&document["outcome"], &document["state"]),
                (&"accepted".into(), &"accepted".into())
            );
            let error: Value = serde_json::from_str(&ran.stderr).unwrap();
            assert_eq!(error["error"]["code"], "waiting-ended");
            let next = error["error"]["next"].as_str().unwrap();
            assert!(next.starts_with("Do not pay again"), "{next}");
            assert_eq!(faults.shown(PIN), 1);
        },
    );
}

/// The file of an order that was signed with a key of this bench, and what the service says of it.
fn signed_before(bench: &Bench) -> (String, Value) {
    bench.key(&Issue::default());
    let config = Config::find(Some(&bench.configuration()), |_| None).unwrap();
    let key = keys::choose(keys::plugged_in(&bench.module(SOFTHSM)).unwrap(), None).unwrap();
    let key = key.unlock(&pin(PIN)).unwrap();
    let client = Client::new(config, bench.service.trust(), key, clock::now).unwrap();
    let order = signed(&client);
    let file = bench.folder().join("order.jws");
    std::fs::write(&file, order.as_str()).unwrap();
    let accepted = view(&order, order.digest(), "accepted");
    (file.to_str().unwrap().to_owned(), accepted)
}
