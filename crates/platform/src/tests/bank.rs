//! The bank channel on the platform's side, with the bank played by messages and a small server.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use http::StatusCode;
use tokio::net::TcpListener;
use tokio::sync::watch;
use wattkey_protocol::order::Order;

use super::world::World;
use crate::bank_channel::http::BankMessage;
use crate::bank_channel::{self, Taken};
use crate::config::{Bank, Exchange, Hours};

const OWN_ACCOUNT: &str = "DE89370400440532013000";
/// How long a test waits for what must happen.
const DEADLINE: Duration = Duration::from_secs(10);

/// Hands a message in as the bank's next one, whatever its number is.
pub(crate) async fn take(world: &World, message: &BankMessage) -> Taken {
    let number = world.app.store.bank_cursor().await.unwrap() + 1;
    let message = BankMessage {
        number,
        ..message.clone()
    };
    bank_channel::take(&world.app, &message).await.unwrap()
}

/// Li Na sends an order; the status of the answer.
async fn sent(world: &World, order: &Order) -> u16 {
    let signed = world.li_na.sign_order(order);
    world.post(&world.li_na, &signed).await.status.as_u16()
}

/// A booked credit entry for an order.
pub(crate) async fn settle(world: &World, order: &Order) {
    let message = notification(1, order, "20840.00", |entry| entry);
    let amount = format!("{}.{:02}", order.total / 100, order.total % 100);
    let message = BankMessage {
        body: message.body.replace("20840.00", &amount),
        ..message
    };
    assert_eq!(
        take(world, &message).await,
        Taken {
            reports: 1,
            listed: 0
        }
    );
}

fn reference(order: &Order) -> String {
    format!("WK{}", order.order.to_string().replace('-', ""))
}

pub(crate) fn notification(
    number: u64,
    order: &Order,
    amount: &str,
    change: impl Fn(String) -> String,
) -> BankMessage {
    let reference = reference(order);
    let body = format!(
        r#"<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"><BkToCstmrDbtCdtNtfctn>
        <GrpHdr><MsgId>N{number}</MsgId><CreDtTm>2026-09-01T08:00:00</CreDtTm></GrpHdr>
        <Ntfctn><Id>N{number}</Id><Acct><Id><IBAN>{OWN_ACCOUNT}</IBAN></Id></Acct>
        <Ntry><Amt Ccy="CNY">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
        <AcctSvcrRef>E{number}</AcctSvcrRef><NtryDtls><TxDtls><Refs><EndToEndId>{reference}</EndToEndId></Refs></TxDtls></NtryDtls>
        </Ntry></Ntfctn></BkToCstmrDbtCdtNtfctn></Document>"#
    );
    BankMessage {
        number,
        kind: "camt.054".to_owned(),
        body: change(body),
    }
}

pub(crate) fn status(number: u64, order: &Order, code: &str, reason: &str) -> BankMessage {
    let reference = reference(order);
    let body = format!(
        r#"<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt>
        <GrpHdr><MsgId>S{number}</MsgId></GrpHdr>
        <OrgnlGrpInfAndSts><OrgnlMsgId>{reference}</OrgnlMsgId></OrgnlGrpInfAndSts>
        <OrgnlPmtInfAndSts><OrgnlPmtInfId>{reference}</OrgnlPmtInfId><TxInfAndSts><OrgnlEndToEndId>{reference}</OrgnlEndToEndId>
        <TxSts>{code}</TxSts><StsRsnInf><Rsn><Cd>{reason}</Cd></Rsn></StsRsnInf></TxInfAndSts></OrgnlPmtInfAndSts>
        </CstmrPmtStsRpt></Document>"#
    );
    BankMessage {
        number,
        kind: "pain.002".to_owned(),
        body,
    }
}

/// A world with Li Na's order for B-1 (10,840.00 CNY).
pub(crate) async fn world_with_order() -> (World, Order) {
    let world = World::new().await;
    let order = world.order(1, &["B-1"]).await;
    let answer = world
        .post(&world.li_na, &world.li_na.sign_order(&order))
        .await;
    assert_eq!(answer.status, 201);
    (world, order)
}

pub(crate) async fn state(world: &World, order: &Order) -> serde_json::Value {
    world
        .get(&world.li_na, &format!("/v1/orders/{}", order.order))
        .await
        .json()["state"]
        .clone()
}

pub(crate) async fn sound(world: &World) {
    world.sound().await;
}

#[tokio::test]
async fn a_status_never_settles_a_booking_does() {
    let (world, order) = world_with_order().await;
    take(&world, &status(1, &order, "ACSC", "G000")).await;
    assert_eq!(state(&world, &order).await, "submitted");
    settle(&world, &order).await;
    assert_eq!(state(&world, &order).await, "settled");
    let bill = world.get(&world.li_na, "/v1/bills/B-1").await.json();
    assert_eq!(
        (bill["state"].clone(), bill["open"].clone()),
        ("paid".into(), 0.into())
    );
    sound(&world).await;
}

#[tokio::test]
async fn a_message_read_twice_is_taken_in_once() {
    let (world, order) = world_with_order().await;
    for _ in 0..2 {
        settle(&world, &order).await;
        take(&world, &status(1, &order, "RJCT", "AM04")).await;
    }
    let order = world
        .get(&world.li_na, &format!("/v1/orders/{}", order.order))
        .await
        .json();
    assert_eq!(order["history"].as_array().unwrap().len(), 2);
    assert_eq!(
        order["state"], "settled",
        "a rejection after the booking is listed, not posted"
    );
    sound(&world).await;
}

#[tokio::test]
async fn a_rejection_opens_the_bills_again_and_the_penalty_runs_on() {
    let (world, order) = world_with_order().await;
    take(&world, &status(1, &order, "RJCT", "AM04")).await;
    let view = world
        .get(&world.li_na, &format!("/v1/orders/{}", order.order))
        .await
        .json();
    assert_eq!(
        (view["state"].clone(), view["history"][1]["note"].clone()),
        ("rejected".into(), "RJCT AM04".into())
    );
    let bill = world.get(&world.li_na, "/v1/bills/B-1").await.json();
    assert_eq!(
        (bill["state"].clone(), bill["quote"]["penalty"].clone()),
        ("overdue".into(), 84_000.into())
    );
    let again = world.order(2, &["B-1"]).await;
    assert_eq!(
        world
            .post(&world.li_na, &world.li_na.sign_order(&again))
            .await
            .status,
        201
    );
    sound(&world).await;
}

/// The same bytes went out twice, and the bank refuses the second copy while it collects the first.
#[tokio::test]
async fn a_refused_second_copy_does_not_open_the_bills_again() {
    let (world, order) = world_with_order().await;
    let listed = Taken {
        reports: 0,
        listed: 1,
    };
    for (number, code) in [(1, "AM05"), (2, "DU01")] {
        let taken = take(&world, &status(number, &order, "RJCT", code)).await;
        assert_eq!(taken, listed, "{code}");
    }
    assert_eq!(state(&world, &order).await, "accepted");
    let again = Order {
        order: "6a1c3d1e-0000-4000-8000-000000000002".parse().unwrap(),
        ..order.clone()
    };
    assert_eq!(sent(&world, &again).await, 409, "the bill is still held");
    settle(&world, &order).await;
    assert_eq!(state(&world, &order).await, "settled");
    sound(&world).await;
}

/// A bank that numbers the entries of each message from 1 and uses a message id again.
#[tokio::test]
async fn references_that_the_bank_uses_again_hide_nothing() {
    let (world, first) = world_with_order().await;
    let second = world.order(2, &["B-2"]).await;
    assert_eq!(sent(&world, &second).await, 201);
    let numbered = |order: &Order| {
        let amount = format!("{}.{:02}", order.total / 100, order.total % 100);
        notification(1, order, &amount, |body| {
            body.replace("<AcctSvcrRef>E1</AcctSvcrRef>", "<NtryRef>1</NtryRef>")
        })
    };
    take(&world, &numbered(&first)).await;
    take(&world, &status(1, &second, "ACSP", "G000")).await;
    assert_eq!(state(&world, &second).await, "submitted");
    take(&world, &status(1, &second, "RJCT", "AM04")).await;
    assert_eq!(state(&world, &first).await, "settled");
    assert_eq!(state(&world, &second).await, "rejected");
    let third = world.order(3, &["B-2"]).await;
    assert_eq!(sent(&world, &third).await, 201);
    take(&world, &numbered(&third)).await;
    assert_eq!(state(&world, &third).await, "settled");
    sound(&world).await;
}

/// What settles nothing outlives the log: it is in the books, with the message's bytes.
#[tokio::test]
async fn what_is_listed_is_kept_with_its_message() {
    let (world, order) = world_with_order().await;
    let garbled = BankMessage {
        number: 7,
        kind: "camt.054".to_owned(),
        body: "<not-xml".to_owned(),
    };
    bank_channel::take(&world.app, &garbled).await.unwrap();
    settle(&world, &order).await;
    let twice = notification(9, &order, "10840.00", |body| body);
    let taken = take(&world, &twice).await;
    assert_eq!((taken.reports, taken.listed), (1, 1), "collected twice");
    let report = world.app.store.verify().await.unwrap();
    assert!(report.is_sound(), "{report:?}");
    let attention: Vec<_> = report.attention.iter().map(ToString::to_string).collect();
    assert_eq!(attention.len(), 3, "{attention:?}");
    for words in [
        "bank message 7: it cannot be read",
        "bank message 7: the bank's messages after 0",
        "contradiction",
    ] {
        let found = attention.iter().any(|line| line.contains(words));
        assert!(found, "{words}: {attention:?}");
    }
}

#[tokio::test]
async fn a_return_opens_the_bills_again() {
    let (world, order) = world_with_order().await;
    settle(&world, &order).await;
    let returned = notification(2, &order, "10840.00", |body| {
        body.replace(
            "<CdtDbtInd>CRDT</CdtDbtInd>",
            "<CdtDbtInd>DBIT</CdtDbtInd><RvslInd>true</RvslInd>",
        )
    });
    take(&world, &returned).await;
    assert_eq!(state(&world, &order).await, "returned");
    assert_eq!(
        world.get(&world.li_na, "/v1/bills/B-1").await.json()["state"],
        "overdue"
    );
    sound(&world).await;
}

#[tokio::test]
async fn what_settles_nothing_is_listed() {
    let (world, order) = world_with_order().await;
    let other = Order {
        order: "6a1c3d1e-0000-4000-8000-000000000009".parse().unwrap(),
        ..order.clone()
    };
    let same = |body: String| body;
    let replaced = |from: &'static str, to: &'static str| {
        move |body: String| {
            let changed = body.replace(from, to);
            assert_ne!(changed, body);
            changed
        }
    };
    let listed = Taken {
        reports: 0,
        listed: 1,
    };
    let refused = Taken {
        reports: 1,
        listed: 1,
    };
    for (message, wanted) in [
        (
            notification(
                1,
                &order,
                "10840.00",
                replaced(OWN_ACCOUNT, "GB33BUKB20201555555555"),
            ),
            &listed,
        ),
        (
            notification(
                2,
                &order,
                "10840.00",
                replaced("<CdtDbtInd>CRDT", "<CdtDbtInd>DBIT"),
            ),
            &listed,
        ),
        (
            notification(
                3,
                &order,
                "10840.00",
                replaced("<EndToEndId>WK", "<EndToEndId>XX"),
            ),
            &refused,
        ),
        (notification(5, &order, "10839.99", same), &refused),
        (
            notification(
                6,
                &order,
                "10840.00",
                replaced("Ccy=\"CNY\"", "Ccy=\"EUR\""),
            ),
            &listed,
        ),
        // Posted to the unmatched receipts.
        (notification(7, &other, "10840.00", same), &refused),
        (
            BankMessage {
                number: 8,
                kind: "pain.002".to_owned(),
                body: "<x>".to_owned(),
            },
            &listed,
        ),
        (
            BankMessage {
                number: 9,
                kind: "camt.053".to_owned(),
                body: String::new(),
            },
            &listed,
        ),
    ] {
        assert_eq!(&take(&world, &message).await, wanted, "{}", message.body);
    }
    let pending = notification(10, &order, "10840.00", replaced("<Cd>BOOK", "<Cd>PDNG"));
    assert_eq!(take(&world, &pending).await, Taken::default());
    assert_eq!(state(&world, &order).await, "accepted");
    sound(&world).await;
}

#[derive(Clone, Default)]
struct FakeBank {
    /// Bodies as they came, and how many are still to be refused.
    got: Arc<Mutex<Vec<Vec<u8>>>>,
    refuse: Arc<Mutex<u32>>,
    /// Messages with this text are refused for good.
    never: Arc<Mutex<Option<String>>>,
    /// Messages with this text fail each time.
    fail: Arc<Mutex<Option<String>>>,
    messages: Arc<Mutex<Vec<(String, String)>>>,
}

impl FakeBank {
    async fn start(&self) -> Bank {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let routes = post(Self::take).get(Self::give);
        let router = Router::new()
            .route("/messages", routes)
            .with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let poll = Duration::from_millis(10);
        Bank {
            exchange: Exchange::Http(address),
            poll,
            characters: wattkey_bank::CharacterSet::Latin,
            hours: Hours::default(),
        }
    }

    async fn take(State(bank): State<Self>, body: axum::body::Bytes) -> StatusCode {
        bank.got.lock().unwrap().push(body.to_vec());
        let text = String::from_utf8_lossy(&body);
        let has = |part: &Mutex<Option<String>>| {
            let part = part.lock().unwrap();
            part.as_deref().is_some_and(|part| text.contains(part))
        };
        if has(&bank.never) {
            return StatusCode::BAD_REQUEST;
        }
        if has(&bank.fail) {
            return StatusCode::SERVICE_UNAVAILABLE;
        }
        let mut refuse = bank.refuse.lock().unwrap();
        if *refuse > 0 {
            *refuse -= 1;
            return StatusCode::SERVICE_UNAVAILABLE;
        }
        StatusCode::ACCEPTED
    }

    async fn give(State(bank): State<Self>, uri: http::Uri) -> axum::Json<serde_json::Value> {
        let query = uri.query().unwrap_or_default();
        let after: usize = query
            .split('&')
            .find_map(|part| part.strip_prefix("after="))
            .unwrap()
            .parse()
            .unwrap();
        let messages = bank.messages.lock().unwrap();
        let numbered = messages.iter().enumerate().skip(after);
        let list: Vec<_> = numbered
            .map(|(place, (kind, body))| serde_json::json!({"number": place + 1, "kind": kind, "body": body}))
            .collect();
        axum::Json(serde_json::json!({ "messages": list }))
    }
}

pub(crate) async fn until(what: &str, mut done: impl AsyncFnMut() -> bool) {
    let deadline = tokio::time::Instant::now() + DEADLINE;
    while !done().await {
        assert!(tokio::time::Instant::now() < deadline, "{what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_goes_to_the_bank_and_comes_back_settled() {
    let (world, order) = world_with_order().await;
    let bank = FakeBank::default();
    *bank.refuse.lock().unwrap() = 2;
    let address = bank.start().await;
    let (stop, stopped) = watch::channel(false);
    let channel = tokio::spawn(bank_channel::run(Arc::clone(&world.app), address, stopped));

    until("the message arrives", async || {
        bank.got.lock().unwrap().len() >= 3
    })
    .await;
    let got = bank.got.lock().unwrap().clone();
    assert!(
        got.iter().all(|body| *body == got[0]),
        "the same bytes at each try"
    );
    assert!(
        String::from_utf8(got[0].clone())
            .unwrap()
            .contains(&reference(&order))
    );

    let message = notification(1, &order, "10840.00", |body| body);
    bank.messages
        .lock()
        .unwrap()
        .push((message.kind, message.body));
    until("the order settles", async || {
        state(&world, &order).await == "settled"
    })
    .await;
    until("the cursor moves", async || {
        world.app.store.bank_cursor().await.unwrap() == 1
    })
    .await;
    stop.send(true).unwrap();
    tokio::time::timeout(DEADLINE, channel)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        bank.got.lock().unwrap().len(),
        3,
        "sent once it was taken, and not again"
    );
    sound(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_the_bank_refuses_does_not_hold_up_the_next() {
    let (world, refused) = world_with_order().await;
    let bank = FakeBank::default();
    *bank.never.lock().unwrap() = Some(reference(&refused));
    the_next_arrives(&world, &refused, &bank).await;
    let reference = reference(&refused).into_bytes();
    let got = bank.got.lock().unwrap();
    let tries = got
        .iter()
        .filter(|body| body.windows(reference.len()).any(|part| part == reference));
    assert_eq!(tries.count(), 1, "it rests");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_fails_each_time_does_not_hold_up_the_next() {
    let (world, failed) = world_with_order().await;
    let bank = FakeBank::default();
    *bank.fail.lock().unwrap() = Some(reference(&failed));
    the_next_arrives(&world, &failed, &bank).await;
}

/// The bank does not take the message of `refused`, and takes the next one.
async fn the_next_arrives(world: &World, refused: &Order, bank: &FakeBank) {
    let good = world.order(2, &["B-2"]).await;
    let answer = world
        .post(&world.li_na, &world.li_na.sign_order(&good))
        .await;
    assert_eq!(answer.status, 201);
    let address = bank.start().await;
    let (stop, stopped) = watch::channel(false);
    let channel = tokio::spawn(bank_channel::run(Arc::clone(&world.app), address, stopped));
    let arrived = |order: &Order| {
        let reference = reference(order).into_bytes();
        let got = bank.got.lock().unwrap();
        got.iter()
            .any(|body| body.windows(reference.len()).any(|part| part == reference))
    };
    until("the refused one was tried", async || arrived(refused)).await;
    until("the next one arrives", async || arrived(&good)).await;
    stop.send(true).unwrap();
    tokio::time::timeout(DEADLINE, channel)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        state(world, refused).await,
        "accepted",
        "a person must look"
    );
}

#[tokio::test]
async fn the_message_is_valid_for_a_bank_and_carries_the_order() {
    let (world, order) = world_with_order().await;
    let message = world
        .app
        .store
        .outbox_next(world.now(), 10)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(message.id, reference(&order));
    let text = String::from_utf8(message.body).unwrap();
    for part in [
        "pain.008.001.08",
        "<InstdAmt Ccy=\"CNY\">10840.00</InstdAmt>",
        "<MndtId>M-1</MndtId>",
        "<Ustrd>B-1</Ustrd>",
        "<ReqdColltnDt>2026-08-31</ReqdColltnDt>",
        "<Othr><Id>6222000000000001</Id></Othr>",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}
