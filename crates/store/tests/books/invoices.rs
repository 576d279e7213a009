//! Tax invoices: their numbers, and their files byte for byte.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use sha2::{Digest as _, Sha256};
use wattkey_store::{BillState, ImportError, Record, TaxInvoiceFileRow};

use crate::world::{CUSTOMER, OTHER_CUSTOMER, World, bill_id, noon};

const PDF: &[u8] = b"%PDF-1.7 of a tax invoice\0\xff";

fn invoice(number: &str, file: Option<(&str, &[u8])>) -> Record {
    let mut line = serde_json::json!({"type": "tax-invoice", "number": number, "bill": "B-1",
        "issued": "2026-10-21"});
    if let Some((name, bytes)) = file {
        line["file"] = serde_json::json!({"name": name, "media_type": "application/pdf",
            "bytes": Base64UrlUnpadded::encode_string(bytes)});
    }
    Record::parse(line.to_string().as_bytes()).unwrap()
}

async fn import(world: &World, records: Vec<Record>) -> Result<[u64; 2], ImportError> {
    let report = world.store.import(records, noon("2026-10-22")).await?;
    Ok([report.added, report.unchanged])
}

#[tokio::test]
async fn a_file_comes_once_with_its_number_or_later() {
    let world = World::new(&[("B-1", 10_000)]).await;
    let with = |bytes| invoice("24-1", Some(("24-1.pdf", bytes)));
    assert_eq!(
        import(&world, vec![invoice("24-1", None)]).await.unwrap(),
        [1, 0]
    );
    let of_bill = |customer| world.store.tax_invoices(customer, bill_id("B-1"));
    assert_eq!(of_bill(CUSTOMER).await.unwrap().unwrap()[0].file, None);

    assert_eq!(import(&world, vec![with(PDF)]).await.unwrap(), [1, 0]);
    assert_eq!(import(&world, vec![with(PDF)]).await.unwrap(), [0, 1]);
    // Its number alone says nothing against the file.
    assert_eq!(
        import(&world, vec![invoice("24-1", None)]).await.unwrap(),
        [0, 1]
    );
    let other = import(&world, vec![with(b"another")]).await;
    assert!(
        matches!(other, Err(ImportError::Conflict { .. })),
        "{other:?}"
    );
    let renamed = import(&world, vec![invoice("24-1", Some(("b.pdf", PDF)))]).await;
    assert!(
        matches!(renamed, Err(ImportError::Conflict { .. })),
        "{renamed:?}"
    );
    // Number and file together, twice in one file.
    let second = || invoice("24-2", Some(("发票.pdf", PDF)));
    assert_eq!(
        import(&world, vec![second(), second()]).await.unwrap(),
        [1, 1]
    );

    let rows = of_bill(CUSTOMER).await.unwrap().unwrap();
    let numbers: Vec<_> = rows.iter().map(|row| row.number.as_str()).collect();
    assert_eq!(numbers, ["24-1", "24-2"]);
    let file = TaxInvoiceFileRow {
        name: "24-1.pdf".to_owned(),
        media_type: "application/pdf".to_owned(),
        bytes: PDF.len() as u64,
        digest: Sha256::digest(PDF).into(),
    };
    assert_eq!(rows[0].file, Some(file));
    let file = |customer, number: &str| world.store.tax_invoice_file(customer, number.to_owned());
    let there = file(CUSTOMER, "24-1").await.unwrap().unwrap();
    assert_eq!(
        (there.bytes.as_slice(), there.account.as_str()),
        (PDF, "C-1")
    );
    assert_eq!(file(OTHER_CUSTOMER, "24-1").await.unwrap(), None);
    assert_eq!(file(CUSTOMER, "24-9").await.unwrap(), None);
    assert_eq!(of_bill(OTHER_CUSTOMER).await.unwrap(), None);
    world.assert_sound().await;
}

#[tokio::test]
async fn a_bill_that_was_taken_back_whole_is_cancelled() {
    let world = World::new(&[("B-1", 10_000)]).await;
    let day = "2026-09-01".parse().unwrap();
    let note = |number: u8, [revenue, tax, levies]: [i64; 3]| {
        let line = format!(
            r#"{{"type":"credit-note","id":"CN-{number}","bill":"B-1","issued":"2026-08-30","currency":"CNY","revenue":{revenue},"tax":{tax},"levies":{levies},"reason":"meter"}}"#
        );
        vec![Record::parse(line.as_bytes()).unwrap()]
    };
    let state = || async {
        let bill = world.store.bill(CUSTOMER, bill_id("B-1"), day);
        bill.await.unwrap().unwrap().state
    };
    import(&world, note(1, [8_500, 1_000, 499])).await.unwrap();
    assert_eq!(state().await, BillState::Overdue);
    import(&world, note(2, [0, 0, 1])).await.unwrap();
    assert_eq!(state().await, BillState::Cancelled);
    let listed = |state| {
        world.store.bills(wattkey_store::BillQuery {
            customer: CUSTOMER,
            account: None,
            state: Some(state),
            after: None,
            limit: 9,
            today: day,
        })
    };
    let of_state = [
        BillState::Open,
        BillState::Overdue,
        BillState::InCollection,
        BillState::Paid,
    ];
    for state in of_state {
        assert!(listed(state).await.unwrap().items.is_empty(), "{state:?}");
    }
    assert_eq!(listed(BillState::Cancelled).await.unwrap().items.len(), 1);
    world.assert_sound().await;
}
