//! `GET /v1/bills/{bill}/tax-invoices` and `GET /v1/tax-invoices/{number}`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use http::header;
use wattkey_domain::BillId;
use wattkey_protocol::api::Page;
use wattkey_protocol::fields;
use wattkey_protocol::tax_invoice::{TaxInvoice, TaxInvoiceFile};
use wattkey_store::TaxInvoiceRow;

use super::bills::digest;
use super::input::Id;
use crate::answer::{Answer, not_found, store_fault};
use crate::app::App;
use crate::auth::Caller;

/// Tax invoices of a bill, oldest first.
#[utoipa::path(
    get,
    path = "/v1/bills/{bill}/tax-invoices",
    tag = "bills",
    params(("bill" = BillId, Path, description = "The bill")),
    responses((status = 200, description = "The tax invoices of a bill, the oldest first.", body = Page<TaxInvoice>)),
)]
pub(super) async fn of_bill(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Id(bill): Id<BillId>,
) -> Answer<Json<Page<TaxInvoice>>> {
    app.must_see_bill(&caller, &bill).await?;
    let rows = app
        .store
        .tax_invoices(caller.customer, bill)
        .await
        .map_err(store_fault)?;
    let rows = rows.ok_or_else(|| not_found("no such bill"))?;
    let items = rows.into_iter().map(view).collect();
    Ok(Json(Page { items, next: None }))
}

/// The file of a tax invoice.
///
/// Its exact bytes.
#[utoipa::path(
    get,
    path = "/v1/tax-invoices/{number}",
    tag = "bills",
    params(("number" = String, Path, description = "The number of the tax invoice")),
    responses((status = 200, description = "The file, as the marketing system gave it.", headers(("Content-Digest" = String, description = "RFC 9530")), content(
        (Vec<u8> = "application/pdf"),
        (Vec<u8> = "application/ofd"),
        (Vec<u8> = "application/xml"),
    ))),
)]
pub(super) async fn file(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Id(number): Id<String>,
) -> Answer<Response> {
    let file = app
        .store
        .tax_invoice_file(caller.customer, number)
        .await
        .map_err(store_fault)?;
    let access = app.access(&caller).await?;
    let file = file.filter(|file| access.sees(&file.account));
    let file = file.ok_or_else(|| not_found("no such file"))?;
    let headers = [
        (header::CONTENT_TYPE.as_str(), file.media_type),
        ("content-digest", fields::content_digest(&file.bytes)),
    ];
    Ok((headers, file.bytes).into_response())
}

fn view(row: TaxInvoiceRow) -> TaxInvoice {
    TaxInvoice {
        number: row.number,
        bill: row.bill,
        issued: row.issued,
        file: row.file.map(|file| TaxInvoiceFile {
            name: file.name,
            media_type: file.media_type,
            bytes: file.bytes,
            digest: digest(&file.digest),
        }),
    }
}
