//! Notices, who has read them, and plans to cut supply.

use std::sync::Arc;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;
use wattkey_domain::arrears::notice::{CutOffRules, NoticeKind};
use wattkey_domain::{BankEvent, Money, NoticeId, UserId};
use wattkey_store::{
    AcknowledgeNotice, AcknowledgementTaken, CutOffBill, CutOffCase, NewNotice, NewNoticeBill,
    NoticeQuery, PlanCutOff, PlanTaken, WithdrawDispute,
};

use crate::disputes::{self, dispute, withdrawn};
use crate::place::Place;
use crate::world::{CUSTOMER, LI_NA, OTHER_CUSTOMER, WANG_WEI, World, cny, noon};

const MANAGER: UserId = UserId::from_uuid(Uuid::from_u128(0xd1));

fn id(number: u128) -> NoticeId {
    NoticeId::from_uuid(Uuid::from_u128(number))
}

/// A notice as the platform writes it.
fn notice(
    world: &World,
    number: u128,
    kind: NoticeKind,
    bills: Vec<CutOffBill>,
    (served, cut_off): (&str, Option<Timestamp>),
) -> NewNotice {
    let served = noon(served);
    let today = world.today(served);
    let bills: Vec<_> = bills
        .into_iter()
        .filter_map(|bill| {
            let (owed, penalty) = bill.owed(&world.quoting, today).unwrap()?;
            if kind == NoticeKind::Demand && bill.demanded(owed).is_some() {
                return None;
            }
            Some(NewNoticeBill {
                bill,
                owed,
                penalty,
            })
        })
        .collect();
    let parts = bills.iter().flat_map(|one| [one.owed, one.penalty]);
    let total = Money::sum(cny(0).currency(), parts.collect::<Vec<_>>()).unwrap();
    let named: Vec<_> = bills
        .iter()
        .map(|one| {
            serde_json::json!({"bill": one.bill.bill, "due": one.bill.due.to_string(),
                "open": one.owed.minor(), "penalty": one.penalty.minor()})
        })
        .collect();
    let document = serde_json::json!({"notice": id(number), "customer": {"id": CUSTOMER},
        "account": "C-1", "kind": kind, "bills": named, "total": total.minor(),
        "currency": "CNY", "served": served.to_string(),
        "cut_off": cut_off.map(|at| at.to_string())});
    NewNotice {
        notice: id(number),
        customer: CUSTOMER,
        account: "C-1".parse().unwrap(),
        kind,
        bills,
        total,
        served,
        cut_off,
        document: document.to_string().into_bytes(),
    }
}

async fn to_demand(world: &World, day: &str) -> Vec<CutOffBill> {
    let bills = world
        .store
        .to_demand(day.parse().unwrap(), String::new(), 10);
    let bills = bills.await.unwrap().into_iter();
    bills.map(|bill| bill.owed).collect()
}

async fn demand(world: &World, number: u128, day: &str) -> bool {
    let bills = to_demand(world, day).await;
    let new = notice(world, number, NoticeKind::Demand, bills, (day, None));
    !new.bills.is_empty() && world.store.keep_notice(new).await.unwrap()
}

async fn plan(world: &World, at: Timestamp, day: &str) -> PlanTaken {
    let planned = world.store.plan_cut_off(PlanCutOff {
        account: "C-1".parse().unwrap(),
        at,
        manager: MANAGER,
        manager_name: "Sun Mei".to_owned(),
        rules: CutOffRules::default(),
        quoting: Arc::clone(&world.quoting),
        now: noon(day),
    });
    planned.await.unwrap()
}

async fn case(world: &World) -> CutOffCase {
    let case = world.store.cut_off("C-1".parse().unwrap()).await;
    case.unwrap().unwrap()
}

fn read(number: u128, digest: [u8; 32], user: UserId) -> AcknowledgeNotice {
    let payload = serde_json::json!({"notice": id(number), "user": {"id": user},
        "notice_digest": Base64UrlUnpadded::encode_string(&digest)});
    let payload = payload.to_string();
    AcknowledgeNotice {
        notice: id(number),
        notice_digest: digest,
        digest: Sha256::digest(&payload).into(),
        jws: format!(
            "e30.{}.c2ln",
            Base64UrlUnpadded::encode_string(payload.as_bytes())
        ),
        customer: CUSTOMER,
        user,
        bindings: 0,
        now: noon("2026-09-03"),
    }
}

#[tokio::test]
async fn a_bill_is_demanded_once() {
    let world = World::new(&[("B-1", 100_000), ("B-2", 700), ("B-3", 50)]).await;
    assert!(to_demand(&world, "2026-08-31").await.is_empty());
    // What is disputed as a whole is not demanded, what is paid neither.
    let new = dispute(&world, 1, ("B-2", 700), 700, "2026-08-20");
    world.store.open_dispute(new).await.unwrap();
    world.pay(1, &["B-3"], "2026-08-31").await;
    let bills = to_demand(&world, "2026-09-01").await;
    let stale = notice(&world, 1, NoticeKind::Demand, bills, ("2026-09-01", None));
    assert_eq!(stale.bills.len(), 1);
    assert_eq!(stale.total, cny(100_200));
    // Something of it was disputed meanwhile.
    let new = dispute(&world, 2, ("B-1", 100_000), 40_000, "2026-09-01");
    world.store.open_dispute(new).await.unwrap();
    assert!(!world.store.keep_notice(stale).await.unwrap());
    assert!(demand(&world, 2, "2026-09-01").await);
    let again = to_demand(&world, "2026-09-02").await;
    let again = notice(&world, 3, NoticeKind::Demand, again, ("2026-09-02", None));
    assert!(again.bills.is_empty(), "all else is in dispute: {again:?}");

    let query = NoticeQuery {
        customer: CUSTOMER,
        hidden: Vec::new(),
        after: None,
        limit: 10,
    };
    let page = world.store.notices(query.clone()).await.unwrap();
    assert_eq!(page.items.len(), 1);
    let kept = &page.items[0];
    assert_eq!((kept.kind, kept.bills), (NoticeKind::Demand, 1));
    // The undisputed 600.00 with the penalty of the first day.
    assert_eq!(kept.total, cny(60_120));
    let hidden = vec!["C-1".parse().unwrap()];
    let page = world.store.notices(NoticeQuery { hidden, ..query }).await;
    assert!(page.unwrap().items.is_empty());
    let document = world.store.notice_document(CUSTOMER, id(2)).await.unwrap();
    assert_eq!(
        Sha256::digest(document.unwrap().bytes).as_slice(),
        kept.digest
    );
    let others = world.store.notice_document(OTHER_CUSTOMER, id(2)).await;
    assert_eq!(others.unwrap(), None);
    world.assert_sound().await;
}

/// What was in dispute when the bill was demanded is owed like the rest once that is over.
#[tokio::test]
async fn what_was_demanded_for_less_is_demanded_anew() {
    let world = World::new(&[("B-1", 100_000)]).await;
    let new = dispute(&world, 1, ("B-1", 100_000), 40_000, "2026-08-20");
    world.store.open_dispute(new).await.unwrap();
    assert!(demand(&world, 1, "2026-09-01").await);
    let bills = to_demand(&world, "2026-09-02").await;
    let again = notice(&world, 2, NoticeKind::Demand, bills, ("2026-09-02", None));
    assert!(again.bills.is_empty(), "the rest is in dispute: {again:?}");
    let rules = CutOffRules::default();
    let standing = async |day: &str| {
        let case = case(&world).await;
        case.standing(&rules, &world.quoting, noon(day)).unwrap()
    };
    assert!(standing("2026-10-05").await.earliest.is_some());

    let gone = withdrawn(&world, disputes::id(1));
    let gone = WithdrawDispute {
        now: noon("2026-10-05"),
        ..gone
    };
    world.store.withdraw_dispute(gone).await.unwrap();
    // Supply is not cut for what nobody demanded. The dispute's last day was the day before.
    let now = standing("2026-10-06").await;
    assert_eq!(
        (now.earliest, now.next),
        (None, Some(NoticeKind::Demand)),
        "{now:?}"
    );
    assert!(demand(&world, 3, "2026-10-06").await);
    assert!(!demand(&world, 4, "2026-10-06").await);
    let now = standing("2026-10-06").await;
    assert!(now.earliest.is_some(), "{now:?}");
    let kept = world.store.notice(CUSTOMER, id(3)).await.unwrap().unwrap();
    // 36 days on 600.00, and on 400.00 none of those of the dispute.
    assert_eq!(kept.total, cny(100_000 + 60_000 * 36 / 500 + 40_000 / 500));
    world.assert_sound().await;
}

#[tokio::test]
async fn each_user_acknowledges_a_notice_once() {
    let world = World::new(&[("B-1", 100_000)]).await;
    assert!(demand(&world, 1, "2026-09-01").await);
    let kept = world.store.notice(CUSTOMER, id(1)).await.unwrap().unwrap();
    let acknowledge = async |read| world.store.acknowledge_notice(read).await.unwrap();
    let first = read(1, kept.digest, LI_NA);
    assert_eq!(
        acknowledge(read(1, [7; 32], LI_NA)).await,
        AcknowledgementTaken::DocumentMismatch
    );
    assert_eq!(
        acknowledge(read(2, kept.digest, LI_NA)).await,
        AcknowledgementTaken::Unknown
    );
    let moved = AcknowledgeNotice {
        bindings: 3,
        ..first.clone()
    };
    assert_eq!(
        acknowledge(moved).await,
        AcknowledgementTaken::BindingsMoved
    );
    let stranger = UserId::from_uuid(Uuid::from_u128(0xff));
    assert_eq!(
        acknowledge(read(1, kept.digest, stranger)).await,
        AcknowledgementTaken::Right
    );
    assert_eq!(acknowledge(first.clone()).await, AcknowledgementTaken::Kept);
    assert_eq!(acknowledge(first).await, AcknowledgementTaken::Exists);
    assert_eq!(
        acknowledge(read(1, kept.digest, WANG_WEI)).await,
        AcknowledgementTaken::Kept
    );
    let kept = world.store.notice(CUSTOMER, id(1)).await.unwrap().unwrap();
    let mut names = kept.acknowledged.iter().map(|read| read.user_name.as_str());
    assert!(names.clone().any(|name| name == "Li Na"));
    assert!(names.any(|name| name == "Wang Wei"));
    world.assert_sound().await;
}

/// Due on 31 August: overdue for more than thirty days from 1 October on.
#[tokio::test]
async fn a_cut_off_waits_for_its_notices() {
    let world = World::new(&[("B-1", 100_000)]).await;
    let at: Timestamp = "2026-10-08T04:00:00Z".parse().unwrap();
    assert_eq!(plan(&world, at, "2026-09-01").await, PlanTaken::NotOwed);
    assert!(demand(&world, 1, "2026-09-01").await);
    let early = plan(&world, noon("2026-09-20"), "2026-09-10").await;
    // By the service's clock, eight hours ahead.
    let earliest = "2026-09-30T16:00:00Z".parse().unwrap();
    assert_eq!(early, PlanTaken::Early { earliest });
    let early = plan(&world, noon("2026-10-07"), "2026-10-05").await;
    assert!(matches!(early, PlanTaken::Early { .. }), "{early:?}");
    assert_eq!(plan(&world, at, "2026-10-04").await, PlanTaken::Kept);
    assert_eq!(plan(&world, at, "2026-10-05").await, PlanTaken::Exists);
    let other = plan(&world, noon("2026-10-20"), "2026-10-05").await;
    assert_eq!(other, PlanTaken::Planned { at });

    let rules = CutOffRules::default();
    let standing = async |now: Timestamp| {
        let case = case(&world).await;
        let standing = case.standing(&rules, &world.quoting, now).unwrap();
        (standing.next, standing.next_from, standing.may_cut)
    };
    let planned = noon("2026-10-04");
    assert_eq!(
        standing(planned).await,
        (Some(NoticeKind::CutOff), Some(planned), false)
    );
    let serve = async |number, kind, day: &str| {
        let bills = case(&world).await.bills;
        let new = notice(&world, number, kind, bills, (day, Some(at)));
        world.store.keep_notice(new).await.unwrap()
    };
    // For another moment nothing is planned.
    let bills = case(&world).await.bills;
    let wrong = (("2026-10-05"), Some(noon("2026-10-09")));
    let wrong = notice(&world, 8, NoticeKind::CutOff, bills, wrong);
    assert!(!world.store.keep_notice(wrong).await.unwrap());
    assert!(serve(2, NoticeKind::CutOff, "2026-10-05").await);
    assert!(!serve(3, NoticeKind::CutOff, "2026-10-05").await);
    let from: Timestamp = "2026-10-08T02:30:00Z".parse().unwrap();
    assert_eq!(
        standing(noon("2026-10-06")).await,
        (Some(NoticeKind::LastCall), Some(from), false)
    );
    // Too late for a last call: this moment passes.
    assert_eq!(standing(at).await, (None, None, false));
    // At the very moment it is an hour late.
    assert!(serve(4, NoticeKind::LastCall, "2026-10-08").await);
    let case_now = case(&world).await.standing(&rules, &world.quoting, at);
    let missing = case_now.unwrap().missing.join("; ");
    assert!(missing.contains("last-call allows it from"), "{missing}");

    let drop_plan = || {
        let account = "C-1".parse().unwrap();
        world
            .store
            .drop_cut_off(account, MANAGER, noon("2026-10-08"))
    };
    let announced = async |number| {
        let kept = world.store.notice(CUSTOMER, id(number)).await;
        kept.unwrap().unwrap().dropped
    };
    assert_eq!(announced(4).await, None);
    assert!(drop_plan().await.unwrap());
    assert!(!drop_plan().await.unwrap());
    // Who reads the notice again is told.
    assert_eq!(announced(4).await, Some(noon("2026-10-08")));
    assert_eq!(announced(1).await, None, "a demand announces nothing");
    let later: Timestamp = "2026-10-20T04:00:00Z".parse().unwrap();
    assert_eq!(plan(&world, later, "2026-10-10").await, PlanTaken::Kept);
    let cases = world.store.cut_offs(String::new(), 10).await.unwrap();
    assert_eq!(cases.len(), 1);
    // A dispute of all of it stands in the way.
    let new = dispute(&world, 1, ("B-1", 100_000), 100_000, "2026-10-11");
    world.store.open_dispute(new).await.unwrap();
    let stopped = case(&world).await;
    let stopped = stopped.standing(&rules, &world.quoting, noon("2026-10-11"));
    let stopped = stopped.unwrap();
    assert_eq!(
        (stopped.next, stopped.earliest, stopped.may_cut),
        (None, None, false)
    );
    assert!(stopped.missing[0].contains("nothing is overdue"));
    world.assert_sound().await;
}

/// An order holds B-2 while the cut-off is notified, and is returned after B-1 was paid.
#[tokio::test]
async fn a_bill_that_no_notice_names_is_no_ground_for_a_cut_off() {
    let world = World::new(&[("B-1", 100_000), ("B-2", 50_000)]).await;
    assert!(demand(&world, 1, "2026-09-01").await);
    let rules = CutOffRules::default();
    let serve = async |number, kind, day: &str, at| {
        let bills = case(&world).await.bills;
        let new = notice(&world, number, kind, bills, (day, Some(at)));
        assert!(world.store.keep_notice(new).await.unwrap(), "{number}");
    };
    let standing = async |now: Timestamp| {
        let case = case(&world).await;
        case.standing(&rules, &world.quoting, now).unwrap()
    };
    world.pay(2, &["B-2"], "2026-10-03").await;
    let at: Timestamp = "2026-10-09T04:00:00Z".parse().unwrap();
    assert_eq!(plan(&world, at, "2026-10-04").await, PlanTaken::Kept);
    serve(2, NoticeKind::CutOff, "2026-10-05", at).await;
    assert_eq!(
        standing(noon("2026-10-06")).await.next,
        Some(NoticeKind::LastCall)
    );
    world.pay(1, &["B-1"], "2026-10-06").await;
    world
        .bank("r-1", 2, BankEvent::Rejected, "2026-10-07")
        .await;
    let open = case(&world).await.bills;
    let open: Vec<_> = open.iter().map(|bill| bill.bill.as_str()).collect();
    assert_eq!(open, ["B-2"]);
    assert_eq!(standing(noon("2026-10-07")).await.next, None);
    // Not even where it is called.
    serve(3, NoticeKind::LastCall, "2026-10-08", at).await;
    let standing_at = standing(at).await;
    assert!(!standing_at.may_cut);
    let missing = standing_at.missing.join("; ");
    assert!(missing.contains("the cut-off was not served"), "{missing}");

    // With notices of its own it is one.
    let account = "C-1".parse().unwrap();
    let dropped = world
        .store
        .drop_cut_off(account, MANAGER, noon("2026-10-09"));
    assert!(dropped.await.unwrap());
    let at: Timestamp = "2026-10-20T04:00:00Z".parse().unwrap();
    assert_eq!(plan(&world, at, "2026-10-10").await, PlanTaken::Kept);
    serve(4, NoticeKind::CutOff, "2026-10-11", at).await;
    assert!(!standing(at).await.may_cut);
    serve(5, NoticeKind::LastCall, "2026-10-19", at).await;
    assert!(standing(at).await.may_cut);
    world.assert_sound().await;
}

#[tokio::test]
async fn each_change_of_a_notice_is_found() {
    let world = World::new(&[("B-1", 100_000)]).await;
    assert!(demand(&world, 1, "2026-09-01").await);
    let kept = world.store.notice(CUSTOMER, id(1)).await.unwrap().unwrap();
    let first = read(1, kept.digest, LI_NA);
    world.store.acknowledge_notice(first).await.unwrap();
    world.assert_sound().await;
    let World { place, store, .. } = world;
    drop(store);
    let place = Arc::try_unwrap(place).unwrap_or_else(|_| panic!("nobody else has it"));
    for (statements, words) in [
        (
            "UPDATE notices SET total = total + 1",
            "it is not what its bytes say",
        ),
        (
            "UPDATE notice_bills SET open = open - 1",
            "it is not what its bytes say",
        ),
        (
            "UPDATE notice_acknowledgements SET jws = 'e30.e30.c2ln'",
            "is not what was signed",
        ),
        (
            "UPDATE notice_acknowledgements SET sequence = sequence + 900",
            "there is no such link",
        ),
    ] {
        let changed: Place = place.copy();
        changed.tamper(statements);
        let report = changed.open().verify().await.unwrap();
        let found = report
            .findings
            .iter()
            .any(|one| one.problem.contains(words));
        assert!(found, "{statements}: {:#?}", report.findings);
    }
    for statements in [
        "UPDATE notices SET total = 1",
        "DELETE FROM notice_acknowledgements",
    ] {
        assert!(place.try_sql(statements).is_err(), "{statements}");
    }
}
