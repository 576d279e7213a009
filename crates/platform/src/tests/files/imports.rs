use serde_json::{Value, json};
use wattkey_protocol::file::{Acknowledgement, CHUNK};

use super::lines::{bill, credit_note, large_bill, opening_balance, payment};
use super::{Written, get, post, totals_of};
use crate::testing::{Pki, now};
use crate::tests::world::{STEEL, World, customer};

fn problem_and(answer: &crate::tests::world::Answer, member: &str) -> (&'static str, Value) {
    (answer.problem(), answer.member(member))
}

#[tokio::test]
async fn a_file_is_staged_checked_taken_in_and_acknowledged() {
    let world = World::new().await;
    let lines = [bill("B-20", 500_000), payment("B-1", 1_000, "7")];
    let file = Written::new(&world, 1, &lines);
    let announced = world.announce(&file).await;
    assert_eq!(announced.status, 201);
    let stands = announced.json();
    assert_eq!(stands["state"], "uploading");
    assert_eq!(stands["upload"]["chunk"], CHUNK);
    assert_eq!(
        (&stands["upload"]["next"], &stands["upload"]["chunks"]),
        (&json!(0), &json!(1))
    );
    let early = world.ask(post(&file.path("/commit"), "", b"")).await;
    assert_eq!(early.problem(), "file-content");
    assert_eq!(world.put_chunk(&file, 0).await.json()["next"], 1);

    let checked = world.check(&file).await;
    assert_eq!(checked["state"], "checked", "{checked}");
    assert_eq!(checked["totals"]["bill"]["amounts"]["CNY"], 500_000);
    assert_eq!(checked["report"]["posted"], 2);
    // Nothing of it is in the books.
    let bills = world.get(&world.li_na, "/v1/bills/B-20").await;
    assert_eq!(bills.problem(), "not-found");

    let taken = world.commit(&file).await;
    assert_eq!(taken["state"], "taken", "{taken}");
    let bill = world.get(&world.li_na, "/v1/bills/B-20").await.json();
    assert_eq!(bill["open"], 500_000);

    let said = world.ask(get(&file.path("/acknowledgement"))).await;
    assert_eq!(said.media, "application/jose");
    let certificate = &world.app.receipts.certificate;
    let document = Acknowledgement::verify(said.text(), certificate, now()).unwrap();
    assert_eq!(
        (document.source.as_str(), document.number),
        ("marketing", 1)
    );
    assert_eq!(document.totals, totals_of(&lines));
    assert!(document.journal.unwrap().sequence > 0);
    // Handed in again, it changes nothing, and the answer is the same to the byte.
    assert_eq!(world.announce(&file).await.json()["state"], "taken");
    assert_eq!(world.commit(&file).await["state"], "taken");
    let again = world.ask(get(&file.path("/acknowledgement"))).await;
    assert_eq!(again.text(), said.text());
    world.until_removed(&file).await;
    world.assert_sound().await;
}

#[tokio::test]
async fn numbers_have_no_gaps_and_are_used_once() {
    let world = World::new().await;
    let second = Written::new(&world, 2, &[bill("B-21", 100_000)]);
    let answer = world.announce(&second).await;
    assert_eq!(problem_and(&answer, "expected"), ("file-number", 1.into()));
    let first = world.take(1, &[bill("B-20", 100_000)]).await;
    let other = Written::new(&world, 1, &[bill("B-20", 200_000)]);
    let answer = world.announce(&other).await;
    let digest = wattkey_pki::Digest::of(&first.bytes).to_string();
    assert_eq!(
        problem_and(&answer, "digest"),
        ("file-number", digest.into())
    );
    world.take(2, &[bill("B-21", 100_000)]).await;
    let list = world.ask(get("/v1/imports")).await.json();
    let numbers: Vec<_> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["number"])
        .collect();
    assert_eq!(numbers, [2, 1]);
    world.assert_sound().await;
}

#[tokio::test]
async fn only_the_configured_key_signs() {
    let world = World::new().await;
    let good = Written::new(&world, 1, &[bill("B-20", 100_000)]);
    let stranger = World::new().await;
    let mut forged = good.clone();
    forged.sign(&stranger, 1);
    assert_eq!(world.announce(&forged).await.problem(), "file-signature");
    // Of another header than it is handed in with.
    let mut other = good.clone();
    other.signature = Written::new(&world, 2, &[bill("B-20", 100_000)]).signature;
    assert_eq!(world.announce(&other).await.problem(), "file-signature");
    let mut unknown = good.clone();
    unknown.header = good.header.replace("marketing", "somebody");
    assert_eq!(world.announce(&unknown).await.problem(), "file-signature");
    let mut malformed = good.clone();
    malformed.header = good.header.replace("import-1", "import-2");
    assert_eq!(world.announce(&malformed).await.problem(), "file-content");
    // Only a bound manager hands files in.
    let body = good.announcement().to_string();
    let request = post("/v1/imports", "application/json", body.as_bytes());
    for certificate in [
        &world.pki.manager_key("M2").authentication,
        &Pki::new().manager_key("M1").authentication,
    ] {
        assert_eq!(
            world.manage(certificate, request.clone()).await.problem(),
            "unbound"
        );
    }
    // Bytes that are not those that were signed are found out before anything is posted.
    let mut changed = good.clone();
    let at = changed.bytes.len() - 10;
    changed.bytes[at] ^= 1;
    assert_eq!(world.announce(&changed).await.status, 201);
    assert_eq!(world.put_chunk(&changed, 0).await.status, 200);
    let bad = world.commit(&changed).await;
    assert_eq!(bad["state"], "bad");
    let told = bad["errors"].to_string();
    assert!(
        told.contains("signed") || told.contains("document"),
        "{told}"
    );
}

#[tokio::test]
async fn all_that_is_wrong_is_told_with_line_and_field() {
    let world = World::new().await;
    let mut lines = vec![
        bill("B-20", 100_000),
        json!({"type": "payment", "bill": "B-1", "amount": "1", "currency": "CNY",
            "paid": "2026-08-20", "channel": "counter", "reference": "1"}),
        json!({"type": "gift"}),
        json!({"type": "customer", "id": customer(0x71), "name": "New"}),
        json!({"type": "user", "id": customer(0x72), "customer": customer(STEEL), "name": "X",
            "rights": [], "limits": {"day": -1}}),
        payment("B-1", 0, "1"),
    ];
    let file = Written::with(&world, 1, &lines, 6, totals_of(&lines));
    world.upload(&file).await;
    let bad = world.check(&file).await;
    assert_eq!(bad["state"], "bad");
    let told: Vec<_> = bad["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| {
            (
                error["line"].as_u64().unwrap(),
                error["field"].as_str().unwrap_or(""),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (3, "amount"),
            (4, "type"),
            (5, "locale"),
            (6, "limits"),
            (7, "amount")
        ]
    );
    let discarded = world
        .ask(super::Outgoing {
            method: http::Method::DELETE,
            ..get(&file.path(""))
        })
        .await;
    assert_eq!(discarded.status, 204);

    // What only the books know is told by line too.
    lines = vec![
        bill("B-1", 7_000),
        payment("B-99", 100, "1"),
        bill("B-20", 100_000),
        credit_note("CN-1", "B-20", [99_901, 0, 0]),
    ];
    let file = Written::new(&world, 1, &lines);
    world.upload(&file).await;
    let bad = world.check(&file).await;
    let told: Vec<_> = bad["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["line"])
        .collect();
    assert_eq!(told, [2, 3, 5], "{bad}");
    assert_eq!(bad["errors"][2]["field"], "revenue");
    world.assert_sound().await;
}

#[tokio::test]
async fn a_file_that_is_not_as_its_header_says_is_refused() {
    let world = World::new().await;
    let lines = [bill("B-20", 100_000), payment("B-1", 500, "1")];
    let mut wrong = totals_of(&lines);
    wrong
        .count("bill", Some(("CNY".parse().unwrap(), 1)))
        .unwrap();
    let file = Written::with(&world, 1, &lines, 3, wrong);
    world.upload(&file).await;
    let bad = world.commit(&file).await;
    let told: Vec<_> = bad["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| (&error["line"], error["field"].as_str().unwrap()))
        .collect();
    assert_eq!(told, [(&json!(1), "records"), (&json!(1), "totals.bill")]);
    // A file without an end was cut off.
    let mut cut = Written::new(&world, 1, &lines);
    cut.bytes.pop();
    cut.sign(&world, 2);
    assert_eq!(world.announce(&cut).await.problem(), "file-content");
    world
        .ask(super::Outgoing {
            method: http::Method::DELETE,
            ..get(&file.path(""))
        })
        .await;
    world.upload(&cut).await;
    assert_eq!(world.commit(&cut).await["errors"][0]["line"], 3);
}

#[tokio::test]
async fn surpluses_go_to_the_deposit_and_cancelled_bills_are_marked() {
    let world = World::new().await;
    let lines = [
        opening_balance("C-1", 50_000),
        payment("B-1", 1_000_700, "1"),
        bill("B-20", 100_000),
        credit_note("CN-1", "B-20", [99_900, 60, 40]),
        credit_note("CN-2", "B-1", [300, 0, 0]),
        json!({"type": "tax-invoice", "number": "24412000000012345678", "bill": "B-1", "issued": "2026-08-30"}),
        json!({"type": "mandate-end", "mandate": "M-1", "ended": "2026-09-30"}),
        json!({"type": "user", "id": world.chen_yu.holder.id, "customer": customer(STEEL), "name": "Chen Yu",
            "rights": ["view", "prepare"], "limits": {"day": 500, "alone": null}}),
    ];
    let file = Written::new(&world, 1, &lines);
    world.upload(&file).await;
    let checked = world.check(&file).await;
    assert_eq!(checked["state"], "checked", "{checked}");
    assert_eq!(
        checked["report"],
        json!({"added": 7, "unchanged": 0, "replaced": 1, "posted": 5, "surpluses": 2})
    );
    assert_eq!(world.commit(&file).await["state"], "taken");
    let deposits = world.app.store.deposits(customer(STEEL)).await.unwrap();
    assert_eq!(deposits[0].balance.minor(), 50_000 + 700 + 300);
    let user = world
        .app
        .store
        .user(world.chen_yu.holder.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((user.limits.day, user.limits.alone), (Some(500), None));
    let mandates = world.app.store.mandates(customer(STEEL)).await.unwrap();
    assert_eq!(mandates[0].ended.unwrap().to_string(), "2026-09-30");
    let bill = world.get(&world.li_na, "/v1/bills/B-20").await.json();
    assert_eq!(bill["open"], 0);
    // The same records in the next file change nothing.
    let again = Written::new(&world, 2, &lines);
    world.upload(&again).await;
    let checked = world.check(&again).await;
    assert_eq!(checked["report"]["unchanged"], 8, "{checked}");
    assert_eq!(world.commit(&again).await["state"], "taken");
    world.assert_sound().await;
}

#[tokio::test]
async fn an_upload_goes_on_after_a_restart() {
    let mut world = World::new().await;
    let lines: Vec<_> = (0..400).map(|n| large_bill(&format!("B-1{n}"))).collect();
    let file = Written::new(&world, 1, &lines);
    let chunks = file.bytes.len().div_ceil(CHUNK);
    assert!(chunks >= 3, "{chunks}");
    world.announce(&file).await;
    assert_eq!(world.put_chunk(&file, 0).await.json()["next"], 1);
    let ahead = world.put_chunk(&file, 2).await;
    assert_eq!(problem_and(&ahead, "next"), ("file-content", 1.into()));
    assert_eq!(world.put_chunk(&file, 1).await.json()["next"], 2);
    // The last chunk may be torn: it is asked for again.
    world.restart_files();
    assert_eq!(world.announce(&file).await.json()["upload"]["next"], 1);
    let short = world.put_bytes(&file, 1, b"short").await;
    assert_eq!(short.problem(), "file-content");
    for chunk in 0..chunks {
        assert_eq!(world.put_chunk(&file, chunk).await.status, 200);
    }
    let other = vec![b'x'; CHUNK];
    let differs = world.put_bytes(&file, 0, &other).await;
    assert_eq!(differs.problem(), "file-content");
    let long = world.put_bytes(&file, 0, &vec![b'x'; CHUNK + 1]).await;
    assert_eq!(long.problem(), "body");
    let taken = world.commit(&file).await;
    assert_eq!(taken["state"], "taken", "{taken}");
    world.assert_sound().await;
}

/// Two managers hand the same file in at the same moment: it is taken in once.
#[tokio::test(flavor = "multi_thread")]
async fn two_managers_hand_the_same_file_in_at_once() {
    let world = World::new().await;
    let file = Written::new(&world, 1, &[bill("B-20", 100_000), payment("B-1", 10, "1")]);
    let one = async {
        let announced = world.announce(&file).await.status;
        assert!(announced == 201 || announced == 200);
        let put = world.put_chunk(&file, 0).await;
        // The other one may have finished, and what was staged is gone.
        assert!(
            put.status == 200 || put.problem() == "not-found",
            "{}",
            put.text()
        );
        world.commit(&file).await["state"].clone()
    };
    let other = async {
        world.announce(&file).await;
        world.put_chunk(&file, 0).await;
        world.commit(&file).await["state"].clone()
    };
    let (one, other) = tokio::join!(one, other);
    assert_eq!((one, other), ("taken".into(), "taken".into()));
    let report = world.app.store.verify().await.unwrap();
    assert!(report.is_sound(), "{:#?}", report.findings);
    assert_eq!(report.bills, 6);
}

/// The platform died after the commit and before what was staged was removed.
#[tokio::test]
async fn what_is_in_the_books_and_staged_still_counts_once() {
    let mut world = World::new().await;
    let lines = [bill("B-20", 100_000)];
    let file = Written::new(&world, 1, &lines);
    world.upload(&file).await;
    let staged = world.folder.path().join("imports/marketing-1");
    let kept = world.folder.path().join("kept");
    std::fs::create_dir(&kept).unwrap();
    for name in ["request.json", "data"] {
        std::fs::copy(staged.join(name), kept.join(name)).unwrap();
    }
    world.commit(&file).await;
    world.until_removed(&file).await;
    std::fs::rename(&kept, &staged).unwrap();
    world.restart_files();
    assert_eq!(world.settled(&file).await["state"], "taken");
    assert_eq!(world.commit(&file).await["state"], "taken");
    assert_eq!(world.app.store.verify().await.unwrap().bills, 6);
}
