//! Own data: versions that follow each other, rights that two people give, and what they hide.

use crate::world::{
    CUSTOMER, LI_NA, OTHER_CUSTOMER, WANG_WEI, World, bill_record, document_of, noon,
};
use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;
use wattkey_domain::{
    Access, AccountId, ChangeId, ChangeState, CustomerId, Decision, OwnData, Right, UserId,
};
use wattkey_store::{
    AcceptOutcome, BillQuery, ChangeOutcome, DecideChange, DecideOutcome, ExportFile,
    ExportOutcome, MissingRight, NewsOf, ProposeChange, Record, Store, Viewer,
};

/// Administrators, the last one of another customer.
const GAO: UserId = UserId::from_uuid(Uuid::from_u128(0xa3));
const HE: UserId = UserId::from_uuid(Uuid::from_u128(0xa4));
const LIN: UserId = UserId::from_uuid(Uuid::from_u128(0xa5));
/// Looks only.
const MA: UserId = UserId::from_uuid(Uuid::from_u128(0xa6));
const DOCTOR: UserId = UserId::from_uuid(Uuid::from_u128(0xa7));
const DAY: &str = "2026-08-10";

fn person(id: UserId, customer: CustomerId, rights: &str) -> Record {
    let line = format!(
        r#"{{"type":"user","id":"{id}","customer":"{customer}","name":"{id}","rights":{rights}}}"#
    );
    Record::parse(line.as_bytes()).unwrap()
}

/// A world with administrators, and a bill of each account.
async fn world() -> World {
    let world = World::new(&[("B-1", 10_000), ("B-2", 500)]).await;
    let records = vec![
        person(GAO, CUSTOMER, r#"["view","administer"]"#),
        person(HE, CUSTOMER, r#"["view","administer"]"#),
        person(LIN, CUSTOMER, r#"["administer"]"#),
        person(MA, CUSTOMER, r#"["view"]"#),
        person(DOCTOR, OTHER_CUSTOMER, r#"["view","approve","administer"]"#),
        bill_record(&document_of("D-1", "C-2", CUSTOMER, "CNY", 900)),
    ];
    world.store.import(records, noon(DAY)).await.unwrap();
    world
}

fn id(number: u128) -> ChangeId {
    ChangeId::from_uuid(Uuid::from_u128(number))
}

fn account(name: &str) -> AccountId {
    name.parse().unwrap()
}

fn jws(payload: &Value) -> (String, [u8; 32]) {
    let payload = payload.to_string();
    let encoded = Base64UrlUnpadded::encode_string(payload.as_bytes());
    (
        format!("e30.{encoded}.c2ln"),
        Sha256::digest(&payload).into(),
    )
}

#[expect(clippy::needless_pass_by_value, reason = "callers write it in place")]
fn change(
    number: u128,
    user: UserId,
    replaces: u64,
    subject: OwnData,
    what: Value,
) -> ProposeChange {
    let rights = what.get("rights").cloned().unwrap_or_default();
    let (jws, digest) = jws(&json!({"change": id(number), "customer": {"id": CUSTOMER},
        "user": {"id": user}, "replaces": replaces, "what": what}));
    ProposeChange {
        change: id(number),
        digest,
        jws,
        customer: CUSTOMER,
        user,
        bindings: 0,
        replaces,
        subject,
        what: what.to_string(),
        rights: serde_json::from_value(rights).unwrap(),
        now: noon(DAY),
    }
}

fn contacts(number: u128, user: UserId, replaces: u64, name: &str) -> ProposeChange {
    let what = json!({"kind": "contacts", "contacts": [{"name": name, "role": "billing",
        "phone": "1", "email": null, "language": "zh"}]});
    change(number, user, replaces, OwnData::Contacts, what)
}

fn address(number: u128, user: UserId, replaces: u64, of: Option<&str>) -> ProposeChange {
    let what = json!({"kind": "notice-address", "account": of, "post": "1 Mill Road",
        "email": null});
    let subject = OwnData::NoticeAddress(of.map(account));
    change(number, user, replaces, subject, what)
}

fn rights(
    number: u128,
    (user, about): (UserId, UserId),
    replaces: u64,
    of: &str,
    given: Option<&[&str]>,
) -> ProposeChange {
    let what = json!({"kind": "rights", "user": about, "account": of, "rights": given});
    change(
        number,
        user,
        replaces,
        OwnData::Rights(about, account(of)),
        what,
    )
}

fn decision(of: &ProposeChange, user: UserId, decision: Decision) -> DecideChange {
    let digest = Base64UrlUnpadded::encode_string(&of.digest);
    let (jws, own) = jws(&json!({"change": of.change, "change_digest": digest,
        "user": {"id": user}, "decision": decision}));
    DecideChange {
        change: of.change,
        change_digest: of.digest,
        digest: own,
        jws,
        customer: CUSTOMER,
        user,
        bindings: 0,
        decision,
        now: noon("2026-08-11"),
    }
}

async fn propose(store: &Store, change: &ProposeChange) -> ChangeOutcome {
    store.propose_change(change.clone()).await.unwrap()
}

/// Gives rights: one administrator signs, another approves.
async fn give(world: &World, number: u128, replaces: u64, user: UserId, of: &str, given: &[&str]) {
    let change = rights(number, (GAO, user), replaces, of, Some(given));
    let waits = ChangeOutcome::Taken(ChangeState::Waiting);
    assert_eq!(propose(&world.store, &change).await, waits);
    let approved = decision(&change, HE, Decision::Approve);
    let done = world.store.decide_change(approved).await.unwrap();
    assert_eq!(done, ChangeOutcome::Taken(ChangeState::Done));
}

async fn access(world: &World, user: UserId) -> Access {
    world.store.access(user).await.unwrap().unwrap().1
}

async fn viewer(world: &World, user: UserId) -> Viewer {
    Viewer {
        customer: CUSTOMER,
        user,
        access: access(world, user).await,
    }
}

#[tokio::test]
async fn versions_follow_each_other_and_the_same_again_changes_nothing() {
    let world = world().await;
    let done = ChangeOutcome::Taken(ChangeState::Done);
    let first = contacts(1, WANG_WEI, 0, "Wang Fang");
    assert_eq!(propose(&world.store, &first).await, done);
    assert_eq!(propose(&world.store, &first).await, ChangeOutcome::Exists);
    let other = contacts(1, WANG_WEI, 0, "Wang Fan");
    assert_eq!(
        propose(&world.store, &other).await,
        ChangeOutcome::ExistsWithDifferentPayload {
            digest: Some(first.digest)
        }
    );
    // It has seen an older version than the one that holds.
    for stale in [0, 2] {
        assert_eq!(
            propose(&world.store, &contacts(2, GAO, stale, "Li Na")).await,
            ChangeOutcome::Changed { version: 1 }
        );
    }
    assert_eq!(
        propose(&world.store, &contacts(2, GAO, 1, "Li Na")).await,
        done
    );
    // An address of one account and that of all others have versions of their own.
    for (number, of) in [(3, None), (4, Some("C-1")), (5, Some("C-2"))] {
        assert_eq!(
            propose(&world.store, &address(number, WANG_WEI, 0, of)).await,
            done
        );
    }
    let (mut holds, mut after) = (Vec::new(), None);
    loop {
        let page = world.store.own_data(CUSTOMER, after, 2).await.unwrap();
        holds.extend(page.items);
        match page.next {
            Some(next) => after = Some(next.parse().unwrap()),
            None => break,
        }
    }
    let holds: Vec<_> = holds
        .iter()
        .map(|row| (row.subject.to_string(), row.version))
        .collect();
    assert_eq!(
        holds,
        [
            ("contacts".to_owned(), 2),
            ("notice-address".to_owned(), 1),
            ("notice-address:C-1".to_owned(), 1),
            ("notice-address:C-2".to_owned(), 1),
        ]
    );
    world.assert_sound().await;
}

#[tokio::test]
async fn who_has_no_right_changes_nothing() {
    let world = world().await;
    let no_right = |right, account: Option<&str>| ChangeOutcome::NoRight {
        right,
        account: account.map(|name| name.parse().unwrap()),
    };
    let mut by_doctor = contacts(9, DOCTOR, 0, "Doctor");
    by_doctor.user = DOCTOR;
    for (change, outcome) in [
        (contacts(1, MA, 0, "Ma"), no_right(Right::Approve, None)),
        (
            address(2, MA, 0, Some("C-1")),
            no_right(Right::Approve, Some("C-1")),
        ),
        (
            rights(3, (WANG_WEI, MA), 0, "C-1", Some(&[])),
            no_right(Right::Administer, None),
        ),
        (by_doctor, no_right(Right::Approve, None)),
        (
            address(4, WANG_WEI, 0, Some("C-9")),
            ChangeOutcome::UnknownAccount {
                account: account("C-9"),
            },
        ),
        (
            rights(5, (GAO, MA), 0, "C-9", Some(&[])),
            ChangeOutcome::UnknownAccount {
                account: account("C-9"),
            },
        ),
        (
            rights(6, (GAO, DOCTOR), 0, "C-1", Some(&["view"])),
            ChangeOutcome::UnknownUser { user: DOCTOR },
        ),
        // Nobody else administers there.
        (
            ProposeChange {
                customer: OTHER_CUSTOMER,
                ..rights(8, (DOCTOR, DOCTOR), 0, "C-9", Some(&["view"]))
            },
            ChangeOutcome::NobodyApproves,
        ),
        (
            ProposeChange {
                bindings: 7,
                ..contacts(7, WANG_WEI, 0, "Wang")
            },
            ChangeOutcome::BindingsMoved,
        ),
    ] {
        assert_eq!(propose(&world.store, &change).await, outcome, "{change:?}");
    }
    let holds = world.store.own_data(CUSTOMER, None, 10).await.unwrap();
    assert!(holds.items.is_empty());
    // Who may not approve on this account changes nothing of it either.
    give(&world, 10, 0, WANG_WEI, "C-2", &["view"]).await;
    let of_c2 = address(11, WANG_WEI, 0, Some("C-2"));
    assert_eq!(
        propose(&world.store, &of_c2).await,
        no_right(Right::Approve, Some("C-2"))
    );
    world.assert_sound().await;
}

#[tokio::test]
async fn rights_wait_for_another_administrator() {
    let world = world().await;
    let store = &world.store;
    let change = rights(1, (GAO, HE), 0, "C-1", Some(&["view"]));
    propose(store, &change).await;
    assert!(access(&world, HE).await.sees(&account("C-1")));
    let approve = |user| decision(&change, user, Decision::Approve);
    let decide = async |decided: DecideChange| store.decide_change(decided).await.unwrap();
    let no_right = ChangeOutcome::NoRight {
        right: Right::Administer,
        account: None,
    };
    for (decided, outcome) in [
        // Who signed it, and whose rights it is about.
        (approve(GAO), ChangeOutcome::OwnChange),
        (approve(HE), ChangeOutcome::OwnChange),
        (
            decision(&change, GAO, Decision::Refuse),
            ChangeOutcome::OwnChange,
        ),
        (approve(WANG_WEI), no_right.clone()),
        (approve(DOCTOR), no_right.clone()),
        (
            DecideChange {
                customer: OTHER_CUSTOMER,
                ..approve(DOCTOR)
            },
            ChangeOutcome::Unknown,
        ),
        (
            DecideChange {
                change_digest: [7; 32],
                ..approve(LIN)
            },
            ChangeOutcome::DifferentDigest,
        ),
        (
            DecideChange {
                bindings: 9,
                ..approve(LIN)
            },
            ChangeOutcome::BindingsMoved,
        ),
        (approve(LIN), ChangeOutcome::Taken(ChangeState::Done)),
        (approve(LIN), ChangeOutcome::Exists),
        (
            decision(&change, LIN, Decision::Refuse),
            ChangeOutcome::NotPossible {
                state: ChangeState::Done,
            },
        ),
    ] {
        assert_eq!(decide(decided.clone()).await, outcome, "{decided:?}");
    }
    // Another one, signed when there was nothing yet, no longer fits; it can still be refused.
    let stale = rights(2, (GAO, MA), 0, "C-1", Some(&[]));
    let first = rights(3, (GAO, MA), 0, "C-1", Some(&["view"]));
    propose(store, &stale).await;
    propose(store, &first).await;
    let done = ChangeOutcome::Taken(ChangeState::Done);
    assert_eq!(decide(decision(&first, HE, Decision::Approve)).await, done);
    let changed = ChangeOutcome::Changed { version: 1 };
    assert_eq!(
        decide(decision(&stale, HE, Decision::Approve)).await,
        changed
    );
    let refused = ChangeOutcome::Taken(ChangeState::Refused);
    assert_eq!(
        decide(decision(&stale, HE, Decision::Refuse)).await,
        refused
    );
    // What its signer could no longer sign is approved by nobody.
    let late = rights(4, (GAO, MA), 1, "C-1", None);
    propose(store, &late).await;
    let demoted = format!("UPDATE users SET rights = '[\"view\"]' WHERE id = '{GAO}'");
    world.place.try_sql(&demoted).unwrap();
    assert_eq!(
        decide(decision(&late, HE, Decision::Approve)).await,
        no_right
    );
    assert_eq!(decide(decision(&late, HE, Decision::Refuse)).await, refused);
    world.assert_sound().await;
}

#[tokio::test]
async fn of_two_changes_of_one_version_one_is_done() {
    let world = world().await;
    let other = world.place.open();
    let first = contacts(1, WANG_WEI, 0, "Wang Fang");
    let second = contacts(2, GAO, 0, "Li Na");
    let (one, two) = tokio::join!(propose(&world.store, &first), propose(&other, &second));
    let done = ChangeOutcome::Taken(ChangeState::Done);
    let changed = ChangeOutcome::Changed { version: 1 };
    assert!(
        (one == done && two == changed) || (one == changed && two == done),
        "{one:?} {two:?}"
    );
    // The same change at both, too.
    let same = contacts(3, GAO, 1, "Sun Li");
    let (one, two) = tokio::join!(propose(&world.store, &same), propose(&other, &same));
    let exists = ChangeOutcome::Exists;
    assert!(
        (one == done && two == exists) || (one == exists && two == done),
        "{one:?} {two:?}"
    );
    // And two approvals of two changes of one right.
    let give = rights(4, (GAO, MA), 0, "C-1", Some(&["view"]));
    let hide = rights(5, (GAO, MA), 0, "C-1", Some(&[]));
    propose(&world.store, &give).await;
    propose(&world.store, &hide).await;
    let (one, two) = tokio::join!(
        world
            .store
            .decide_change(decision(&give, HE, Decision::Approve)),
        other.decide_change(decision(&hide, LIN, Decision::Approve))
    );
    let (one, two) = (one.unwrap(), two.unwrap());
    assert!(
        (one == done && two == changed) || (one == changed && two == done),
        "{one:?} {two:?}"
    );
    let hidden = !access(&world, MA).await.sees(&account("C-1"));
    assert_eq!(hidden, two == done);
    drop(other);
    world.assert_sound().await;
}

#[tokio::test]
async fn a_change_that_nobody_decides_lapses() {
    let world = world().await;
    let change = rights(1, (GAO, MA), 0, "C-1", Some(&[]));
    propose(&world.store, &change).await;
    let after = |days: i64| noon(DAY) + jiff::SignedDuration::from_hours(24 * days);
    assert!(
        world
            .store
            .lapse_changes(after(13))
            .await
            .unwrap()
            .is_empty()
    );
    // Its time is over, whether somebody has looked or not.
    let late = DecideChange {
        now: after(14),
        ..decision(&change, HE, Decision::Approve)
    };
    let lapsed = ChangeOutcome::NotPossible {
        state: ChangeState::Lapsed,
    };
    assert_eq!(
        world.store.decide_change(late.clone()).await.unwrap(),
        lapsed
    );
    assert_eq!(world.store.lapse_changes(after(14)).await.unwrap(), [id(1)]);
    assert!(
        world
            .store
            .lapse_changes(after(15))
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(world.store.decide_change(late).await.unwrap(), lapsed);
    let viewer = viewer(&world, GAO).await;
    let record = world.store.change(viewer, id(1)).await.unwrap().unwrap();
    assert_eq!((record.state, record.version), (ChangeState::Lapsed, None));
    assert!(access(&world, MA).await.sees(&account("C-1")));
    world.assert_sound().await;
}

#[tokio::test]
async fn orders_are_posted_under_the_rights_of_their_moment() {
    let world = world().await;
    let order = async |number, bill: &str| world.order(number, &[bill], noon("2026-08-20")).await;
    let missing = |right, hidden| MissingRight {
        right,
        account: account("C-1"),
        hidden,
    };
    for (number, given, wanted) in [
        (1, &[][..], Some(missing(Right::Prepare, true))),
        (2, &["view"], Some(missing(Right::Prepare, false))),
        (3, &["view", "prepare"], None),
    ] {
        give(
            &world,
            number,
            u64::try_from(number).unwrap() - 1,
            LI_NA,
            "C-1",
            given,
        )
        .await;
        let outcome = world.accept(order(number, "B-1").await).await;
        match wanted {
            Some(missing) => assert_eq!(outcome, AcceptOutcome::NoRight(missing)),
            None => assert!(
                matches!(outcome, AcceptOutcome::AwaitingApproval(_)),
                "{outcome:?}"
            ),
        }
    }
    // On the other account the user's own rights hold.
    let outcome = world.accept(order(4, "D-1").await).await;
    assert!(matches!(outcome, AcceptOutcome::Accepted(_)), "{outcome:?}");

    // Who may not approve on the account approves nothing about it.
    give(&world, 20, 0, WANG_WEI, "C-1", &["prepare"]).await;
    let decided = world
        .decide(3, WANG_WEI, Decision::Approve, "2026-08-20")
        .await;
    assert_eq!(
        decided,
        DecideOutcome::NoRight(missing(Right::Approve, false))
    );
    let decided = world
        .decide(3, WANG_WEI, Decision::Cancel, "2026-08-20")
        .await;
    assert_eq!(
        decided,
        DecideOutcome::NoRight(missing(Right::Approve, false))
    );
    give(&world, 21, 1, WANG_WEI, "C-1", &["approve"]).await;
    let decided = world
        .decide(3, WANG_WEI, Decision::Approve, "2026-08-20")
        .await;
    assert!(matches!(decided, DecideOutcome::Moved(_)), "{decided:?}");
    // Its signer takes back what is his, whatever he may do now.
    give(&world, 22, 3, LI_NA, "C-1", &[]).await;
    world.assert_sound().await;
}

#[tokio::test]
async fn hidden_accounts_are_in_no_list() {
    let world = world().await;
    world.fill(1, "C-2", 50, "2026-08-10").await;
    world.pay(2, &["B-1"], "2026-08-20").await;
    world.pay(3, &["D-1"], "2026-08-20").await;
    give(&world, 1, 0, MA, "C-2", &[]).await;
    propose(&world.store, &address(2, WANG_WEI, 0, Some("C-2"))).await;
    propose(&world.store, &address(3, WANG_WEI, 0, Some("C-1"))).await;
    propose(&world.store, &contacts(4, WANG_WEI, 0, "Wang")).await;
    let seen = async |user| {
        let viewer = viewer(&world, user).await;
        let query = BillQuery {
            customer: CUSTOMER,
            account: None,
            state: None,
            after: None,
            limit: 50,
            today: DAY.parse().unwrap(),
        };
        let bills = world.store.bills_seen(viewer.clone(), query).await.unwrap();
        let orders = world
            .store
            .orders_seen(viewer.clone(), None, 50)
            .await
            .unwrap();
        let accounts = world
            .store
            .accounts_page(viewer.clone(), DAY.parse().unwrap(), None, 50)
            .await
            .unwrap();
        let changes = world.store.changes(viewer.clone(), None, 50).await.unwrap();
        let sees_order = world
            .store
            .sees_order(viewer, crate::world::order_id(3))
            .await
            .unwrap();
        let numbers = orders
            .items
            .iter()
            .map(|order| order.order.as_uuid().as_u128());
        let mut numbers: Vec<_> = numbers.collect();
        numbers.sort_unstable();
        let changes = changes
            .items
            .iter()
            .map(|one| one.change.as_uuid().as_u128());
        let mut changes: Vec<_> = changes.collect();
        changes.sort_unstable();
        (
            bills.items.len(),
            numbers,
            accounts.items.len(),
            changes,
            sees_order,
        )
    };
    // Everything; what is not hidden; what the user signed; nothing.
    assert_eq!(
        seen(GAO).await,
        (3, vec![1, 2, 3], 2, vec![1, 2, 3, 4], true)
    );
    assert_eq!(
        seen(WANG_WEI).await,
        (3, vec![1, 2, 3], 2, vec![2, 3, 4], true)
    );
    assert_eq!(seen(MA).await, (2, vec![2], 1, vec![3, 4], false));
    give(&world, 5, 0, LI_NA, "C-2", &[]).await;
    assert_eq!(seen(LI_NA).await, (2, vec![1, 2, 3], 1, vec![3, 4], true));
    // An administrator who may not look sees the changes, and nothing of bills.
    assert_eq!(seen(LIN).await, (0, vec![], 0, vec![1, 2, 3, 4, 5], false));
}

#[tokio::test]
async fn what_is_done_goes_out_once() {
    let world = world().await;
    propose(&world.store, &contacts(1, WANG_WEI, 0, "Wang Fang")).await;
    propose(
        &world.store,
        &rights(2, (GAO, MA), 0, "C-1", Some(&["view"])),
    )
    .await;
    give(&world, 3, 0, MA, "C-2", &["view"]).await;
    let refused = rights(4, (GAO, MA), 0, "C-1", Some(&[]));
    propose(&world.store, &refused).await;
    let refused = decision(&refused, HE, Decision::Refuse);
    world.store.decide_change(refused).await.unwrap();
    let draft = world.store.draft_export().await.unwrap().unwrap();
    let told = draft.news.iter().map(|news| match &news.what {
        NewsOf::ProfileChange {
            change,
            user,
            by,
            customer,
            ..
        } => {
            assert_eq!(*customer, CUSTOMER);
            (*change, *user, *by)
        }
        other => panic!("{other:?}"),
    });
    let told: Vec<_> = told.collect();
    assert_eq!(told, [(id(1), WANG_WEI, None), (id(3), GAO, Some(HE))]);
    let kept = world.store.keep_export(ExportFile {
        number: draft.number,
        created: noon(DAY),
        from: draft.from,
        to: draft.to,
        records: 2,
        totals: "{}".to_owned(),
        body: b"{}".to_vec(),
    });
    assert!(matches!(kept.await.unwrap(), ExportOutcome::Kept(_)));
    assert_eq!(world.store.draft_export().await.unwrap(), None);
}

/// Own data of each sort, changes that wait, are done, were refused, and lapsed.
async fn busy_world() -> World {
    let world = world().await;
    for change in [
        contacts(1, WANG_WEI, 0, "Wang Fang"),
        contacts(2, WANG_WEI, 1, "Li Na"),
        address(3, WANG_WEI, 0, Some("C-1")),
    ] {
        propose(&world.store, &change).await;
    }
    give(&world, 4, 0, MA, "C-1", &["view"]).await;
    give(&world, 5, 1, MA, "C-1", &[]).await;
    propose(&world.store, &rights(6, (GAO, MA), 0, "C-2", None)).await;
    let late = noon(DAY) + jiff::SignedDuration::from_hours(15 * 24);
    assert_eq!(world.store.lapse_changes(late).await.unwrap(), [id(6)]);
    let refused = rights(7, (GAO, MA), 0, "C-2", Some(&[]));
    propose(&world.store, &refused).await;
    let word = decision(&refused, HE, Decision::Refuse);
    world.store.decide_change(word).await.unwrap();
    propose(&world.store, &rights(8, (GAO, MA), 0, "C-2", Some(&[]))).await;
    world.assert_sound().await;
    world
}

#[tokio::test]
async fn whoever_changes_own_data_behind_our_back_is_found() {
    let World { place, store, .. } = busy_world().await;
    drop(store);
    let of = |number: u128| format!("'{}'", id(number));
    let change = |number: u128, words: &str| format!("change {}: {words}", id(number));
    let signed = "it is not what was signed";
    let ended = "it did not end as its decision and its time say";
    let own = |subject: &str, words: &str| format!("own data {CUSTOMER} {subject}: {words}");
    let versions = "its versions do not follow each other";
    // What is found by itself is told by its place, so that a copy of the books has several.
    let copies = [
        vec![
            (
                format!("UPDATE changes SET what = '{{}}' WHERE id = {}", of(1)),
                change(1, signed),
            ),
            (
                format!("UPDATE changes SET user_id = '{MA}' WHERE id = {}", of(3)),
                change(3, signed),
            ),
            (
                format!("UPDATE changes SET jws = 'a.b.c' WHERE id = {}", of(8)),
                change(8, signed),
            ),
            (
                format!(
                    "UPDATE own_data SET change_id = {} WHERE subject = 'contacts'",
                    of(1)
                ),
                own("contacts", "it holds, and no change made it"),
            ),
            (
                r#"UPDATE account_rights SET rights = '["view","approve"]'"#.to_owned(),
                format!("rights of {MA} on C-1: they are not what was signed"),
            ),
        ],
        vec![
            (
                format!(
                    "UPDATE changes SET subject = 'invoice-data' WHERE id = {}",
                    of(1)
                ),
                change(1, signed),
            ),
            (
                format!("UPDATE changes SET replaces = 5 WHERE id = {}", of(3)),
                change(3, signed),
            ),
            (
                format!("UPDATE changes SET lapses = NULL WHERE id = {}", of(8)),
                change(8, ended),
            ),
            (
                format!(
                    "UPDATE change_decisions SET user_id = '{GAO}' WHERE change_id = {}",
                    of(4)
                ),
                change(4, "its decision is not what was signed"),
            ),
            (
                format!(
                    "UPDATE change_ends SET at = at - 10000000 WHERE change_id = {}",
                    of(6)
                ),
                change(6, ended),
            ),
            (
                format!(
                    "UPDATE change_ends SET sequence = 999 WHERE change_id = {}",
                    of(2)
                ),
                "999: the end of a change points at it, and there is no such link".to_owned(),
            ),
        ],
        vec![
            (
                format!(
                    "UPDATE change_decisions SET decision = 'refuse' WHERE change_id = {}",
                    of(4)
                ),
                change(4, ended),
            ),
            (
                format!("DELETE FROM change_ends WHERE change_id = {}", of(3)),
                change(3, ended),
            ),
            (
                format!("DELETE FROM change_ends WHERE change_id = {}", of(7)),
                change(7, ended),
            ),
            (
                format!(
                    "UPDATE own_data SET version = 1, change_id = {} WHERE subject = 'contacts'",
                    of(1)
                ),
                own("contacts", versions),
            ),
            (
                format!("INSERT INTO account_rights VALUES ('{WANG_WEI}', 'C-1', '[]')"),
                format!("rights of {WANG_WEI} on C-1: they are not what was signed"),
            ),
        ],
        vec![
            (
                format!("DELETE FROM change_decisions WHERE change_id = {}", of(4)),
                change(4, ended),
            ),
            (
                "DELETE FROM own_data WHERE subject = 'contacts'".to_owned(),
                own("contacts", versions),
            ),
            (
                format!(
                    "INSERT INTO own_data VALUES ('{CUSTOMER}', 'invoice-data', 1, {})",
                    of(1)
                ),
                own("invoice-data", "it holds, and no change made it"),
            ),
            (
                "DELETE FROM account_rights".to_owned(),
                format!("rights:{MA}:C-1: they were signed, and are not given"),
            ),
        ],
    ];
    for together in copies {
        let statements: Vec<_> = together
            .iter()
            .map(|(statement, _)| statement.as_str())
            .collect();
        let copy = place.copy();
        copy.tamper(&statements.join(";\n"));
        let report = copy.open().verify().await.unwrap();
        let findings: Vec<_> = report.findings.iter().map(ToString::to_string).collect();
        for (statement, words) in &together {
            let found = findings.iter().any(|finding| finding.contains(words));
            assert!(found, "{statement}: {findings:#?}");
        }
    }
}
