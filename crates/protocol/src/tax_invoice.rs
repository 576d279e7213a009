//! `GET /v1/bills/{bill}/tax-invoices`: the tax invoices of a bill. The marketing system has them
//! made; this service passes their files on, byte for byte.
//!
//! ```
//! use wattkey_protocol::api::Page;
//! use wattkey_protocol::tax_invoice::TaxInvoice;
//!
//! let page: Page<TaxInvoice> = serde_json::from_str(r#"{"next": null, "items": [
//!     {"number": "24412000000012345678", "bill": "B-1", "issued": "2026-10-21", "file": {
//!         "name": "24412000000012345678.pdf", "media_type": "application/pdf", "bytes": 48213,
//!         "digest": "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"}},
//!     {"number": "24412000000012345679", "bill": "B-1", "issued": "2026-10-22", "file": null}]}"#,
//! ).expect("tax invoices");
//! assert!(page.items[1].file.is_none(), "its number came, and no file");
//! ```

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use wattkey_domain::BillId;
use wattkey_pki::Digest;

/// An entry of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TaxInvoice {
    /// Its number.
    pub number: String,
    /// The bill that it is for.
    pub bill: BillId,
    /// The day of the invoice.
    pub issued: Date,
    /// Its file, where the marketing system gave one: `GET /v1/tax-invoices/{number}`.
    pub file: Option<TaxInvoiceFile>,
}

/// What there is to know of a file without fetching it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TaxInvoiceFile {
    /// Its name, of letters, digits, `.`, `-` and `_`, to be saved under.
    pub name: String,
    /// Its media type: `application/pdf`, `application/ofd` or `application/xml`.
    pub media_type: String,
    /// Its length.
    pub bytes: u64,
    /// SHA-256 of it.
    pub digest: Digest,
}
