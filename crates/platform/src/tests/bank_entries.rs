//! Statements and notifications, of this bank and of others, over HTTP and over folders.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use wattkey_bank::exchange::Folders;
use wattkey_protocol::order::Order;

use super::bank::{notification, sound, state, take, until, world_with_order};
use super::world::World;
use crate::bank_channel::http::BankMessage;
use crate::bank_channel::{self, Taken};
use crate::config::{Bank, Exchange, Hours};

const STATEMENT: &str = include_str!("../../../../testdata/iso20022/camt053.v8.sample.xml");
const NOTIFICATION: &str = include_str!("../../../../testdata/iso20022/camt054.v8.sample.xml");

fn message(kind: &str, body: &str) -> BankMessage {
    BankMessage {
        number: 0,
        kind: kind.to_owned(),
        body: body.to_owned(),
    }
}

async fn attention(world: &World) -> Vec<String> {
    let report = world.app.store.verify().await.unwrap();
    assert!(report.is_sound(), "{report:?}");
    report.attention.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn entries_on_accounts_of_others_are_listed_with_the_reason_and_post_nothing() {
    let (world, order) = world_with_order().await;
    let before = world.app.store.verify().await.unwrap();
    for (kind, sample, entries) in [("camt.053", STATEMENT, 1), ("camt.054", NOTIFICATION, 3)] {
        let taken = take(&world, &message(kind, sample)).await;
        let wanted = Taken {
            reports: 0,
            listed: entries,
        };
        assert_eq!(taken, wanted, "{kind}");
    }
    let listed = attention(&world).await;
    assert_eq!(listed.len(), 4, "{listed:#?}");
    for line in &listed {
        assert!(line.contains("the account is not ours"), "{line}");
    }
    assert!(listed[0].contains("AAAASESS-FP-CN_98765/01"), "{listed:#?}");
    let after = world.app.store.verify().await.unwrap();
    assert_eq!(after.trial_balance, before.trial_balance);
    assert_eq!(state(&world, &order).await, "accepted");
}

/// The day's statement with the entry that was notified before, as version 2 has it.
fn statement(notified: &BankMessage) -> BankMessage {
    let body = notified
        .body
        .replace("camt.054.001.08", "camt.053.001.02")
        .replace("BkToCstmrDbtCdtNtfctn", "BkToCstmrStmt")
        .replace("<Ntfctn>", "<Stmt>")
        .replace("</Ntfctn>", "</Stmt>")
        .replace("<Sts><Cd>BOOK</Cd></Sts>", "<Sts>BOOK</Sts>")
        .replace("<MsgId>N", "<MsgId>S");
    message("camt.053", &body)
}

fn balance(amount: &str, kind: &str) -> String {
    format!(
        "<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy=\"CNY\">{amount}</Amt>\
         <CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-09-01</Dt></Dt></Bal>"
    )
}

#[tokio::test]
async fn one_booking_in_notification_and_statement_posts_once() {
    let notified = |order: &Order| {
        notification(1, order, "10840.00", |body| {
            body.replace("<Refs>", "<Refs><AcctSvcrRef>T1</AcctSvcrRef>")
        })
    };
    let of_the_batch = |message: &BankMessage| BankMessage {
        body: message
            .body
            .replace(
                "<AcctSvcrRef>E1</AcctSvcrRef>",
                "<AcctSvcrRef>T1</AcctSvcrRef>",
            )
            .replace("<Refs><AcctSvcrRef>T1</AcctSvcrRef>", "<Refs>"),
        ..message.clone()
    };
    type Change<'c> = &'c dyn Fn(&BankMessage) -> BankMessage;
    let same: Change<'_> = &BankMessage::clone;
    let cases: [(&str, Change<'_>, Change<'_>); 3] = [
        ("notified first", same, &statement),
        ("stated first", &statement, same),
        (
            "notified by the transaction's reference",
            &of_the_batch,
            &statement,
        ),
    ];
    for (what, first, second) in cases {
        let (world, order) = world_with_order().await;
        let notified = notified(&order);
        for message in [first(&notified), second(&notified)] {
            let taken = take(&world, &message).await;
            let one = Taken {
                reports: 1,
                listed: 0,
            };
            assert_eq!(taken, one, "{what}: {}", message.body);
        }
        assert_eq!(state(&world, &order).await, "settled", "{what}");
        assert_eq!(attention(&world).await, Vec::<String>::new(), "{what}");
        sound(&world).await;
    }
}

#[tokio::test]
async fn a_statement_that_does_not_add_up_is_listed() {
    let (world, order) = world_with_order().await;
    let plain = statement(&notification(1, &order, "10840.00", |body| body));
    let balances = balance("100.00", "OPBD") + &balance("10940.01", "CLBD");
    let body = plain.body.replace("<Ntry>", &format!("{balances}<Ntry>"));
    let taken = take(&world, &message("camt.053", &body)).await;
    assert_eq!((taken.reports, taken.listed), (1, 1));
    let listed = attention(&world).await;
    assert!(
        listed[0].contains("1 minor units between its balances"),
        "{listed:?}"
    );
    assert_eq!(
        state(&world, &order).await,
        "settled",
        "what it says of orders counts"
    );
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let name = |entry: std::io::Result<std::fs::DirEntry>| entry.unwrap().file_name();
    let mut names: Vec<String> = entries
        .map(|entry| name(entry).into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn in_folders(folder: &Path) -> Bank {
    Bank {
        exchange: Exchange::Folder(Folders {
            out: folder.join("out"),
            incoming: folder.join("in"),
            done: folder.join("done"),
            settle: Duration::ZERO,
        }),
        poll: Duration::from_millis(10),
        characters: wattkey_bank::CharacterSet::Latin,
        hours: Hours::default(),
    }
}

/// It had number 1, and another platform of the same books took another one in as number 1.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_whose_number_was_taken_by_another_platform_is_read() {
    let (world, order) = world_with_order().await;
    let folder = tempfile::tempdir().unwrap();
    let below = |name: &str| folder.path().join(name);
    for name in ["in", "out", "done", "done/taking"] {
        std::fs::create_dir(below(name)).unwrap();
    }
    let notified = notification(7, &order, "10840.00", |body| body);
    std::fs::write(below("done/taking/0000000001-a.xml"), &notified.body).unwrap();
    let other = BankMessage {
        number: 1,
        kind: "camt.054".to_owned(),
        body: "no message".to_owned(),
    };
    bank_channel::take(&world.app, &other).await.unwrap();
    let (stop, stopped) = watch::channel(false);
    let bank = in_folders(folder.path());
    let channel = tokio::spawn(bank_channel::run(Arc::clone(&world.app), bank, stopped));
    until("it is put away", async || {
        below("done/received").exists() && !names(&below("done/received")).is_empty()
    })
    .await;
    stop.send(true).unwrap();
    tokio::time::timeout(Duration::from_secs(10), channel)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(names(&below("done/received")), ["0000000002-a.xml"]);
    assert_eq!(state(&world, &order).await, "settled");
    assert_eq!(world.app.store.bank_cursor().await.unwrap(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_travels_over_folders() {
    let (world, order) = world_with_order().await;
    let folder = tempfile::tempdir().unwrap();
    let below = |name: &str| folder.path().join(name);
    std::fs::create_dir(below("in")).unwrap();
    let bank = in_folders(folder.path());
    let (stop, stopped) = watch::channel(false);
    let channel = tokio::spawn(bank_channel::run(Arc::clone(&world.app), bank, stopped));

    // The client's folder is not there yet: nothing is lost, and it goes on when it is.
    let kept = world.app.store.order_message(order.order).await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    std::fs::create_dir(below("out")).unwrap();
    let reference = format!("WK{}", order.order.to_string().replace('-', ""));
    let file = below("out").join(format!("{reference}.xml"));
    until("the message is in the folder", async || file.exists()).await;
    assert_eq!(Some(std::fs::read(&file).unwrap()), kept);
    std::fs::remove_file(&file).unwrap();

    let notified = notification(1, &order, "10840.00", |body| body);
    std::fs::write(below("in/1.xml.part"), "half").unwrap();
    std::fs::write(below("in/a.xml"), &notified.body).unwrap();
    until("the order settles", async || {
        state(&world, &order).await == "settled"
    })
    .await;
    std::fs::write(below("in/b.xml"), statement(&notified).body).unwrap();
    std::fs::write(below("in/c.txt"), "no message").unwrap();
    until("all is put away", async || {
        names(&below("done/received")).len() == 3
    })
    .await;
    stop.send(true).unwrap();
    tokio::time::timeout(Duration::from_secs(10), channel)
        .await
        .unwrap()
        .unwrap();
    let received = names(&below("done/received"));
    assert_eq!(received[0], "0000000001-a.xml");
    assert_eq!(names(&below("in")), ["1.xml.part"]);
    assert_eq!(
        names(&below("out")),
        Vec::<String>::new(),
        "handed over once"
    );
    assert_eq!(world.app.store.bank_cursor().await.unwrap(), 3);
    let listed = attention(&world).await;
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert!(listed[0].contains("it cannot be read"), "{listed:?}");
}
