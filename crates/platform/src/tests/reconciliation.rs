//! The bank's statement against the books, what two managers make of what waits, and the close of
//! the day.

mod sent_back;

use std::path::Path;

use http::Method;
use jiff::ToSpan as _;
use serde_json::{Value, json};
use uuid::Uuid;
use wattkey_bank::calendar::Calendar;
use wattkey_domain::{PenaltyRules, ResolutionId};
use wattkey_protocol::binding::UnbindReason;
use wattkey_protocol::order::Named;
use wattkey_protocol::reconciliation::{Rule, WaitingItem};
use wattkey_protocol::resolution::{
    Action, Allocation, DepositPart, Resolution, ResolutionDecision, Verdict,
};
use wattkey_protocol::signed::{Payload, Signed};
use wattkey_store::{Location, PostgresSettings};
use wattkey_test_postgres::Database;
use wattkey_transport::Group;

use super::bank::{sound, state, take};
use super::world::{Answer, Outgoing, World, field};
use crate::bank_channel::http::BankMessage;
use crate::close::{Close, Closing, close};
use crate::testing::{AUDIENCE, UsbKey, after, manager, now, sign};

const OWN: &str = "DE89370400440532013000";
const DAY: &str = "2026-08-31";

/// An entry: the bank's reference, amount, direction, and what its transaction says.
struct Entry<'e>(&'e str, &'e str, &'e str, &'e str);

fn entry(one: &Entry<'_>, day: &str) -> String {
    let Entry(reference, amount, direction, transaction) = one;
    format!(
        "<Ntry><Amt Ccy=\"CNY\">{amount}</Amt><CdtDbtInd>{direction}</CdtDbtInd>\
         <Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt>\
         <AcctSvcrRef>{reference}</AcctSvcrRef><NtryDtls><TxDtls>{transaction}</TxDtls></NtryDtls></Ntry>"
    )
}

fn message(kind: &str, element: &str, report: &str, content: &str) -> BankMessage {
    BankMessage {
        number: 0,
        kind: kind.to_owned(),
        body: format!(
            "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:{kind}.001.08\"><{element}>\
             <GrpHdr><MsgId>M</MsgId></GrpHdr><{report}>{content}</{report}></{element}></Document>"
        ),
    }
}

fn notification(entries: &[Entry<'_>]) -> BankMessage {
    let entries: String = entries.iter().map(|one| entry(one, DAY)).collect();
    let account = format!("<Id>N1</Id><Acct><Id><IBAN>{OWN}</IBAN></Id></Acct>");
    let content = account + &entries;
    message("camt.054", "BkToCstmrDbtCdtNtfctn", "Ntfctn", &content)
}

/// A statement of a day; balances are left out when they are empty.
struct Stated<'s> {
    id: &'s str,
    number: u64,
    account: &'s str,
    day: &'s str,
    page: &'s str,
    opening: &'s str,
    closing: &'s str,
}

const STATED: Stated<'static> = Stated {
    id: "S8",
    number: 8,
    account: OWN,
    day: DAY,
    page: "",
    opening: "100.00",
    closing: "100.00",
};

fn statement(of: &Stated<'_>, entries: &[Entry<'_>]) -> BankMessage {
    let balance = |amount: &str, code: &str| {
        if amount.is_empty() {
            return String::new();
        }
        let day = of.day;
        format!(
            "<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy=\"CNY\">{amount}</Amt>\
             <CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
        )
    };
    let entries: String = entries.iter().map(|one| entry(one, of.day)).collect();
    let content = format!(
        "<Id>{}</Id>{}<LglSeqNb>{}</LglSeqNb><Acct><Id><IBAN>{}</IBAN></Id></Acct>{}{}{entries}",
        of.id,
        of.page,
        of.number,
        of.account,
        balance(of.opening, "OPBD"),
        balance(of.closing, "CLBD")
    );
    message("camt.053", "BkToCstmrStmt", "Stmt", &content)
}

const FROM_STEEL: &str = "<RltdPties><Dbtr><Pty><Nm>Example Steel</Nm></Pty></Dbtr>\
    <DbtrAcct><Id><Othr><Id>6222000000000001</Id></Othr></Id></DbtrAcct></RltdPties>\
    <RmtInf><Ustrd>July, B-2</Ustrd></RmtInf>";

fn get(target: &str) -> Outgoing {
    Outgoing {
        method: Method::GET,
        target: target.to_owned(),
        fields: Vec::new(),
        body: Vec::new(),
        group: Group::X25519MlKem768,
    }
}

async fn reconciled(world: &World) -> Value {
    let target = format!("/v1/reconciliation?day={DAY}");
    let manager = &world.manager.authentication;
    world.manage(manager, get(&target)).await.json()
}

fn differences(answer: &Value) -> Vec<String> {
    let differences = answer["differences"].as_array().unwrap().iter();
    let shown = differences.map(|one| {
        let amount = one["amount"].as_i64().unwrap_or_default();
        format!("{} {amount}", one["kind"].as_str().unwrap())
    });
    shown.collect()
}

async fn items(world: &World) -> Vec<WaitingItem> {
    serde_json::from_value(reconciled(world).await["items"].clone()).unwrap()
}

/// A second manager, who is bound now.
async fn second_manager(world: &mut World) -> UsbKey {
    let key = world.pki.manager_key("M2");
    let first = world.manager.clone();
    world.writer.bind(&first, manager(2), &key);
    world.store_steps().await;
    key
}

fn person(id: u128) -> Named<wattkey_domain::UserId> {
    let holder = manager(id);
    Named {
        id: holder.id,
        name: holder.name,
    }
}

fn resolution(number: u128, item: &WaitingItem) -> Resolution {
    Resolution {
        resolution: ResolutionId::from_uuid(Uuid::from_u128(number)),
        audience: AUDIENCE.to_owned(),
        item: item.view.item.clone(),
        item_digest: item.view.digest(),
        action: Action::Match,
        allocations: vec![Allocation {
            bill: "B-2".parse().unwrap(),
            principal: 2_000_000,
            penalty: 0,
        }],
        deposit: None,
        to: None,
        reason: String::new(),
        manager: person(1),
        created: now(),
    }
}

fn signed<T: Payload>(document: &T, key: &UsbKey) -> Signed<T> {
    let certificate = key.signature.thumbprint();
    Signed::sign(document, &*key.signature_signer, certificate).unwrap()
}

fn word(of: &Signed<Resolution>, by: u128, decision: Verdict) -> ResolutionDecision {
    ResolutionDecision {
        resolution: of.document().resolution,
        resolution_digest: of.digest(),
        audience: AUDIENCE.to_owned(),
        manager: person(by),
        decision,
        created: now(),
    }
}

async fn post<T: Payload>(world: &World, key: &UsbKey, document: &Signed<T>) -> Answer {
    let target = if T::TYPE.contains("decision") {
        "/v1/resolution-decisions"
    } else {
        "/v1/resolutions"
    };
    let request = Outgoing {
        method: Method::POST,
        fields: vec![field("content-type", "application/jose")],
        body: document.as_str().as_bytes().to_vec(),
        ..get(target)
    };
    world.manage(&key.authentication, request).await
}

#[track_caller]
fn refused(answer: &Answer, reason: &str) {
    assert_eq!(answer.problem(), "resolution", "{}", answer.text());
    assert_eq!(answer.member("reason"), reason, "{}", answer.text());
}

/// An order of 10,840.00 for B-1 that the bank has booked, and 20,000.00 that come by themselves;
/// all of it notified, and in the day's statement.
async fn booked(world: &World) {
    let order = world.order(1, &["B-1"]).await;
    let answer = world
        .post(&world.li_na, &world.li_na.sign_order(&order))
        .await;
    assert_eq!(answer.status, 201);
    let id = order.order.to_string().replace('-', "");
    let reference = format!("<Refs><EndToEndId>WK{id}</EndToEndId></Refs>");
    let entries = [
        Entry("E1", "10840.00", "CRDT", &reference),
        Entry("E2", "20000.00", "CRDT", FROM_STEEL),
    ];
    take(world, &notification(&entries[..1])).await;
    assert_eq!(state(world, &order).await, "settled");
    let stated = Stated {
        closing: "30940.00",
        ..STATED
    };
    take(world, &statement(&stated, &entries)).await;
}

/// Money that no order waits for.
pub(crate) async fn comes_in(world: &World) {
    let entry = Entry("E2", "20000.00", "CRDT", FROM_STEEL);
    take(world, &notification(&[entry])).await;
}

#[tokio::test]
async fn a_statement_that_fits_leaves_only_what_waits() {
    let world = World::new().await;
    booked(&world).await;
    let answer = reconciled(&world).await;
    assert_eq!(differences(&answer), [""; 0], "{answer:#}");
    assert_eq!(
        answer["statements"],
        json!([{"id": "S8", "sequence": 8, "messages": [2], "currency": "CNY", "opening": 10_000,
            "credits": 3_084_000, "debits": 0, "closing": 3_094_000, "entries": 2}])
    );
    assert_eq!(
        answer["agreed"],
        json!([{"currency": "CNY", "entries": 2, "credits": 3_084_000, "debits": 0}])
    );
    let items = items(&world).await;
    assert_eq!(items.len(), 1);
    assert_eq!(items[0].digest, items[0].view.digest());
    let proposals = serde_json::to_value(&items[0].proposals).unwrap();
    insta::assert_json_snapshot!(proposals, @r#"
    [
      {
        "allocations": [
          {
            "bill": "B-2",
            "penalty": 0,
            "principal": 2000000
          }
        ],
        "customer": {
          "id": "00000000-0000-0000-0000-000000000070",
          "name": "Example Steel"
        },
        "deposit": null,
        "rule": "bill-in-text",
        "why": "the payer names these bills"
      }
    ]
    "#);
    // Nothing of it was done.
    let bill = world.get(&world.li_na, "/v1/bills/B-2").await.json();
    assert_eq!(bill["open"], 2_000_000);
    let target = format!(
        "/v1/reconciliation/split?item={}&bill=B-1&amount=500000",
        items[0]
            .view
            .item
            .to_string()
            .replace('|', "%7C")
            .replace('+', "%2B")
    );
    let split = world
        .manage(&world.manager.authentication, get(&target))
        .await;
    assert_eq!(split.json()["open"], 0);
}

/// A statement tells two payments of an entry, and three are in it.
#[tokio::test]
async fn what_an_entry_has_beyond_its_transactions_is_listed() {
    let world = World::new().await;
    let part = format!("<Amt Ccy=\"CNY\">10.00</Amt>{FROM_STEEL}");
    let entry = [Entry(
        "E1",
        "30.00",
        "CRDT",
        &format!("{part}</TxDtls><TxDtls>{part}"),
    )];
    let stated = Stated {
        closing: "130.00",
        ..STATED
    };
    let taken = take(&world, &statement(&stated, &entry)).await;
    assert_eq!((taken.reports, taken.listed), (2, 3));
    let items = items(&world).await;
    let listed = items.iter().map(|one| one.view.why.as_str());
    let listed = listed.filter(|why| why.contains("1000 minor units of this entry"));
    assert_eq!(listed.count(), 1, "{items:?}");
}

/// A bank that notifies each payment of an entry and states the entry alone, or the other way round.
#[tokio::test]
async fn an_entry_and_its_transactions_are_posted_once() {
    let part = |amount: &str, id: &str| {
        format!(
            "<Refs><EndToEndId>{id}</EndToEndId></Refs><Amt Ccy=\"CNY\">{amount}</Amt>{FROM_STEEL}"
        )
    };
    let two = format!(
        "{}</TxDtls><TxDtls>{}",
        part("10.00", "A"),
        part("20.00", "B")
    );
    let told = [Entry("E1", "30.00", "CRDT", &two)];
    let alone = |message: BankMessage| {
        let (from, until) = ("<NtryDtls>", "</NtryDtls>");
        let (before, rest) = message.body.split_once(from).unwrap();
        let (_, after) = rest.split_once(until).unwrap();
        BankMessage {
            body: format!("{before}{after}"),
            ..message
        }
    };
    let stated = Stated {
        closing: "130.00",
        ..STATED
    };
    for (first, second, posted, listed) in [
        (notification(&told), alone(statement(&stated, &told)), 2, 1),
        (alone(notification(&told)), statement(&stated, &told), 1, 2),
    ] {
        let world = World::new().await;
        assert_eq!(take(&world, &first).await.reports, posted);
        let again = take(&world, &second).await;
        assert_eq!((again.reports, again.listed), (0, listed));
        assert_eq!(take(&world, &first).await.listed, 0, "a copy is none of it");
        let waiting: i64 = items(&world)
            .await
            .iter()
            .filter_map(|one| one.view.amount)
            .sum();
        assert_eq!(waiting, 3_000, "what came in, once");
        if posted == 2 {
            let answer = reconciled(&world).await;
            assert_eq!(differences(&answer), [""; 0], "{answer:#}");
        }
        let found = crate::verify::bank::check(&world.app.store, world.app.penalty).await;
        assert_eq!(
            found.unwrap(),
            [""; 0],
            "read again, the messages say the same"
        );
        sound(&world).await;
    }
}

#[tokio::test]
async fn rules_propose_by_mandate_account_and_order() {
    let world = World::new().await;
    let without_words = FROM_STEEL.replace("July, B-2", "thank you");
    let other = FROM_STEEL
        .replace("6222000000000001", "6222000000000009")
        .replace("July, B-2", "for C-2, and no more");
    let entries = [
        // B-2 and B-3 fall due on the same day, and are not late.
        Entry("E1", "30000.00", "CRDT", &without_words),
        Entry("E2", "50100.00", "CRDT", &other),
        // B-1 with a penalty of 42 days, the oldest.
        Entry("E3", "10840.00", "CRDT", &without_words),
        Entry("E4", "1.00", "CRDT", &without_words),
        // B-1 with its penalty and B-2.
        Entry("E5", "30840.00", "CRDT", &without_words),
    ];
    take(&world, &notification(&entries)).await;
    let items = items(&world).await;
    let proposed = items.iter().map(|item| {
        let proposals = item.proposals.iter().map(|one| {
            let bills = one
                .allocations
                .iter()
                .map(|part| format!("{} {}+{}", part.bill, part.principal, part.penalty));
            let deposit = one.deposit.iter();
            let deposit = deposit.map(|part| format!("{} {}", part.account, part.amount));
            let parts: Vec<String> = bills.chain(deposit).collect();
            format!("{:?}: {}", one.rule, parts.join(", "))
        });
        (item.view.amount.unwrap(), proposals.collect::<Vec<_>>())
    });
    let mut proposed: Vec<_> = proposed.collect();
    proposed.sort();
    let of = |proposals: &[&str]| proposals.iter().map(|one| (*one).to_owned()).collect();
    let wanted: Vec<(i64, Vec<String>)> = vec![
        (100, of(&[])),
        (1_084_000, of(&["MandateOneBill: B-1 1000000+84000"])),
        (3_000_000, of(&["MandateOneBill: B-3 3000000+0"])),
        (
            3_084_000,
            of(&["MandateOldestBills: B-1 1000000+84000, B-2 2000000+0"]),
        ),
        (
            5_010_000,
            of(&["AccountInText: B-3 3000000+0, C-2 2010000"]),
        ),
    ];
    assert_eq!(proposed, wanted);
}

#[tokio::test]
async fn money_like_that_of_a_returned_order_is_proposed_for_its_bills() {
    let world = World::new().await;
    booked(&world).await;
    let id = "00000000000000000000000000000001";
    let back = format!(
        "<Refs><EndToEndId>WK{id}</EndToEndId></Refs><RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>"
    );
    let again = FROM_STEEL
        .replace("6222000000000001", "6222000000000009")
        .replace("July, B-2", "once more");
    let entries = [
        Entry("E8", "10840.00", "DBIT", &back),
        Entry("E9", "10840.00", "CRDT", &again),
    ];
    take(&world, &notification(&entries)).await;
    let items = items(&world).await;
    let item = items
        .iter()
        .find(|item| item.view.amount == Some(1_084_000));
    let proposals = &item.unwrap().proposals;
    assert_eq!(proposals.len(), 1, "{proposals:?}");
    assert_eq!(proposals[0].rule, Rule::OrderTakenBack);
    assert_eq!(proposals[0].allocations[0].bill.as_str(), "B-1");
    assert_eq!(proposals[0].allocations[0].penalty, 84_000);
}

#[tokio::test]
async fn what_is_wrong_with_a_statement_is_named() {
    let known = "<Refs><EndToEndId>WK00000000000000000000000000000009</EndToEndId></Refs>";
    let stated = |change: fn(&mut Stated<'static>)| {
        let mut stated = STATED;
        change(&mut stated);
        stated
    };
    type Messages = Vec<BankMessage>;
    let plain = || statement(&STATED, &[]);
    let before = |number, closing| {
        let before = Stated {
            id: "S7",
            number,
            day: "2026-08-28",
            closing,
            ..STATED
        };
        statement(&before, &[])
    };
    let page = |page, opening, closing, entries: &[Entry<'_>]| {
        let stated = Stated {
            page,
            opening,
            closing,
            ..STATED
        };
        statement(&stated, entries)
    };
    let first = "<StmtPgntn><PgNb>1</PgNb><LastPgInd>false</LastPgInd></StmtPgntn>";
    let last = "<StmtPgntn><PgNb>2</PgNb><LastPgInd>true</LastPgInd></StmtPgntn>";
    let other = "NL91ABNA0417164300";
    let fee = [Entry("E1", "1.00", "DBIT", known)];
    let one = [Entry("E1", "1.00", "CRDT", FROM_STEEL)];
    let two = [Entry("E2", "2.00", "CRDT", FROM_STEEL)];
    let reworded = FROM_STEEL.replace("July, B-2", "July");
    let reworded = [Entry("E1", "1.00", "CRDT", &reworded)];
    let with_one = |id, entries: &[Entry<'_>]| {
        let closing = "101.00";
        let stated = Stated {
            id,
            closing,
            ..STATED
        };
        statement(&stated, entries)
    };
    let cases: Vec<(&str, Messages, &[&str])> = vec![
        ("none came", vec![], &["no-statement 0"]),
        ("empty", vec![plain()], &[]),
        ("twice", vec![plain(), plain()], &[]),
        (
            "twice, in other words",
            vec![with_one("S8", &one), with_one("S8", &reworded)],
            &[],
        ),
        (
            "twice, under another name",
            vec![with_one("S8", &one), with_one("S8-1", &reworded)],
            &[],
        ),
        (
            "after the one before",
            vec![before(7, "100.00"), plain()],
            &[],
        ),
        ("a gap", vec![before(5, "100.00"), plain()], &["gap 0"]),
        (
            "another opening",
            vec![before(7, "99.00"), plain()],
            &["opening 100"],
        ),
        (
            "a wrong sum",
            vec![statement(&stated(|one| one.closing = "100.01"), &[])],
            &["sum 1"],
        ),
        (
            "no balances",
            vec![statement(&stated(|one| one.opening = ""), &[])],
            &["unproven 0"],
        ),
        (
            "another account",
            vec![statement(
                &Stated {
                    account: other,
                    ..STATED
                },
                &one,
            )],
            &["no-statement 0"],
        ),
        (
            "two pages",
            vec![
                page(first, "100.00", "", &one),
                page(last, "", "103.00", &two),
            ],
            &[],
        ),
        (
            "a page is missing",
            vec![page(last, "", "103.00", &two)],
            &["unproven 0"],
        ),
        (
            "a debit that we did not order",
            vec![statement(&stated(|one| one.closing = "99.00"), &fee)],
            &["not-posted -100"],
        ),
        (
            "notified, and not stated",
            vec![notification(&one), plain()],
            &["not-stated 100"],
        ),
    ];
    for (what, messages, wanted) in cases {
        let world = World::new().await;
        for message in messages {
            take(&world, &message).await;
        }
        let answer = reconciled(&world).await;
        assert_eq!(differences(&answer), wanted, "{what}: {answer:#}");
        sound(&world).await;
    }
}

/// A debit that nobody ordered: two managers looked into it, and the day says so from then on.
#[tokio::test]
async fn what_managers_resolved_is_shown_as_that_on_its_day() {
    let mut world = World::new().await;
    let second = second_manager(&mut world).await;
    let first = world.manager.clone();
    let nobodys = "<RmtInf><Ustrd>who knows</Ustrd></RmtInf>";
    let debit = [Entry("E1", "1.00", "DBIT", nobodys)];
    let stated = Stated {
        closing: "99.00",
        ..STATED
    };
    take(&world, &statement(&stated, &debit)).await;
    assert_eq!(differences(&reconciled(&world).await), ["not-posted -100"]);
    let item = items(&world).await.remove(0);
    let noted = Resolution {
        action: Action::Note,
        allocations: Vec::new(),
        reason: "the bank's error, told by telephone".to_owned(),
        ..resolution(1, &item)
    };
    let noted = signed(&noted, &first);
    assert_eq!(post(&world, &first, &noted).await.status, 201);
    // It takes two.
    assert_eq!(differences(&reconciled(&world).await), ["not-posted -100"]);
    let confirm = signed(&word(&noted, 2, Verdict::Confirm), &second);
    assert_eq!(post(&world, &second, &confirm).await.status, 201);
    let answer = reconciled(&world).await;
    assert_eq!(differences(&answer), ["resolved -100"]);
    let shown = &answer["differences"][0];
    assert_eq!(shown["resolution"], json!(noted.document().resolution));
    assert_eq!(shown["action"], "note");
    assert_eq!(items(&world).await, []);
    // Nothing was posted, so the day still lacks it.
    let closed = closed(&world, None).await;
    assert_eq!(closed.bank.bridge[0].not_posted, 100);
    assert!(closed.to_string().contains("\nDONE: "), "{closed}");
    sound(&world).await;
}

#[tokio::test]
async fn two_managers_match_a_receipt() {
    two_managers(World::new().await).await;
}

#[tokio::test]
async fn two_managers_match_a_receipt_on_postgresql() {
    let database = Database::new();
    let settings = PostgresSettings::parse(&database.url()).unwrap();
    let location = Location::Postgres(settings);
    two_managers(World::on(tempfile::tempdir().unwrap(), &location).await).await;
}

/// The bank refuses its message for good, and says nothing of it.
#[tokio::test]
async fn two_managers_end_an_order_that_the_bank_does_not_end() {
    let mut world = World::new().await;
    let second = second_manager(&mut world).await;
    let first = world.manager.clone();
    let order = world.order(1, &["B-1"]).await;
    assert_eq!(world.pay(&world.li_na, &order).await.status, 201);
    assert!(
        world
            .app
            .store
            .outbox_next(now(), 5)
            .await
            .unwrap()
            .is_some()
    );
    let target = format!("/v1/reconciliation/item?item=order:{}", order.order);
    let item: WaitingItem = {
        let answer = world.manage(&first.authentication, get(&target)).await;
        serde_json::from_value(answer.json()).unwrap()
    };
    assert_eq!(item.digest, item.view.digest());
    assert_eq!(item.view.why, "the order is accepted");
    let rejected = Resolution {
        action: Action::OrderRejected,
        allocations: Vec::new(),
        reason: "the bank refuses the message".to_owned(),
        ..resolution(1, &item)
    };
    let settled = Resolution {
        action: Action::OrderReturned,
        ..rejected.clone()
    };
    let settled = signed(&settled, &first);
    refused(&post(&world, &first, &settled).await, "state");
    let rejected = signed(&rejected, &first);
    assert_eq!(post(&world, &first, &rejected).await.status, 201);
    let shown = world.manage(&first.authentication, get(&target)).await;
    assert_eq!(
        shown.json()["resolution"],
        json!(rejected.document().resolution)
    );
    let confirm = signed(&word(&rejected, 2, Verdict::Confirm), &second);
    let answer = post(&world, &second, &confirm).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert_eq!(state(&world, &order).await, "rejected");
    let path = format!("/v1/orders/{}", order.order);
    let shown = world.get(&world.li_na, &path).await.json();
    let note = shown["history"][1]["note"].as_str().unwrap();
    assert!(note.starts_with("resolution "), "{note}");
    let bill = world.get(&world.li_na, "/v1/bills/B-1").await.json();
    assert_eq!(bill["open"], 1_000_000);
    assert_eq!(world.app.store.outbox_next(now(), 5).await.unwrap(), None);
    let unknown = world.manage(
        &first.authentication,
        get("/v1/reconciliation/item?item=event:x"),
    );
    assert_eq!(unknown.await.problem(), "not-found");
    sound(&world).await;
}

async fn two_managers(mut world: World) {
    let second = second_manager(&mut world).await;
    let first = world.manager.clone();
    booked(&world).await;
    let item = items(&world).await.remove(0);
    let matched = signed(&resolution(1, &item), &first);
    assert_eq!(post(&world, &first, &matched).await.status, 201);
    assert_eq!(post(&world, &first, &matched).await.status, 200);
    let again = signed(&resolution(2, &item), &first);
    refused(&post(&world, &first, &again).await, "waits");
    let waiting = items(&world).await.remove(0);
    assert_eq!(waiting.resolution, Some(matched.document().resolution));

    let own = signed(&word(&matched, 1, Verdict::Confirm), &first);
    refused(&post(&world, &first, &own).await, "same-manager");
    let confirm = signed(&word(&matched, 2, Verdict::Confirm), &second);
    // Over another manager's connection.
    let answer = post(&world, &first, &confirm).await;
    assert_eq!(answer.problem(), "resolution-signature");
    let answer = post(&world, &second, &confirm).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert_eq!(answer.json()["state"], "confirmed");
    assert_eq!(post(&world, &second, &confirm).await.status, 200);
    let refuse = signed(&word(&matched, 1, Verdict::Refuse), &first);
    refused(&post(&world, &first, &refuse).await, "decided");

    let bill = world.get(&world.li_na, "/v1/bills/B-2").await.json();
    assert_eq!((&bill["state"], &bill["open"]), (&"paid".into(), &0.into()));
    assert_eq!(items(&world).await, []);
    refused(&post(&world, &first, &again).await, "resolved");
    let listed = world.manage(&second.authentication, get("/v1/resolutions?all=true"));
    let listed = listed.await.json();
    assert_eq!(listed["items"][0]["decision"]["manager"], json!(person(2)));
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    sound(&world).await;

    let folder = tempfile::tempdir().unwrap();
    let closed = closed(&world, Some(folder.path())).await;
    assert!(closed.balanced, "{:?}", closed.problems);
    assert_eq!(closed.transfers, exported(folder.path()).len() as u64);
    let bridge = &closed.bank.bridge[0];
    let parts = bridge.stated + bridge.not_posted + bridge.posted_on_other_days;
    assert_eq!(parts + bridge.of_other_statements, bridge.ledger);
    assert_eq!((bridge.stated, bridge.ledger), (3_084_000, 3_084_000));
    assert_eq!(closed.unmatched.len(), 0);
}

#[tokio::test]
async fn documents_that_do_not_fit_are_refused() {
    let mut world = World::new().await;
    let second = second_manager(&mut world).await;
    let first = world.manager.clone();
    booked(&world).await;
    let item = items(&world).await.remove(0);
    let good = resolution(1, &item);
    let deposit = |account: &str, amount| {
        let account = account.parse().unwrap();
        Some(DepositPart { account, amount })
    };
    type Change<'c> = &'c dyn Fn(&mut Resolution);
    let cases: [(Change<'_>, &str); 8] = [
        (
            &|one| one.item_digest = wattkey_pki::Digest::of(b"x"),
            "item",
        ),
        (&|one| one.item = "receipt:camt:x".parse().unwrap(), "item"),
        (&|one| one.created = now() - 6.minutes(), "created"),
        (&|one| one.allocations[0].principal = 2_000_001, "open"),
        (&|one| one.allocations[0].principal = 1_999_999, "amount"),
        (&|one| one.allocations[0].penalty = 1, "penalty"),
        (
            &|one| one.allocations[0].bill = "B-8".parse().unwrap(),
            "bill",
        ),
        (&|one| one.deposit = deposit("C-8", 1), "account"),
    ];
    for (change, reason) in cases {
        let mut changed = good.clone();
        change(&mut changed);
        refused(
            &post(&world, &first, &signed(&changed, &first)).await,
            reason,
        );
    }
    let signature = async |document: &Resolution, by: &UsbKey, over: &UsbKey| {
        let answer = post(&world, over, &signed(document, by)).await;
        assert_eq!(answer.problem(), "resolution-signature");
    };
    signature(&good, &second, &first).await;
    signature(&good, &second, &second).await;
    let mut other = good.clone();
    other.audience = "https://other.example".to_owned();
    signature(&other, &first, &first).await;
    let user = &world.li_na.key;
    let answer = post(&world, user, &signed(&good, user)).await;
    assert_eq!(answer.problem(), "certificate-role");
    for target in ["/v1/reconciliation?day=31", "/v1/reconciliation?days=1"] {
        let answer = world.manage(&first.authentication, get(target)).await;
        assert_eq!(answer.problem(), "malformed", "{target}");
    }

    // What was signed lies in the database until it is confirmed: by then its signer is gone.
    let matched = signed(&good, &first);
    assert_eq!(post(&world, &first, &matched).await.status, 201);
    let place = after(world.writer.head, now());
    let step = wattkey_protocol::binding::Step::unbind(
        place,
        AUDIENCE,
        &first.serial,
        first.authentication.thumbprint(),
        UnbindReason::Compromised,
    );
    let step = sign(&step, &second.signature, &second.signature_signer);
    world.writer.push(step);
    world.store_steps().await;
    let confirm = signed(&word(&matched, 2, Verdict::Confirm), &second);
    refused(&post(&world, &second, &confirm).await, "signer");
    let refuse = signed(&word(&matched, 2, Verdict::Refuse), &second);
    assert_eq!(post(&world, &second, &refuse).await.status, 201);
    sound(&world).await;
}

async fn closed(world: &World, out: Option<&Path>) -> Close {
    let calendar = Calendar::default();
    let closing = Closing {
        penalty: PenaltyRules::default(),
        calendar: &calendar,
        out,
        now: now() + 48.hours(),
    };
    close(&world.app.store, DAY.parse().unwrap(), &closing)
        .await
        .unwrap()
}

/// The lines of the exported ledger, without its head.
fn exported(folder: &Path) -> Vec<String> {
    let csv = std::fs::read_to_string(folder.join(format!("{DAY}-ledger.csv"))).unwrap();
    csv.split_terminator("\r\n")
        .skip(1)
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn a_day_is_closed_and_its_ledger_written() {
    let world = World::new().await;
    booked(&world).await;
    let order = world.order(2, &["B-3"]).await;
    let answer = world
        .post(&world.li_na, &world.li_na.sign_order(&order))
        .await;
    assert_eq!(answer.status, 201);
    let folder = tempfile::tempdir().unwrap();
    let closed = closed(&world, Some(folder.path())).await;
    assert!(closed.balanced && closed.over, "{:?}", closed.problems);
    assert!(closed.checkpoint.is_none());
    let in_transit = &closed.in_transit[0];
    assert_eq!(
        (in_transit.banking_days, in_transit.amount),
        ("0", 3_000_000)
    );
    assert_eq!(
        (closed.unmatched[0].count, closed.unmatched[0].amount),
        (1, 2_000_000)
    );
    let lines = exported(folder.path());
    assert_eq!(lines.len() as u64, closed.transfers);
    let mut sums = std::collections::BTreeMap::<String, i64>::new();
    for line in &lines {
        let fields: Vec<&str> = line.split(',').collect();
        if fields[9] != "CNY" {
            continue;
        }
        let amount: i64 = fields[8].parse().unwrap();
        let sort = |account: &str| account.split(':').next().unwrap().to_owned();
        *sums.entry(sort(fields[6])).or_default() += amount;
        *sums.entry(sort(fields[7])).or_default() -= amount;
    }
    for row in closed
        .trial_balance
        .iter()
        .filter(|row| row.currency == "CNY")
    {
        let change = row.debits - row.credits;
        assert_eq!(
            sums.get(&row.account).copied().unwrap_or_default(),
            change,
            "{row:?}"
        );
    }
    let report = std::fs::read(folder.path().join(format!("{DAY}-close.json"))).unwrap();
    let report: Value = serde_json::from_slice(&report).unwrap();
    assert_eq!(report, serde_json::to_value(&closed).unwrap());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    let shown = closed.to_string();
    assert!(
        shown.contains("LOOK: no checkpoint covers the day yet"),
        "{shown}"
    );
    assert!(shown.ends_with("the day balances\n"), "{shown}");

    let file = crate::binding_log::HeadFile::of_checkpoints(
        world.folder.path(),
        world.pki.services.anchor(),
    );
    let made = crate::checkpoints::make(&world.app, &file).await.unwrap();
    let covered = self::closed(&world, None).await.checkpoint.unwrap();
    assert_eq!(Some(covered.sequence), made);
}
