//! What others pay into our account, what we pay back, what the bank takes, and what is none of it.

use serde_json::json;
use wattkey_domain::{CreditorReference, Decision, OrderId};
use wattkey_protocol::order::{DepositPart, Order, RefundPart, Source};

use super::bank::{settle, state, take};
use super::world::World;
use crate::bank_channel::Taken;
use crate::bank_channel::http::BankMessage;

/// A booked entry on our account.
pub(crate) struct Entry {
    /// `CRDT` or `DBIT`.
    pub(crate) sign: &'static str,
    pub(crate) amount: &'static str,
    pub(crate) currency: &'static str,
    /// Family and sub-family of payments.
    pub(crate) code: Option<[&'static str; 2]>,
    pub(crate) value: &'static str,
    pub(crate) reversal: bool,
    pub(crate) end_to_end_id: Option<String>,
    /// What is in `RmtInf`.
    pub(crate) remittance: String,
}

impl Entry {
    pub(crate) fn credit(amount: &'static str) -> Self {
        Self {
            sign: "CRDT",
            amount,
            currency: "CNY",
            code: Some(["RCDT", "ESCT"]),
            value: "2026-08-31",
            reversal: false,
            end_to_end_id: None,
            remittance: String::new(),
        }
    }

    pub(crate) fn debit(amount: &'static str) -> Self {
        Self {
            sign: "DBIT",
            code: None,
            ..Self::credit(amount)
        }
    }

    pub(crate) fn structured(mut self, reference: &str) -> Self {
        let info = format!("<CdtrRefInf><Ref>{reference}</Ref></CdtrRefInf>");
        self.remittance = format!("<Strd>{info}</Strd>");
        self
    }

    pub(crate) fn words(mut self, words: &str) -> Self {
        self.remittance = format!("<Ustrd>{words}</Ustrd>");
        self
    }

    pub(crate) fn of(mut self, order: &Order) -> Self {
        let digits = order.order.to_string().replace('-', "");
        self.end_to_end_id = Some(format!("WK{digits}"));
        self
    }

    /// As the bank's notification `number`.
    pub(crate) fn notified(&self, number: u64) -> BankMessage {
        let Self {
            sign,
            amount,
            currency,
            value,
            remittance,
            ..
        } = self;
        let code = self.code.map_or_else(String::new, |[family, sub]| {
            format!(
                "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>{family}</Cd><SubFmlyCd>{sub}</SubFmlyCd></Fmly></Domn></BkTxCd>"
            )
        });
        let reversal = if self.reversal {
            "<RvslInd>true</RvslInd>"
        } else {
            ""
        };
        let refs = self.end_to_end_id.as_ref().map_or_else(String::new, |id| {
            format!("<Refs><EndToEndId>{id}</EndToEndId></Refs>")
        });
        let body = format!(
            r#"<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"><BkToCstmrDbtCdtNtfctn>
            <GrpHdr><MsgId>N{number}</MsgId><CreDtTm>2026-09-01T08:00:00</CreDtTm></GrpHdr>
            <Ntfctn><Id>N{number}</Id><Acct><Id><IBAN>DE89370400440532013000</IBAN></Id></Acct>
            <Ntry><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd>{reversal}<Sts><Cd>BOOK</Cd></Sts>
            <BookgDt><Dt>2026-08-31</Dt></BookgDt><ValDt><Dt>{value}</Dt></ValDt><AcctSvcrRef>X{number}</AcctSvcrRef>{code}
            <NtryDtls><TxDtls>{refs}<RltdPties><Dbtr><Pty><Nm>Example Steel</Nm></Pty></Dbtr></RltdPties>
            <RmtInf>{remittance}</RmtInf></TxDtls></NtryDtls>
            </Ntry></Ntfctn></BkToCstmrDbtCdtNtfctn></Document>"#
        );
        BankMessage {
            number,
            kind: "camt.054".to_owned(),
            body,
        }
    }
}

const POSTED: Taken = Taken {
    reports: 1,
    listed: 0,
};
/// Posted to the unmatched receipts, for a person to look at; or kept and not posted.
const UNMATCHED: Taken = Taken {
    reports: 1,
    listed: 1,
};
const LISTED: Taken = Taken {
    reports: 0,
    listed: 1,
};

/// The same order, paid by the customer himself.
pub(crate) fn transfer(order: &Order) -> Order {
    let reference = CreditorReference::for_order(&order.order);
    Order {
        source: Source::Transfer {
            creditor_reference: reference.as_str().to_owned(),
        },
        ..order.clone()
    }
}

/// An order of Li Na's that the steelworks pays itself.
async fn push(world: &World, id: u128, bills: &[&str]) -> (Order, String) {
    let order = transfer(&world.order(id, bills).await);
    let reference = CreditorReference::for_order(&order.order)
        .as_str()
        .to_owned();
    let answer = world.pay(&world.li_na, &order).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    (order, reference)
}

/// So much of ours is there, of that sort of ledger account; debit positive.
async fn balance(world: &World, account: &str) -> i64 {
    let report = world.app.store.verify().await.unwrap();
    assert!(report.is_sound(), "{report:?}");
    let rows = report.trial_balance.into_iter();
    rows.filter(|(name, ..)| name == account)
        .map(|(_, _, minor)| minor)
        .sum()
}

/// Money in the deposit of C-1, paid in by a mandate.
pub(crate) async fn funded(world: &World, id: u128, amount: i64) -> Order {
    let order = Order {
        deposit: Some(DepositPart {
            account: "C-1".parse().unwrap(),
            amount,
        }),
        total: amount,
        ..world.order(id, &[]).await
    };
    let answer = world.pay(&world.li_na, &order).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    settle(world, &order).await;
    assert_eq!(world.deposit("C-1").await, amount);
    order
}

#[tokio::test]
async fn a_credit_with_the_reference_settles_the_order() {
    let world = World::new().await;
    let (order, reference) = push(&world, 1, &["B-1"]).await;
    let target = format!("/v1/orders/{}", order.order);
    let shown = world.get(&world.li_na, &target).await.json();
    assert_eq!(shown["awaiting"]["what"], "transfer");
    assert_eq!(
        shown["source"],
        json!({"kind": "transfer", "creditor_reference": reference})
    );
    assert_eq!(
        world.open("B-1").await,
        (1_000_000, 0, "overdue".into()),
        "nothing is claimed"
    );
    // Whoever would pay it again is told.
    let waits =
        async || world.get(&world.chen_yu, "/v1/bills/B-1").await.json()["transfer"].clone();
    assert_eq!(waits().await, json!(order.order));
    let listed = world.get(&world.chen_yu, "/v1/bills").await.json();
    let listed = listed["items"].as_array().unwrap().iter();
    let waiting = listed.filter(|bill| !bill["transfer"].is_null());
    assert_eq!(waiting.count(), 1);
    let credit = Entry::credit("10840.00").structured(&reference);
    assert_eq!(take(&world, &credit.notified(1)).await, POSTED);
    assert_eq!(state(&world, &order).await, "settled");
    assert_eq!(world.open("B-1").await, (0, 0, "paid".into()));
    assert!(waits().await.is_null());
    assert_eq!(world.deposit("C-1").await, 0);
    assert_eq!(balance(&world, "bank").await, 1_084_000);
    let receipt = world.get(&world.li_na, &format!("{target}/receipt")).await;
    assert_eq!(receipt.status, 200);
    // In the statement again.
    let again = credit.notified(1);
    let again = BankMessage {
        body: again.body.replace("N1", "S1"),
        ..again
    };
    assert_eq!(take(&world, &again).await, POSTED);
    assert_eq!(balance(&world, "bank").await, 1_084_000);
    assert_eq!(world.sound().await, Vec::<String>::new());
}

#[tokio::test]
async fn the_transfer_for_the_customer_s_bank() {
    let world = World::new().await;
    let (order, reference) = push(&world, 1, &["B-1"]).await;
    let target = format!("/v1/orders/{}/transfer", order.order);
    let answer = world.get(&world.chen_yu, &target).await;
    assert_eq!(
        (answer.status.as_u16(), answer.media.as_str()),
        (200, "application/xml")
    );
    for part in [
        "pain.001.001.09".to_owned(),
        "<InstdAmt Ccy=\"CNY\">10840.00</InstdAmt>".to_owned(),
        format!("<Ref>{reference}</Ref>"),
        "<Cd>SCOR</Cd>".to_owned(),
        "<CdtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id></CdtrAcct>".to_owned(),
        "<DbtrAcct><Id><Othr><Id>6222000000000001</Id></Othr></Id></DbtrAcct>".to_owned(),
        "<ReqdExctnDt><Dt>2026-08-31</Dt></ReqdExctnDt>".to_owned(),
    ] {
        assert!(answer.text().contains(&part), "{part} in {}", answer.text());
    }
    let foreign = world.get(&world.zhao_lei, &target).await;
    assert_eq!(foreign.problem(), "not-found");
    let pull = world.order(2, &["B-2"]).await;
    assert_eq!(world.pay(&world.li_na, &pull).await.status, 201);
    let answer = world
        .get(&world.li_na, &format!("/v1/orders/{}/transfer", pull.order))
        .await;
    assert_eq!(answer.problem(), "not-found");
    let credit = Entry::credit("10840.00").structured(&reference);
    take(&world, &credit.notified(1)).await;
    assert_eq!(
        world.get(&world.li_na, &target).await.problem(),
        "decision",
        "it is paid"
    );
}

#[tokio::test]
async fn a_reference_is_found_in_the_payer_s_words_and_by_the_end_to_end_id() {
    let world = World::new().await;
    let (first, reference) = push(&world, 1, &["B-1"]).await;
    let printed = CreditorReference::for_order(&first.order).printed();
    let words = format!("INV RF18539007547034 AND {printed}, THANK YOU");
    let credit = Entry::credit("10840.00").words(&words);
    assert_eq!(take(&world, &credit.notified(1)).await, POSTED);
    assert_eq!(state(&world, &first).await, "settled");

    let (second, _) = push(&world, 2, &["B-2"]).await;
    let credit = Entry::credit("20000.00").of(&second);
    assert_eq!(take(&world, &credit.notified(2)).await, POSTED);
    assert_eq!(state(&world, &second).await, "settled");

    // One character is mistyped: the check digits tell.
    let mut mistyped = reference.into_bytes();
    let last = mistyped.last_mut().unwrap();
    *last = if *last == b'1' { b'2' } else { b'1' };
    let mistyped = String::from_utf8(mistyped).unwrap();
    for (number, credit) in [
        (3, Entry::credit("1.00").structured(&mistyped)),
        (4, Entry::credit("1.00").words(&mistyped)),
        (5, Entry::credit("1.00").structured("RF18539007547034")),
        (6, Entry::credit("1.00")),
    ] {
        assert_eq!(take(&world, &credit.notified(number)).await, UNMATCHED);
    }
    assert_eq!(balance(&world, "unmatched").await, -400);
    assert_eq!(world.sound().await.len(), 4);
}

/// 0.2 % a day on what is paid, up to the bank's value date; the rest runs on.
#[tokio::test]
async fn a_credit_that_is_too_small_pays_what_it_covers_and_one_too_large_goes_to_the_deposit() {
    let world = World::new().await;
    let (order, reference) = push(&world, 1, &["B-1", "B-2"]).await;
    // Value on 30 August: 41 days, 8.2 %. 5,000.00 pays 4,621.07 and its penalty, 378.93.
    let mut credit = Entry::credit("5000.00").structured(&reference);
    credit.value = "2026-08-30";
    assert_eq!(take(&world, &credit.notified(1)).await, POSTED);
    assert_eq!(
        state(&world, &order).await,
        "settled",
        "with the first credit"
    );
    assert_eq!(world.open("B-1").await.0, 1_000_000 - 462_107);
    assert_eq!(world.deposit("C-1").await, 0);
    // Later, with the same reference: all that is left and 100.00 more.
    let quote = world.get(&world.li_na, "/v1/bills/B-1/quote").await.json();
    let rest = quote["principal"].as_i64().unwrap() + quote["penalty"].as_i64().unwrap();
    let sum: &'static str = format!("{}.{:02}", (rest + 2_010_000) / 100, rest % 100).leak();
    let credit = Entry::credit(sum).structured(&reference);
    assert_eq!(take(&world, &credit.notified(2)).await, POSTED);
    assert_eq!(world.open("B-1").await, (0, 0, "paid".into()));
    assert_eq!(world.open("B-2").await, (0, 0, "paid".into()));
    assert_eq!(world.deposit("C-1").await, 10_000);
    assert_eq!(world.sound().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_credit_for_an_order_that_is_over_is_still_its() {
    let world = World::new().await;
    let (cancelled, reference) = push(&world, 1, &["B-1"]).await;
    let answer = world
        .decide(&world.li_na, cancelled.order, Decision::Cancel)
        .await;
    assert_eq!(answer.json()["state"], "cancelled");
    // Meanwhile the bill is paid by mandate.
    let pull = world.order(2, &["B-1"]).await;
    assert_eq!(world.pay(&world.li_na, &pull).await.status, 201);
    settle(&world, &pull).await;
    let credit = Entry::credit("10840.00").structured(&reference);
    assert_eq!(take(&world, &credit.notified(3)).await, POSTED);
    assert_eq!(state(&world, &cancelled).await, "settled");
    assert_eq!(world.deposit("C-1").await, 1_084_000, "nothing was open");

    let (lapsed, reference) = push(&world, 3, &["B-2"]).await;
    world.set_clock("2026-10-30T02:00:01Z");
    crate::schedule::look(&world.app).await;
    let li_na = world.li_na.renewed(world.now());
    let target = format!("/v1/orders/{}", lapsed.order);
    assert_eq!(world.get(&li_na, &target).await.json()["state"], "lapsed");
    let mut credit = Entry::credit("20000.00").structured(&reference);
    credit.value = "2026-09-20";
    assert_eq!(take(&world, &credit.notified(4)).await, POSTED);
    assert_eq!(world.get(&li_na, &target).await.json()["state"], "settled");
    let bill = world.get(&li_na, "/v1/bills/B-2").await.json();
    assert_eq!(bill["state"], "paid", "on its due day by value");
    world.sound().await;
}

/// Whoever makes a transfer writes its `EndToEndId` as he likes.
#[tokio::test]
async fn a_transfer_that_names_a_collection_does_not_settle_it() {
    let world = World::new().await;
    let order = world.order(1, &["B-1"]).await;
    assert_eq!(world.pay(&world.li_na, &order).await.status, 201);
    let credit = Entry::credit("10840.00").of(&order);
    assert_eq!(take(&world, &credit.notified(1)).await, UNMATCHED);
    assert_eq!(state(&world, &order).await, "accepted");
    let mut collected = Entry::credit("10840.00").of(&order);
    collected.code = Some(["IDDT", "ESDD"]);
    assert_eq!(take(&world, &collected.notified(2)).await, POSTED);
    assert_eq!(state(&world, &order).await, "settled");
    assert_eq!(balance(&world, "unmatched").await, -1_084_000);
}

#[tokio::test]
async fn what_the_bank_takes_is_posted_and_what_others_take_is_listed() {
    let world = World::new().await;
    let fee = |code| Entry {
        code: Some(code),
        ..Entry::debit("3.50")
    };
    assert_eq!(
        take(&world, &fee(["MDOP", "CHRG"]).notified(1)).await,
        POSTED
    );
    assert_eq!(balance(&world, "bank-charges").await, 350);
    assert_eq!(balance(&world, "bank").await, -350);
    let unknown: Order = Order {
        order: OrderId::from_uuid(uuid::Uuid::from_u128(9)),
        ..world.order(1, &["B-1"]).await
    };
    let known = world.order(2, &["B-2"]).await;
    assert_eq!(world.pay(&world.li_na, &known).await.status, 201);
    let reversed = Entry {
        reversal: true,
        ..Entry::debit("1.00")
    };
    let batch = Entry {
        code: Some(["IDDT", "ESDD"]),
        ..Entry::credit("500.00")
    };
    let foreign = Entry {
        currency: "EUR",
        ..Entry::credit("1.00")
    };
    let huge = Entry::credit("90071992547409.92");
    for (number, (what, entry)) in [
        ("a debit", Entry::debit("1.00")),
        ("of an unknown order", Entry::debit("1.00").of(&unknown)),
        ("of a collection", Entry::debit("20000.00").of(&known)),
        ("given back, of nothing", reversed),
        ("collections in one sum", batch),
        ("in another currency", foreign),
        ("beyond any amount", huge),
        ("nothing", Entry::credit("0.00")),
    ]
    .into_iter()
    .enumerate()
    {
        let message = entry.notified(number as u64 + 10);
        assert_eq!(take(&world, &message).await, LISTED, "{what}");
    }
    assert_eq!(balance(&world, "bank").await, -350);
    assert_eq!(state(&world, &known).await, "accepted");
    assert_eq!(world.sound().await.len(), 8);
}

#[tokio::test]
async fn a_deposit_is_paid_back_over_the_bank() {
    let world = World::new().await;
    funded(&world, 1, 500_000).await;
    while let Some(message) = world.app.store.outbox_next(world.now(), 10).await.unwrap() {
        let store = &world.app.store;
        store.outbox_done(&message.id, world.now()).await.unwrap();
    }
    let refund = |id: u128, amount| {
        let world = &world;
        async move {
            Order {
                refund: Some(RefundPart {
                    mandate: "M-1".parse().unwrap(),
                    account: "6222000000000001".to_owned(),
                    amount,
                }),
                source: Source::Deposit {
                    account: "C-1".parse().unwrap(),
                },
                total: amount,
                ..world.order(id, &[]).await
            }
        }
    };
    let order = refund(2, 200_000).await;
    let shown = world.pay(&world.li_na, &order).await.json();
    assert_eq!(shown["state"], "accepted");
    assert_eq!(
        shown["refund"],
        json!({"mandate": "M-1", "amount": 200_000})
    );
    assert_eq!(world.deposit("C-1").await, 300_000);
    assert_eq!(balance(&world, "refunds-payable").await, -200_000);
    let message = world.app.store.outbox_next(world.now(), 10).await.unwrap();
    let body = String::from_utf8(message.unwrap().body).unwrap();
    for part in [
        "pain.001.001.09",
        "<InstdAmt Ccy=\"CNY\">2000.00</InstdAmt>",
        "<DbtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id></DbtrAcct>",
        "<CdtrAcct><Id><Othr><Id>6222000000000001</Id></Othr></Id></CdtrAcct>",
        "<Ustrd>C-1</Ustrd>",
    ] {
        assert!(body.contains(part), "{part} in {body}");
    }
    let paid = Entry::debit("2000.00").of(&order);
    assert_eq!(take(&world, &paid.notified(20)).await, POSTED);
    assert_eq!(state(&world, &order).await, "settled");
    assert_eq!(balance(&world, "refunds-payable").await, 0);
    assert_eq!(balance(&world, "bank").await, 300_000);
    let mut back = Entry::credit("2000.00").of(&order);
    back.reversal = true;
    back.code = Some(["ICDT", "RRTN"]);
    assert_eq!(take(&world, &back.notified(21)).await, POSTED);
    assert_eq!(state(&world, &order).await, "returned");
    assert_eq!(world.deposit("C-1").await, 500_000);

    let rejected = refund(3, 500_000).await;
    assert_eq!(world.pay(&world.li_na, &rejected).await.status, 201);
    let refused = super::bank::status(22, &rejected, "RJCT", "AC04");
    assert_eq!(take(&world, &refused).await, POSTED);
    assert_eq!(state(&world, &rejected).await, "rejected");
    assert_eq!(world.deposit("C-1").await, 500_000);

    let too_much = refund(4, 500_001).await;
    let answer = world.pay(&world.li_na, &too_much).await;
    assert_eq!(
        (answer.problem(), answer.member("balance")),
        ("deposit", 500_000.into())
    );
    let elsewhere = Order {
        refund: Some(RefundPart {
            mandate: "M-1".parse().unwrap(),
            account: "6222000000000002".to_owned(),
            amount: 1,
        }),
        ..refund(5, 1).await
    };
    assert_eq!(
        world.pay(&world.li_na, &elsewhere).await.problem(),
        "mandate"
    );
    assert_eq!(world.sound().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_bill_is_paid_from_the_deposit_at_once() {
    let world = World::new().await;
    let funding = funded(&world, 1, 1_200_000).await;
    let from = |account: &str| Source::Deposit {
        account: account.parse().unwrap(),
    };
    let order = Order {
        source: from("C-1"),
        ..world.order(2, &["B-1"]).await
    };
    let shown = world.pay(&world.li_na, &order).await.json();
    assert_eq!(shown["state"], "settled");
    assert_eq!(world.open("B-1").await, (0, 0, "paid".into()));
    assert_eq!(world.deposit("C-1").await, 116_000);
    for (id, account, member) in [(3, "C-1", json!(116_000)), (4, "C-9", json!(null))] {
        let order = Order {
            source: from(account),
            ..world.order(id, &["B-2"]).await
        };
        let answer = world.pay(&world.li_na, &order).await;
        assert_eq!(
            (
                answer.problem(),
                answer.member("account"),
                answer.member("balance")
            ),
            ("deposit", account.into(), member)
        );
    }
    // What funded it is given back: below zero, which blocks it and is listed.
    let mut back = Entry::debit("12000.00").of(&funding);
    back.reversal = true;
    assert_eq!(take(&world, &back.notified(30)).await, POSTED);
    assert_eq!(world.deposit("C-1").await, -1_084_000);
    let order = Order {
        source: from("C-1"),
        ..world.order(5, &["B-2"]).await
    };
    let answer = world.pay(&world.li_na, &order).await;
    assert_eq!(
        (answer.problem(), answer.member("balance")),
        ("deposit", (-1_084_000).into())
    );
    assert_eq!(world.sound().await.len(), 1);
}

/// The marketing system takes a payment at the counter while the bank collects.
#[tokio::test]
async fn a_bill_that_is_paid_elsewhere_while_in_transit_leaves_its_surplus_in_the_deposit() {
    let world = World::new().await;
    let order = world.order(1, &["B-2"]).await;
    assert_eq!(world.pay(&world.li_na, &order).await.status, 201);
    world
        .import(&[
            json!({"type": "payment", "bill": "B-2", "amount": 2_000_000, "currency": "CNY",
            "paid": "2026-08-31", "channel": "counter", "reference": "K-1"}),
        ])
        .await;
    assert_eq!(world.deposit("C-1").await, 2_000_000);
    settle(&world, &order).await;
    assert_eq!(state(&world, &order).await, "settled");
    assert_eq!(world.open("B-2").await, (0, 0, "paid".into()));
    world.sound().await;
}

/// The bill is cancelled by a credit note while the bank collects, and the collection comes back.
#[tokio::test]
async fn a_bill_that_is_cancelled_while_in_transit_may_be_given_back() {
    let world = World::new().await;
    let order = world.order(1, &["B-2"]).await;
    assert_eq!(world.pay(&world.li_na, &order).await.status, 201);
    world
        .import(&[json!({"type": "credit-note", "id": "N-1", "bill": "B-2", "currency": "CNY",
            "issued": "2026-08-31", "revenue": 1_999_900, "tax": 60, "levies": 40, "reason": "meter"})])
        .await;
    assert_eq!(world.deposit("C-1").await, 2_000_000);
    settle(&world, &order).await;
    let mut back = Entry::debit("20000.00").of(&order);
    back.reversal = true;
    assert_eq!(take(&world, &back.notified(40)).await, POSTED);
    assert_eq!(state(&world, &order).await, "returned");
    world.sound().await;
}
