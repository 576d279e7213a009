use serde_json::{Value, json};
use wattkey_pki::{Digest, b64u};
use wattkey_protocol::fields;

use crate::tests::world::World;

const PDF: &[u8] = b"%PDF-1.7 of a tax invoice";

fn invoice(number: &str, bill: &str, file: Option<&[u8]>) -> Value {
    let mut record = json!({"type": "tax-invoice", "number": number, "bill": bill,
        "issued": "2026-08-03"});
    if let Some(bytes) = file {
        record["file"] = json!({"name": "发票 24-1.pdf", "media_type": "application/pdf",
            "bytes": b64u::encode(bytes)});
    }
    record
}

#[tokio::test]
async fn numbers_of_a_bill_and_their_files() {
    let world = World::new().await;
    let all = [
        invoice("24-1", "B-1", Some(PDF)),
        invoice("24/2", "B-1", Some(b"<invoice/>")),
        invoice("24-3", "B-1", None),
        invoice("24-9", "B-9", Some(PDF)),
    ];
    world.import(&all).await;
    let of_bill = |bill: &str| format!("/v1/bills/{bill}/tax-invoices");
    let answer = world.get(&world.li_na, &of_bill("B-1")).await.json();
    assert_eq!(
        answer["items"][0],
        json!({"number": "24-1", "bill": "B-1", "issued": "2026-08-03", "file": {
            "name": "发票 24-1.pdf", "media_type": "application/pdf", "bytes": PDF.len(),
            "digest": Digest::of(PDF)}})
    );
    let numbers = answer["items"].as_array().unwrap().iter();
    let numbers: Vec<_> = numbers.map(|item| item["number"].clone()).collect();
    assert_eq!(numbers, ["24-1", "24-3", "24/2"]);
    assert!(answer["items"][1]["file"].is_null());

    let file = world.get(&world.li_na, "/v1/tax-invoices/24-1").await;
    assert_eq!(
        (file.media.as_str(), file.body.as_slice()),
        ("application/pdf", PDF)
    );
    let digest = file.fields["content-digest"].to_str().unwrap();
    assert_eq!(digest, fields::content_digest(PDF));
    // Any character may be in a number.
    let file = world.get(&world.li_na, "/v1/tax-invoices/24%2F2").await;
    assert_eq!(file.body, b"<invoice/>");

    // Without a file, without a bill, another customer's.
    assert_eq!(
        world.get(&world.li_na, &of_bill("B-2")).await.json()["items"],
        json!([])
    );
    for target in [
        "/v1/tax-invoices/24-3",
        "/v1/tax-invoices/24-9",
        "/v1/tax-invoices/x",
    ] {
        assert_eq!(
            world.get(&world.li_na, target).await.problem(),
            "not-found",
            "{target}"
        );
    }
    for bill in ["B-9", "B-404"] {
        assert_eq!(
            world.get(&world.li_na, &of_bill(bill)).await.problem(),
            "not-found"
        );
    }
}

#[tokio::test]
async fn a_bill_that_was_taken_back_is_cancelled() {
    let world = World::new().await;
    world
        .import(&[
            json!({"type": "credit-note", "id": "CN-1", "bill": "B-2", "currency": "CNY",
            "issued": "2026-08-20", "revenue": 1_999_900, "tax": 60, "levies": 40,
            "reason": "meter"}),
        ])
        .await;
    let bill = world.get(&world.li_na, "/v1/bills/B-2").await.json();
    assert_eq!(bill["state"], "cancelled");
    let listed = world
        .get(&world.li_na, "/v1/bills?state=cancelled")
        .await
        .json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    let paid = world.get(&world.li_na, "/v1/bills?state=paid").await.json();
    assert_eq!(paid["items"], json!([]));
}
