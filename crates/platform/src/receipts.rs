//! Receipts (PROTOCOL.md, section 11): one per state of an order, each naming the one before.
//!
//! They are built when they are asked for, from the order's history alone, so building one twice
//! gives the same payload; the first that is kept stays.

use std::sync::Arc;

use jiff::Timestamp;
use wattkey_domain::{CustomerId, OrderId};
use wattkey_failpoint::failpoint;
use wattkey_pki::{Digest, SignError};
use wattkey_protocol::order::SignedOrder;
use wattkey_protocol::receipt::{self, JournalLink, Receipt, ReceiptBill};
use wattkey_store::{JournalPosition, OrderEvent, OrderRecord, ReceiptSaved};

use crate::answer::{Answer, Refusal, store_fault};
use crate::app::App;
use crate::routes::orders::view;

/// The receipt of the order's present state; those of earlier states are made on the way, because
/// each names the one before.
///
/// # Errors
/// `internal`, when the card does not sign or the database fails.
pub async fn present(app: &Arc<App>, record: &OrderRecord) -> Answer<wattkey_store::Receipt> {
    let mut latest: Option<wattkey_store::Receipt> = None;
    for event in &record.history {
        let supersedes = latest.map(|before| Digest::from_bytes(before.digest));
        latest = Some(of_state(app, record, event, supersedes).await?);
    }
    latest.ok_or_else(|| {
        Refusal::new(
            wattkey_protocol::problem::ProblemType::Internal,
            "no history",
        )
    })
}

/// Builds what is missing of an order's receipts, when the order has moved. A receipt is judged as
/// of its state's time, so it should be signed with the certificate of that time; what fails here
/// is made up for when the receipt is asked for.
pub async fn catch_up(app: &Arc<App>, customer: CustomerId, order: OrderId) {
    match app.store.order(customer, order).await {
        Ok(Some(record)) => {
            // The failure is in the log already.
            let _ = present(app, &record).await;
        }
        Ok(None) => tracing::warn!(%order, "no receipt: there is no such order"),
        Err(error) => {
            let _ = store_fault(error);
        }
    }
}

/// As [`catch_up`], where it is not known whose order it is.
pub async fn catch_up_of(app: &Arc<App>, order: OrderId) {
    match app.store.order_jws(order).await {
        Ok(jws) => match jws.and_then(|jws| SignedOrder::parse(&jws).ok()) {
            Some(signed) => catch_up(app, signed.order().customer.id, order).await,
            None => tracing::warn!(%order, "no receipt: there is no such order"),
        },
        Err(error) => {
            let _ = store_fault(error);
        }
    }
}

/// Where a posting is in the journal, in the form of the protocol.
#[must_use]
pub fn journal_link(position: &JournalPosition) -> JournalLink {
    JournalLink {
        sequence: position.sequence,
        link: Digest::from_bytes(position.link),
    }
}

async fn of_state(
    app: &Arc<App>,
    record: &OrderRecord,
    event: &OrderEvent,
    supersedes: Option<Digest>,
) -> Answer<wattkey_store::Receipt> {
    let kept = app
        .store
        .receipt(record.order, event.state)
        .await
        .map_err(store_fault)?;
    if let Some(kept) = kept {
        return Ok(kept);
    }
    let document = document(app, record, event, supersedes);
    let signing = Arc::clone(app);
    let signed = tokio::task::spawn_blocking(move || sign(&signing, &document))
        .await
        .map_err(|error| Refusal::fault("signing a receipt was broken off", &error))?
        .map_err(|error| Refusal::fault("the receipt key did not sign", &error))?;
    failpoint!("platform.receipt-signed");
    let saved = app
        .store
        .save_receipt(record.order, event.state, signed.clone())
        .await
        .map_err(store_fault)?;
    failpoint!("platform.receipt-kept");
    Ok(match saved {
        ReceiptSaved::Saved => signed,
        ReceiptSaved::Exists(kept) => kept,
    })
}

fn document(
    app: &App,
    record: &OrderRecord,
    event: &OrderEvent,
    supersedes: Option<Digest>,
) -> Receipt {
    Receipt {
        order: record.order,
        order_digest: Digest::from_bytes(record.digest),
        audience: app.audience.origin().to_owned(),
        customer: record.customer,
        state: event.state,
        as_of: whole_seconds(event.at),
        total: record.total.minor(),
        currency: record.total.currency(),
        bills: record
            .bills
            .iter()
            .map(|bill| ReceiptBill {
                bill: bill.bill.clone(),
                principal: bill.principal.minor(),
                penalty: bill.penalty.minor(),
            })
            .collect(),
        deposit: view::deposit(record),
        refund: view::refund(record),
        source: view::source(record).kind(),
        reference: record.reference.clone(),
        journal: journal_link(&event.journal),
        supersedes,
    }
}

fn whole_seconds(at: Timestamp) -> Timestamp {
    wattkey_protocol::time::whole_seconds(at)
}

fn sign(app: &App, document: &Receipt) -> Result<wattkey_store::Receipt, SignError> {
    let chain = [app.receipts.certificate.clone(), app.service_ca.clone()];
    let jws = receipt::sign(document, &*app.receipts.signer, &chain)?;
    let payload = serde_json::to_vec(document).expect("a receipt is JSON");
    Ok(wattkey_store::Receipt {
        jws: jws.into_bytes(),
        digest: *Digest::of(&payload).as_bytes(),
    })
}
