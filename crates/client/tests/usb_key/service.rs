//! The client against a security server that misbehaves.

use jiff::SignedDuration;
use serde_json::{Value, json};
use wattkey_client::client::Client;
use wattkey_client::config::Config;
use wattkey_client::connection::{NotGenuine, ServiceError};
use wattkey_client::journal::{Journal, Standing};
use wattkey_client::keys;
use wattkey_client::sending::{Outcome, PaymentError, Recorded};
use wattkey_domain::OrderId;
use wattkey_pki::{ChainError, Digest, Role};
use wattkey_protocol::api::Me;
use wattkey_protocol::order::{Draft, Order, SignedOrder};
use wattkey_protocol::problem::{Problem, ProblemType};
use wattkey_transport::clock;

use crate::bench::{Bench, Ca, Issue, PIN, SOFTHSM, pin, run};
use crate::gateway::{Gateway, Reaction, Running, me};
use crate::order;

/// Runs `body` with a client whose USB key is unlocked and a server that follows `script`.
fn with_client(
    bench: &Bench,
    gateway: Gateway,
    script: Vec<Reaction>,
    body: impl AsyncFnOnce(&mut Client, &Running),
) {
    let serial = bench.key(&Issue::default());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let server = gateway.start(bench, script).await;
        let mut config = Config::find(Some(&bench.configuration()), |_| None).unwrap();
        config.server.clone_from(&server.address);
        let module = bench.module(SOFTHSM);
        let key = keys::choose(module.usb_keys().unwrap(), Some(&serial)).unwrap();
        let key = key.unlock(&pin(PIN)).unwrap();
        let mut client = Client::new(config, bench.service.trust(), key, clock::now).unwrap();
        body(&mut client, &server).await;
    });
}

fn answer(body: Value) -> Reaction {
    Reaction::Answer(200, body)
}

fn problem(kind: ProblemType) -> Reaction {
    Reaction::Problem(Problem::new(kind))
}

#[test]
fn an_unknown_capsule_key_is_fetched_again_once() {
    run(
        "service::an_unknown_capsule_key_is_fetched_again_once",
        |bench| {
            let script = vec![Reaction::Plain(ProblemType::OhttpKey), answer(me())];
            with_client(
                bench,
                Gateway::genuine(bench),
                script,
                async |client, server| {
                    assert_eq!(client.me().await.unwrap().user.name, "Li Na");
                    assert_eq!(server.requests(), ["GET /v1/me", "GET /v1/me"]);
                    assert_eq!(server.key_fetches(), 2);
                },
            );
        },
    );
}

#[test]
fn a_server_that_never_knows_its_key_is_given_up() {
    run(
        "service::a_server_that_never_knows_its_key_is_given_up",
        |bench| {
            let script = (0..3)
                .map(|_| Reaction::Plain(ProblemType::OhttpKey))
                .collect();
            with_client(
                bench,
                Gateway::genuine(bench),
                script,
                async |client, server| {
                    let error = client.me().await.unwrap_err();
                    assert_eq!(error.problem(), Some(ProblemType::OhttpKey));
                    assert_eq!(server.requests().len(), 3);
                },
            );
        },
    );
}

#[test]
fn the_services_clock_is_used_and_refreshed() {
    run(
        "service::the_services_clock_is_used_and_refreshed",
        |bench| {
            let hour = SignedDuration::from_hours(1);
            let gateway = Gateway {
                clock: hour,
                ..Gateway::genuine(bench)
            };
            let script = vec![problem(ProblemType::Date), answer(me())];
            with_client(bench, gateway, script, async |client, server| {
                client.me().await.unwrap();
                assert_eq!(server.key_fetches(), 2);
                let ahead = client.now().duration_since(clock::now());
                assert!(
                    (ahead - hour).abs() < SignedDuration::from_secs(5),
                    "{ahead}"
                );
                let warned = client.clock_warning().unwrap();
                assert!(
                    (warned - hour).abs() < SignedDuration::from_secs(5),
                    "{warned}"
                );
            });
        },
    );
}

/// A captured gateway could have requests signed today that the platform takes next week.
#[test]
fn a_clock_that_is_days_off_is_not_followed() {
    run(
        "service::a_clock_that_is_days_off_is_not_followed",
        |bench| {
            for hours in [49, -49] {
                let gateway = Gateway {
                    clock: SignedDuration::from_hours(hours),
                    ..Gateway::genuine(bench)
                };
                with_client(
                    bench,
                    gateway,
                    vec![answer(me())],
                    async |client, server| {
                        let error = client.me().await.unwrap_err();
                        assert!(error.to_string().contains("clock"), "{error}");
                        assert_eq!(server.key_fetches(), 1, "asked once, and nothing sent");
                    },
                );
            }
        },
    );
}

#[test]
fn reading_is_repeated_after_a_lost_answer() {
    run(
        "service::reading_is_repeated_after_a_lost_answer",
        |bench| {
            let script = vec![answer(me()), Reaction::Close, answer(me())];
            with_client(
                bench,
                Gateway::genuine(bench),
                script,
                async |client, server| {
                    client.me().await.unwrap();
                    client.me().await.unwrap();
                    assert_eq!(server.requests().len(), 3);
                    assert_eq!(server.key_fetches(), 2, "a new connection has new keys");
                },
            );
        },
    );
}

#[test]
fn a_server_that_is_not_genuine_gets_no_request() {
    run(
        "service::a_server_that_is_not_genuine_gets_no_request",
        |bench| {
            let foreign = Ca::new(clock::now() - SignedDuration::from_hours(1));
            let genuine = || Gateway::genuine(bench);
            let gateways = [
                Gateway {
                    tls: foreign.server(Role::Gateway, "pay.example"),
                    ..genuine()
                },
                Gateway {
                    tls: bench.service.server(Role::Platform, "pay.example"),
                    ..genuine()
                },
                Gateway {
                    tls: bench.service.server(Role::Gateway, "other.example"),
                    ..genuine()
                },
                Gateway {
                    keys: bench.service.server(Role::Gateway, "pay.example"),
                    ..genuine()
                },
                Gateway {
                    keys: foreign.server(Role::KeyConfiguration, "pay.example"),
                    ..genuine()
                },
            ];
            for (index, gateway) in gateways.into_iter().enumerate() {
                with_client(bench, gateway, Vec::new(), async |client, server| {
                    let error = client.me().await.unwrap_err();
                    let ServiceError::NotGenuine(why) = &error else {
                        panic!("{index}: {error:?}")
                    };
                    match (index, why) {
                        (0, NotGenuine::Certificate(ChainError::Foreign))
                        | (1, NotGenuine::Certificate(ChainError::WrongRole { .. }))
                        | (2, NotGenuine::Name { .. })
                        | (3 | 4, NotGenuine::Keys(_)) => {}
                        _ => panic!("{index}: {why:?}"),
                    }
                    assert_eq!(server.requests().len(), 0);
                });
            }
        },
    );
}

/// The sample order, now, signed with the client's own USB key.
pub(crate) fn signed(client: &Client) -> SignedOrder {
    let mut document = order::document("B-202608-0001");
    document.created = client.now();
    document.expires = document.created + SignedDuration::from_mins(15);
    let draft = Draft::new(&document).unwrap();
    client.sign(draft, pin(PIN)).unwrap()
}

pub(crate) fn view(signed: &SignedOrder, digest: Digest, state: &str) -> Value {
    let order = signed.order();
    json!({
        "order": order.order, "digest": digest, "state": state, "user": order.user,
        "total": order.total, "currency": order.currency, "reference": "", "history": [],
        "source": {"kind": "mandate", "mandate": "M-0001"},
        "bills": [{"bill": "B-202608-0001", "principal": 1_234_500, "penalty": 2_469}],
    })
}

struct Sent {
    recorded: Recorded<Order>,
    journal: Journal,
    order: OrderId,
    me: Me,
}

/// Signs an order with the client's key and puts it into a journal.
fn recorded(bench: &Bench, client: &Client, signed: SignedOrder) -> Sent {
    let journal = Journal::open(&bench.folder().join("journal")).unwrap();
    let order = signed.order().order;
    let recorded = Recorded::record(client, &journal, signed).unwrap();
    Sent {
        recorded,
        journal,
        order,
        me: serde_json::from_value(me()).unwrap(),
    }
}

impl Sent {
    fn standing(&self) -> Standing {
        self.journal.entry(self.order).unwrap().unwrap().standing()
    }
}

/// The script's answers name the order's digest, which is known only once it is signed.
fn with_signed(
    bench: &Bench,
    script: impl Fn(&SignedOrder) -> Vec<Reaction>,
    body: impl AsyncFnOnce(&mut Client, &Running, Sent),
) {
    with_client(
        bench,
        Gateway::genuine(bench),
        Vec::new(),
        async |client, server| {
            let signed = signed(client);
            server.follow(script(&signed));
            let sent = recorded(bench, client, signed);
            body(client, server, sent).await;
        },
    );
}

#[test]
fn an_order_is_sent_once_and_its_lost_answer_asked_for() {
    run(
        "service::an_order_is_sent_once_and_its_lost_answer_asked_for",
        |bench| {
            let script = |order: &SignedOrder| {
                vec![
                    Reaction::Close,
                    answer(view(order, order.digest(), "submitted")),
                ]
            };
            with_signed(bench, script, async |client, server, mut sent| {
                let outcome = sent.recorded.submit(client, &sent.journal).await.unwrap();
                assert!(matches!(outcome, Outcome::Unknown(_)), "{outcome:?}");
                assert_eq!(sent.standing(), Standing::Sent);
                let outcome = sent
                    .recorded
                    .resolve(client, &sent.journal, &sent.me)
                    .await
                    .unwrap();
                assert!(matches!(outcome, Outcome::Accepted(_)), "{outcome:?}");
                assert_eq!(
                    sent.standing(),
                    Standing::Accepted {
                        state: "submitted".into()
                    }
                );
                let path = format!("GET /v1/orders/{}", sent.order);
                assert_eq!(server.requests(), ["POST /v1/orders".to_owned(), path]);
            });
        },
    );
}

#[test]
fn an_order_that_never_arrived_is_sent_again_with_the_same_signature() {
    run(
        "service::an_order_that_never_arrived_is_sent_again_with_the_same_signature",
        |bench| {
            let script = |order: &SignedOrder| {
                vec![
                    problem(ProblemType::Unavailable),
                    problem(ProblemType::NotFound),
                    Reaction::Answer(201, view(order, order.digest(), "accepted")),
                ]
            };
            with_signed(bench, script, async |client, server, mut sent| {
                let outcome = sent.recorded.submit(client, &sent.journal).await.unwrap();
                assert!(matches!(outcome, Outcome::Unknown(_)), "{outcome:?}");
                let entry = sent.journal.entry(sent.order).unwrap().unwrap();
                // As another process does it, from what the journal has.
                let mut again = Recorded::<Order>::from_entry(&entry).unwrap();
                let outcome = again
                    .resolve(client, &sent.journal, &sent.me)
                    .await
                    .unwrap();
                assert!(matches!(outcome, Outcome::Accepted(_)), "{outcome:?}");
                let orders = server.orders();
                assert_eq!(orders.len(), 2);
                assert_eq!(orders[0], entry.signed.as_bytes());
                assert_eq!(orders[0], orders[1]);
            });
        },
    );
}

#[test]
fn a_refusal_is_an_outcome_but_not_after_a_lost_answer() {
    run(
        "service::a_refusal_is_an_outcome_but_not_after_a_lost_answer",
        |bench| {
            let script = |order: &SignedOrder| {
                vec![
                    Reaction::Close,
                    problem(ProblemType::Unbound),
                    problem(ProblemType::BillClaimed),
                    answer(view(order, order.digest(), "accepted")),
                ]
            };
            with_signed(bench, script, async |client, _server, mut sent| {
                for _ in 0..2 {
                    let outcome = sent.recorded.submit(client, &sent.journal).await.unwrap();
                    assert!(matches!(outcome, Outcome::Unknown(_)), "{outcome:?}");
                }
                // Refused now because it was accepted the first time: the service has it.
                let outcome = sent.recorded.submit(client, &sent.journal).await.unwrap();
                assert!(matches!(outcome, Outcome::Accepted(_)), "{outcome:?}");
            });
        },
    );
}

#[test]
fn a_first_refusal_closes_the_order() {
    run("service::a_first_refusal_closes_the_order", |bench| {
        let script = |_: &SignedOrder| vec![problem(ProblemType::QuoteExpired)];
        with_signed(bench, script, async |client, server, mut sent| {
            let outcome = sent.recorded.submit(client, &sent.journal).await.unwrap();
            assert!(matches!(outcome, Outcome::Refused(_)), "{outcome:?}");
            assert_eq!(
                sent.standing(),
                Standing::Refused {
                    problem: "quote-expired".into()
                }
            );
            assert_eq!(server.requests().len(), 1);
        });
    });
}

/// What became of the order is known to the service, and cannot be kept here: it must not look as
/// if nothing had been sent.
#[test]
fn an_outcome_that_cannot_be_kept_is_unknown() {
    run(
        "service::an_outcome_that_cannot_be_kept_is_unknown",
        |bench| {
            let script =
                |order: &SignedOrder| vec![answer(view(order, order.digest(), "accepted"))];
            with_signed(bench, script, async |client, _, mut sent| {
                // Room for one more record: that it was sent.
                let mut entry = sent.journal.entry(sent.order).unwrap().unwrap();
                entry.records = vec![entry.records[0].clone(); 999];
                let line = serde_json::to_string(&entry).unwrap();
                let file = sent.journal.folder().join(format!("{}.json", sent.order));
                std::fs::write(file, format!("{line}\n{}\n", Digest::of(line.as_bytes()))).unwrap();
                let error = sent
                    .recorded
                    .submit(client, &sent.journal)
                    .await
                    .unwrap_err();
                assert!(
                    matches!(error, PaymentError::Unrecorded { document, .. } if document == sent.order.into()),
                    "{error:?}"
                );
                assert_eq!(sent.standing(), Standing::Sent);
                // Not even that fits now: nothing is sent.
                let error = sent
                    .recorded
                    .submit(client, &sent.journal)
                    .await
                    .unwrap_err();
                assert!(matches!(error, PaymentError::Journal(_)), "{error:?}");
            });
        },
    );
}

#[test]
fn another_order_under_this_id_is_not_taken_for_ours() {
    run(
        "service::another_order_under_this_id_is_not_taken_for_ours",
        |bench| {
            let script = |order: &SignedOrder| {
                let other = || view(order, Digest::of(b"another order"), "settled");
                vec![answer(other()), answer(other())]
            };
            with_signed(bench, script, async |client, _server, mut sent| {
                let outcome = sent.recorded.submit(client, &sent.journal).await.unwrap();
                assert!(matches!(outcome, Outcome::Unknown(_)), "{outcome:?}");
                let outcome = sent
                    .recorded
                    .resolve(client, &sent.journal, &sent.me)
                    .await
                    .unwrap();
                assert!(matches!(outcome, Outcome::Refused(_)), "{outcome:?}");
            });
        },
    );
}

#[test]
fn another_customers_order_is_neither_asked_for_nor_sent() {
    run(
        "service::another_customers_order_is_neither_asked_for_nor_sent",
        |bench| {
            with_signed(
                bench,
                |_| Vec::new(),
                async |client, server, mut sent| {
                    let mut other = me();
                    other["customer"]["id"] = "0b7a3c1e-6a0e-4a52-8f7e-1d2c3b4a5969".into();
                    let other: Me = serde_json::from_value(other).unwrap();
                    let outcome = sent
                        .recorded
                        .resolve(client, &sent.journal, &other)
                        .await
                        .unwrap();
                    assert!(matches!(outcome, Outcome::Unknown(_)), "{outcome:?}");
                    assert_eq!(server.requests().len(), 0);
                    assert_eq!(sent.standing(), Standing::Signed);
                },
            );
        },
    );
}

#[test]
fn an_order_of_another_key_is_not_recorded() {
    run(
        "service::an_order_of_another_key_is_not_recorded",
        |bench| {
            with_client(
                bench,
                Gateway::genuine(bench),
                Vec::new(),
                async |client, _server| {
                    let journal = Journal::open(&bench.folder().join("journal")).unwrap();
                    let theirs = order::signed("B-202608-0001");
                    let refused = Recorded::record(client, &journal, theirs);
                    assert!(
                        matches!(refused, Err(PaymentError::Signer { signer }) if signer == "Li Na")
                    );
                    assert!(journal.list().unwrap().entries.is_empty());
                },
            );
        },
    );
}
