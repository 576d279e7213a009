use serde_json::json;
use wattkey_pki::{Digest, jws};
use wattkey_protocol::file::{
    Acknowledgement, ExportHeader, ExportKind, ExportLine, FileSignature,
};

use super::lines::{opening_balance, payment};
use super::{get, post};
use crate::testing::now;
use crate::tests::world::{Answer, World};

async fn next(world: &World, number: u64) -> Answer {
    let body = json!({ "number": number }).to_string();
    world
        .ask(post("/v1/exports", "application/json", body.as_bytes()))
        .await
}

fn read(bytes: &[u8]) -> (ExportHeader, Vec<ExportLine>) {
    let text = std::str::from_utf8(bytes).unwrap();
    let mut lines = text.lines();
    let header = ExportHeader::parse(lines.next().unwrap().as_bytes()).unwrap();
    let lines = lines.map(|line| ExportLine::parse(line.as_bytes()).unwrap());
    (header, lines.collect())
}

fn acknowledgement(world: &World, header: &ExportHeader, bytes: &[u8]) -> String {
    let said = Acknowledgement {
        source: "marketing".to_owned(),
        number: header.number,
        digest: Digest::of(bytes),
        records: header.records,
        totals: header.totals.clone(),
        taken: now(),
        journal: None,
    };
    let own = &world.marketing;
    said.sign(&*own.signer, own.certificate.thumbprint())
        .unwrap()
}

#[tokio::test]
async fn what_happened_goes_out_once_and_the_same_again() {
    let world = World::new().await;
    // Bills are the marketing system's own: nothing to tell.
    assert_eq!(next(&world, 1).await.status, 204);
    world
        .take(
            1,
            &[opening_balance("C-2", 900), payment("B-1", 1_000_250, "1")],
        )
        .await;
    let made = next(&world, 1).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let body = world.ask(get("/v1/exports/1")).await;
    assert_eq!(body.media, "application/x-ndjson");
    let (header, lines) = read(&body.body);
    assert_eq!((header.number, header.records), (1, 1));
    assert_eq!(lines[0].kind, ExportKind::DepositIn);
    assert_eq!(lines[0].amount, 250);
    assert_eq!(lines[0].event, "paid-elsewhere");
    assert_eq!(lines[0].account.as_ref().unwrap().as_str(), "C-1");
    assert_eq!(
        made.json()["totals"],
        json!({"deposit-in": {"count": 1, "amounts": {"CNY": 250}}})
    );

    // An order is paid: its settlement is in the next file, and in no other.
    let order = world.order(1, &["B-2"]).await;
    let signed = world.li_na.sign_order(&order);
    assert_eq!(world.post(&world.li_na, &signed).await.status, 201);
    crate::tests::bank::settle(&world, &order).await;
    let made = next(&world, 2).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let second = world.ask(get("/v1/exports/2")).await;
    let (header, lines) = read(&second.body);
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!(lines[0].kind, ExportKind::Settlement);
    assert_eq!(lines[0].bill.as_ref().unwrap().as_str(), "B-2");
    assert_eq!(lines[0].order, Some(order.order));
    assert_eq!(lines[0].amount, 2_000_000);
    assert_eq!(next(&world, 3).await.status, 204);
    // Asked for again, it is the same to the byte, and so is its signature.
    assert_eq!(next(&world, 2).await.status, 200);
    assert_eq!(world.ask(get("/v1/exports/2")).await.body, second.body);
    let signature = world
        .ask(get("/v1/exports/2/signature"))
        .await
        .text()
        .to_owned();
    let again = world
        .ask(get("/v1/exports/2/signature"))
        .await
        .text()
        .to_owned();
    assert_eq!(signature, again);
    let certificate = &world.app.receipts.certificate;
    let said = FileSignature::verify(&signature, certificate, now()).unwrap();
    assert_eq!(said.digest, Digest::of(&second.body));
    assert_eq!((said.number, said.records), (2, header.records));
    world.assert_sound().await;
}

#[tokio::test]
async fn files_follow_each_other_and_are_acknowledged() {
    let world = World::new().await;
    world.take(1, &[payment("B-1", 1_000_250, "1")]).await;
    let answer = next(&world, 2).await;
    assert_eq!(
        (answer.problem(), answer.member("expected")),
        ("file-number", 1.into())
    );
    assert_eq!(next(&world, 1).await.status, 201);
    let body = world.ask(get("/v1/exports/1")).await.body;
    let (header, _) = read(&body);

    let good = acknowledgement(&world, &header, &body);
    let answer = |text: String| {
        let request = post(
            "/v1/exports/1/acknowledgement",
            "application/jose",
            text.as_bytes(),
        );
        world.ask(request)
    };
    let forged = acknowledgement(&World::new().await, &header, &body);
    assert_eq!(answer(forged).await.problem(), "file-signature");
    let other = acknowledgement(&world, &header, b"other bytes");
    assert_eq!(answer(other).await.problem(), "file-content");
    let strange = jws::sign_compact(
        &*world.marketing.signer,
        "wattkey-file+jws",
        world.marketing.certificate.thumbprint(),
        b"{}",
    );
    assert_eq!(answer(strange.unwrap()).await.problem(), "file-signature");
    let kept = answer(good.clone()).await.json();
    assert_eq!(kept["acknowledged"], "2026-08-31T02:00:00Z");
    world.set_clock("2026-08-31T03:00:00Z");
    assert_eq!(
        answer(good).await.json()["acknowledged"],
        "2026-08-31T02:00:00Z"
    );
    let list = world.ask(get("/v1/exports")).await.json();
    assert_eq!(list["next"], 2);
    assert_eq!(list["items"][0]["acknowledged"], "2026-08-31T02:00:00Z");
    assert_eq!(world.ask(get("/v1/exports/9")).await.problem(), "not-found");
    world.assert_sound().await;
}
