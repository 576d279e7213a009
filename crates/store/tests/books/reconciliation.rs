//! What managers make of money that no order waits for; and what a day came to.

use std::sync::{Arc, Mutex};

use base64ct::{Base64UrlUnpadded, Encoding as _};
use jiff::tz::TimeZone;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;
use wattkey_domain::{BankEvent, Item, OrderCause, ResolutionId, UserId};
use wattkey_store::{
    BankCredit, BankEventOutcome, BankReport, BankSubject, CloseOf, Covered, Debtor,
    DecideResolution, DecideResolutionOutcome, LedgerDay, LedgerLine, MatchedBill, ProposeOutcome,
    ProposeResolution, ReceiptMatch, Remedy, ResolutionRefusal, ResolutionVerdict, Resolving,
    WhichResolutions,
};

use crate::world::{World, bill_id, cny, lines, noon, order_id};

pub(crate) const WANG_FANG: UserId = UserId::from_uuid(Uuid::from_u128(0xd1));
pub(crate) const SUN_LI: UserId = UserId::from_uuid(Uuid::from_u128(0xd2));

pub(crate) fn receipt() -> Item {
    "receipt:camt:K1".parse().unwrap()
}

pub(crate) fn resolution_id(number: u128) -> ResolutionId {
    ResolutionId::from_uuid(Uuid::from_u128(number))
}

fn jws(payload: &serde_json::Value) -> (String, [u8; 32]) {
    let payload = payload.to_string();
    let encoded = Base64UrlUnpadded::encode_string(payload.as_bytes());
    (
        format!("e30.{encoded}.c2ln"),
        Sha256::digest(&payload).into(),
    )
}

/// Bills with principal and penalty, and what goes into the deposit of C-1.
pub(crate) fn matched(bills: &[(&str, i64, i64)], deposit: i64) -> ReceiptMatch {
    ReceiptMatch {
        bills: bills
            .iter()
            .map(|(bill, principal, penalty)| MatchedBill {
                bill: bill_id(bill),
                principal: *principal,
                penalty: *penalty,
            })
            .collect(),
        deposit: (deposit > 0).then(|| ("C-1".parse().unwrap(), deposit)),
    }
}

impl World {
    /// Money that came in on 30 August by the bank's value date, before anything is due.
    pub(crate) async fn comes_in(&self, reference: &str, minor: i64, value: &str, day: &str) {
        let report = BankReport {
            reference: reference.to_owned(),
            other_references: Vec::new(),
            subject: BankSubject::Credit(BankCredit {
                creditor_references: Vec::new(),
                amount: cny(minor),
                value: value.parse().unwrap(),
                debtor: Debtor {
                    name: Some("Example Steel".to_owned()),
                    account: Some("CN-7".to_owned()),
                },
                text: Some("for B-1".to_owned()),
                quoting: Arc::clone(&self.quoting),
            }),
            now: noon(day),
        };
        let outcome = self.store.apply_bank_event(report).await.unwrap();
        assert_eq!(outcome, BankEventOutcome::Unmatched);
    }

    async fn resolving(&self, item: &Item, remedy: Remedy) -> Resolving {
        let kept = self.store.bank_item(item.clone()).await.unwrap();
        Resolving {
            item: item.clone(),
            remedy,
            order: kept.as_ref().and_then(|item| item.order),
            sent_back: kept.and_then(|item| item.sent_back),
            quoting: Arc::clone(&self.quoting),
        }
    }

    pub(crate) async fn proposal(
        &self,
        number: u128,
        item: &Item,
        matched: Option<ReceiptMatch>,
    ) -> ProposeResolution {
        let remedy = matched.map_or(Remedy::Note, Remedy::Match);
        self.proposal_to(number, item, remedy).await
    }

    pub(crate) async fn proposal_to(
        &self,
        number: u128,
        item: &Item,
        remedy: Remedy,
    ) -> ProposeResolution {
        let matched = match &remedy {
            Remedy::Match(matched) => Some(matched),
            _ => None,
        };
        let bills = matched.iter().flat_map(|matched| &matched.bills);
        let bills: Vec<_> = bills
            .map(|part| {
                serde_json::json!({"bill": part.bill, "principal": part.principal,
                    "penalty": part.penalty})
            })
            .collect();
        let deposit = matched.and_then(|matched| {
            let (account, amount) = matched.deposit.clone()?;
            Some(serde_json::json!({"account": account, "amount": amount}))
        });
        let (jws, digest) = jws(&serde_json::json!({
            "resolution": resolution_id(number), "item": item, "manager": {"id": WANG_FANG},
            "action": match &remedy {
                Remedy::Note => "note",
                Remedy::Match(_) => "match",
                Remedy::Receive => "receive",
                Remedy::Return(_) => "return",
                Remedy::Order(OrderCause::Rejected) => "order-rejected",
                Remedy::Order(OrderCause::Booked) => "order-settled",
                Remedy::Order(_) => "order-returned",
            },
            "allocations": bills, "deposit": deposit,
            "to": match &remedy {
                Remedy::Return(to) => serde_json::json!({"name": to.name, "account": to.account,
                    "agent": to.agent}),
                _ => serde_json::Value::Null,
            },
        }));
        ProposeResolution {
            resolution: resolution_id(number),
            jws,
            digest,
            resolving: self.resolving(item, remedy).await,
            manager: WANG_FANG,
            bindings: 0,
            now: noon("2026-09-11"),
        }
    }

    pub(crate) async fn propose(&self, proposal: &ProposeResolution) -> ProposeOutcome {
        let outcome = self.store.propose_resolution(proposal.clone());
        outcome.await.unwrap()
    }

    pub(crate) async fn word(
        &self,
        proposal: &ProposeResolution,
        manager: UserId,
        verdict: ResolutionVerdict,
    ) -> DecideResolutionOutcome {
        let (jws, digest) = jws(&serde_json::json!({
            "resolution": proposal.resolution, "manager": {"id": manager},
            "resolution_digest": Base64UrlUnpadded::encode_string(&proposal.digest),
            "decision": verdict.as_str(),
        }));
        let word = DecideResolution {
            resolution: proposal.resolution,
            resolution_digest: proposal.digest,
            verdict,
            jws,
            digest,
            resolving: proposal.resolving.clone(),
            manager,
            bindings: 0,
            now: proposal.now,
        };
        self.store.decide_resolution(word).await.unwrap()
    }

    pub(crate) async fn waiting(&self) -> Vec<String> {
        let waiting = self.store.waiting_items().await.unwrap();
        assert_eq!(waiting.total, waiting.items.len() as u64);
        let items = waiting.items.into_iter();
        items.map(|(item, _)| item.item.to_string()).collect()
    }

    pub(crate) async fn day(&self, day: &str) -> (LedgerDay, Vec<LedgerLine>) {
        let of = CloseOf {
            day: day.parse().unwrap(),
            time_zone: TimeZone::fixed(jiff::tz::offset(8)),
        };
        let exported = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&exported);
        let day = self.store.ledger_day(
            of,
            Some(Box::new(move |line: &LedgerLine| {
                sink.lock().unwrap().push(line.clone());
                Ok(())
            })),
        );
        let day = day.await.unwrap();
        let lines = exported.lock().unwrap().clone();
        (day, lines)
    }
}

#[tokio::test]
async fn a_receipt_is_matched_when_a_second_manager_confirms() {
    use ResolutionVerdict::{Confirm, Refuse};
    let world = World::new(&[("B-1", 1_000), ("B-2", 500)]).await;
    world
        .comes_in("camt:K1", 1_300, "2026-08-30", "2026-08-31")
        .await;
    assert_eq!(world.waiting().await, ["receipt:camt:K1"]);
    let item = world.store.bank_item(receipt()).await.unwrap().unwrap();
    assert_eq!(item.amount, Some(cny(1_300)));
    assert_eq!(item.debtor_account.as_deref(), Some("CN-7"));

    let parts = matched(&[("B-1", 1_000, 0), ("B-2", 200, 0)], 100);
    let proposal = world.proposal(1, &receipt(), Some(parts)).await;
    assert_eq!(world.propose(&proposal).await, ProposeOutcome::Kept);
    assert_eq!(world.propose(&proposal).await, ProposeOutcome::Exists(None));
    let mut other = proposal.clone();
    other.digest = [9; 32];
    assert_eq!(
        world.propose(&other).await,
        ProposeOutcome::ExistsWithDifferentPayload
    );
    let note = world.proposal(2, &receipt(), None).await;
    let resolution = resolution_id(1);
    assert_eq!(
        world.propose(&note).await,
        ProposeOutcome::Waits { resolution }
    );
    assert_eq!(world.open("B-1").await, 1_000, "nothing is posted yet");

    assert_eq!(
        world.word(&proposal, WANG_FANG, Confirm).await,
        DecideResolutionOutcome::SameManager
    );
    assert_eq!(
        world.word(&other, SUN_LI, Confirm).await,
        DecideResolutionOutcome::DifferentDigest
    );
    let done = world.word(&proposal, SUN_LI, Confirm).await;
    assert!(
        matches!(done, DecideResolutionOutcome::Confirmed(Some(_))),
        "{done:?}"
    );
    assert_eq!(
        world.transfers(),
        lines(
            "unmatched-receipt | bank | unmatched | 1300
             receipt-matched | unmatched | receivable:B-1 | 1000
             receipt-matched | unmatched | receivable:B-2 | 200
             overpaid | unmatched | deposit:C-1 | 100"
        )
    );
    assert_eq!(world.open("B-2").await, 300);
    assert_eq!(world.waiting().await, [""; 0]);
    world.assert_sound().await;

    assert_eq!(
        world.word(&proposal, SUN_LI, Confirm).await,
        DecideResolutionOutcome::Exists
    );
    assert_eq!(
        world.word(&proposal, WANG_FANG, Refuse).await,
        DecideResolutionOutcome::Decided { verdict: Confirm }
    );
    assert_eq!(
        world.propose(&note).await,
        ProposeOutcome::Refused(ResolutionRefusal::Resolved { resolution })
    );
    let all = world
        .store
        .resolutions(WhichResolutions::All)
        .await
        .unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!(
        all[0].decision.as_ref().map(|word| word.manager),
        Some(SUN_LI)
    );
    let left = world.store.resolutions(WhichResolutions::Undecided);
    assert_eq!(left.await.unwrap().len(), 0);
}

#[tokio::test]
async fn what_does_not_fit_is_refused_and_posts_nothing() {
    let world = World::new(&[("B-1", 1_000), ("B-2", 500)]).await;
    // Ten days late by the bank's value date.
    world
        .comes_in("camt:K1", 1_020, "2026-09-10", "2026-09-10")
        .await;
    let before = world.transfers();
    let refused = async |parts: ReceiptMatch| {
        let proposal = world.proposal(1, &receipt(), Some(parts)).await;
        match world.propose(&proposal).await {
            ProposeOutcome::Refused(refusal) => refusal.to_string(),
            other => panic!("{other:?}"),
        }
    };
    for (parts, why) in [
        (
            matched(&[("B-1", 1_000, 0)], 20),
            "the penalty of bill B-1 as of 2026-09-10 is 0.20 CNY",
        ),
        (
            matched(&[("B-1", 1_000, 20), ("B-2", 100, 2)], 0),
            "bills and deposit do not come to 10.20 CNY",
        ),
        (
            matched(&[("B-1", 999, 20)], 0),
            "bills and deposit do not come to 10.20 CNY",
        ),
        (
            matched(&[("B-1", 1_001, 20)], 0),
            "of bill B-1 only 10.00 CNY is open",
        ),
        (
            matched(&[("B-1", 500, 10), ("B-1", 500, 10)], 0),
            "bill B-1 is there twice",
        ),
        (matched(&[("B-7", 1_020, 0)], 0), "there is no bill B-7"),
        (
            ReceiptMatch {
                bills: Vec::new(),
                deposit: Some(("C-7".parse().unwrap(), 1_020)),
            },
            "there is no contract account C-7",
        ),
    ] {
        assert_eq!(refused(parts).await, why);
    }
    let unknown: Item = "receipt:camt:K2".parse().unwrap();
    for (item, matched, refusal) in [
        (unknown, None, ResolutionRefusal::UnknownItem),
        (
            "event:camt:K1".parse().unwrap(),
            None,
            ResolutionRefusal::UnknownItem,
        ),
    ] {
        let proposal = world.proposal(3, &item, matched).await;
        let outcome = world.propose(&proposal).await;
        assert_eq!(outcome, ProposeOutcome::Refused(refusal));
    }
    let mut moved = world
        .proposal(4, &receipt(), Some(matched(&[("B-1", 1_000, 20)], 0)))
        .await;
    moved.bindings = 1;
    assert_eq!(world.propose(&moved).await, ProposeOutcome::BindingsMoved);
    let unknown = world.word(&moved, SUN_LI, ResolutionVerdict::Confirm);
    assert_eq!(unknown.await, DecideResolutionOutcome::Unknown);
    assert_eq!(world.transfers(), before);
    assert_eq!(
        world
            .store
            .resolutions(WhichResolutions::All)
            .await
            .unwrap(),
        []
    );

    let late = world
        .proposal(5, &receipt(), Some(matched(&[("B-1", 1_000, 20)], 0)))
        .await;
    assert_eq!(world.propose(&late).await, ProposeOutcome::Kept);
    let done = world.word(&late, SUN_LI, ResolutionVerdict::Confirm).await;
    assert!(
        matches!(done, DecideResolutionOutcome::Confirmed(_)),
        "{done:?}"
    );
    assert_eq!(
        world.transfers(),
        lines(
            "unmatched-receipt | bank | unmatched | 1020
             penalty-fixed | receivable:B-1 | penalty | 20
             receipt-matched | unmatched | receivable:B-1 | 1020"
        )
    );
    world.assert_sound().await;
}

#[tokio::test]
async fn what_changed_meanwhile_is_seen_when_it_is_confirmed() {
    let world = World::new(&[("B-1", 1_000)]).await;
    world
        .comes_in("camt:K1", 1_000, "2026-08-30", "2026-08-30")
        .await;
    let proposal = world
        .proposal(1, &receipt(), Some(matched(&[("B-1", 1_000, 0)], 0)))
        .await;
    assert_eq!(world.propose(&proposal).await, ProposeOutcome::Kept);
    world.pay(1, &["B-1"], "2026-08-30").await;
    let confirm = ResolutionVerdict::Confirm;
    let outcome = world.word(&proposal, SUN_LI, confirm).await;
    let refusal = ResolutionRefusal::Open {
        bill: bill_id("B-1"),
        open: cny(0),
    };
    assert_eq!(outcome, DecideResolutionOutcome::Impossible(refusal));
    assert_eq!(world.waiting().await, ["receipt:camt:K1"]);

    // Refused, by the one who signed it: another one may come.
    let refuse = ResolutionVerdict::Refuse;
    let outcome = world.word(&proposal, WANG_FANG, refuse).await;
    assert_eq!(outcome, DecideResolutionOutcome::Refused);
    let second = world
        .proposal(2, &receipt(), Some(matched(&[], 1_000)))
        .await;
    assert_eq!(world.propose(&second).await, ProposeOutcome::Kept);
    let done = world.word(&second, SUN_LI, confirm).await;
    assert!(matches!(done, DecideResolutionOutcome::Confirmed(Some(_))));
    world.assert_sound().await;

    // What the bank says of an order that is not there: somebody looked.
    world.bank("R-9", 9, BankEvent::Booked, "2026-08-31").await;
    let item: Item = "event:R-9".parse().unwrap();
    assert_eq!(world.waiting().await, [item.to_string()]);
    let wrong = world.proposal(3, &item, Some(matched(&[], 1_000))).await;
    let outcome = world.propose(&wrong).await;
    let refused = ProposeOutcome::Refused(ResolutionRefusal::NotAReceipt);
    assert_eq!(outcome, refused);
    let note = world.proposal(3, &item, None).await;
    assert_eq!(world.propose(&note).await, ProposeOutcome::Kept);
    let done = world.word(&note, SUN_LI, confirm).await;
    assert_eq!(done, DecideResolutionOutcome::Confirmed(None));
    assert_eq!(world.waiting().await, [""; 0]);
    let report = world.store.verify().await.unwrap();
    assert_eq!(report.attention, []);
    assert!(report.is_sound(), "{:#?}", report.findings);
}

#[tokio::test]
async fn two_managers_at_once_resolve_an_item_once() {
    let world = World::new(&[("B-1", 1_000)]).await;
    world
        .comes_in("camt:K1", 1_000, "2026-08-30", "2026-08-30")
        .await;
    let proposal = world
        .proposal(1, &receipt(), Some(matched(&[("B-1", 1_000, 0)], 0)))
        .await;
    world.propose(&proposal).await;
    let other = World {
        place: Arc::clone(&world.place),
        store: world.place.open(),
        quoting: Arc::clone(&world.quoting),
    };
    let outcomes = tokio::join!(
        world.word(&proposal, SUN_LI, ResolutionVerdict::Confirm),
        other.word(&proposal, SUN_LI, ResolutionVerdict::Confirm),
        other.word(&proposal, SUN_LI, ResolutionVerdict::Refuse),
    );
    let outcomes = [outcomes.0, outcomes.1, outcomes.2];
    let is_new = |outcome: &&DecideResolutionOutcome| {
        matches!(
            outcome,
            DecideResolutionOutcome::Confirmed(_) | DecideResolutionOutcome::Refused
        )
    };
    assert_eq!(outcomes.iter().filter(is_new).count(), 1, "{outcomes:?}");
    world.assert_sound().await;
}

#[tokio::test]
async fn tampering_with_resolutions_is_found() {
    let world = World::new(&[("B-1", 1_000), ("B-2", 500)]).await;
    world
        .comes_in("camt:K1", 1_000, "2026-08-30", "2026-08-30")
        .await;
    let proposal = world
        .proposal(1, &receipt(), Some(matched(&[("B-1", 1_000, 0)], 0)))
        .await;
    world.propose(&proposal).await;
    world
        .word(&proposal, SUN_LI, ResolutionVerdict::Confirm)
        .await;
    world.assert_sound().await;
    let place = Arc::clone(&world.place);
    drop(world);
    for (statement, problem) in [
        ("DELETE FROM resolved_items", "no resolution says so"),
        (
            "UPDATE resolution_decisions SET manager = '00000000-0000-0000-0000-0000000000d1'",
            "one manager signed and confirmed it",
        ),
        (
            "UPDATE resolutions SET item = 'receipt:camt:K2'",
            "its row is not what was signed",
        ),
        (
            "DELETE FROM resolution_decisions",
            "and it is not confirmed",
        ),
        (
            "UPDATE transfers SET credit = 'receivable:B-2' WHERE event = 'receipt-matched'",
            "what was posted is not what was signed",
        ),
    ] {
        let copy = place.copy();
        copy.tamper(statement);
        let report = copy.open().verify().await.unwrap();
        let findings: Vec<_> = report.findings.iter().map(ToString::to_string).collect();
        assert!(
            findings.iter().any(|finding| finding.contains(problem)),
            "{statement}: {findings:#?}"
        );
    }
}

#[tokio::test]
async fn a_day_comes_to_what_was_posted() {
    let world = World::new(&[("B-1", 1_000), ("B-2", 500), ("B-3", 700)]).await;
    world.pay(1, &["B-1"], "2026-08-30").await;
    world.pay(2, &["B-2"], "2026-08-31").await;
    world.bank("R-1", 1, BankEvent::Booked, "2026-08-31").await;
    world
        .comes_in("camt:K1", 300, "2026-08-31", "2026-08-31")
        .await;
    world.fill(3, "C-1", 50, "2026-08-31").await;
    world.pay(4, &["B-3"], "2026-09-01").await;

    let (day, lines) = world.day("2026-08-31").await;
    let balances = day.trial_balance.iter().map(|row| {
        let [a, b, c, d] = [row.opening, row.debits, row.credits, row.closing];
        format!("{} {a} {b} {c} {d}", row.account)
    });
    assert_eq!(
        balances.collect::<Vec<_>>(),
        [
            "bank 0 1350 0 1350",
            "deposit 0 0 50 -50",
            "in-transit 1000 500 1000 500",
            "levies-payable -110 0 0 -110",
            "receivable 1200 0 500 700",
            "revenue -1870 0 0 -1870",
            "tax-payable -220 0 0 -220",
            "unmatched 0 0 300 -300",
        ]
    );
    assert_eq!(day.transfers, 4);
    assert_eq!(lines.len(), 4);
    let in_order = |pair: &[LedgerLine]| {
        let key = |line: &LedgerLine| (line.process, line.link, line.position);
        key(&pair[0]) < key(&pair[1])
    };
    assert!(lines.windows(2).all(in_order), "{lines:#?}");
    assert_eq!(lines.iter().map(|line| line.amount).sum::<i64>(), 1_850);
    let left = day.in_transit.iter().map(|row| {
        let taken_in = row.taken_in.unwrap();
        (taken_in.to_string(), row.orders, row.amount)
    });
    assert_eq!(
        left.collect::<Vec<_>>(),
        [("2026-08-31".to_owned(), 1, 500)]
    );
    assert_eq!((day.deposits.len(), day.deposits[0].balance), (1, 50));
    assert_eq!((day.unmatched[0].count, day.unmatched[0].amount), (1, 300));
    let states = day.collections.iter().map(|row| {
        let (state, source) = (row.state, &row.source);
        format!("{state} {source} {} {}", row.orders, row.amount)
    });
    assert_eq!(
        states.collect::<Vec<_>>(),
        ["accepted mandate 2 550", "settled mandate 2 1050"]
    );

    // Only a checkpoint after the day's last link covers it.
    assert_eq!(day.covered, Covered::NotYet);
    let draft = world.store.draft_checkpoint(noon("2026-09-01")).await;
    let draft = draft.unwrap().unwrap();
    let head = draft.head();
    world.store.save_checkpoint(draft).await.unwrap();
    let (day, _) = world.day("2026-08-31").await;
    let at = noon("2026-09-01");
    assert_eq!(day.covered, Covered::By { head, at });
    world.pay(5, &["B-3"], "2026-09-02").await;
    let (empty, none) = world.day("2026-08-29").await;
    assert_eq!((empty.transfers, none.len()), (0, 0));
    assert_eq!(empty.covered, Covered::By { head, at });
    let (before, _) = world.day("2026-08-01").await;
    assert_eq!(before.covered, Covered::Nothing);
    assert!(order_id(1) != order_id(2));
}
