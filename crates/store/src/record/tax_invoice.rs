//! Tax invoices: a number, and mostly the file that the tax office's system made.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::civil::Date;
use serde::{Deserialize, Deserializer};
use wattkey_domain::BillId;

use super::RecordError;
use super::strict::{date, object, text};
use crate::digest::sha256;

/// The largest file of a tax invoice.
const MAX_BYTES: usize = 256 * 1024;
/// The longest name of a file, in characters: with four bytes each it still fits any file system.
const MAX_NAME: usize = 60;
/// What no name may have: what divides folders here or elsewhere, or is special to some system.
const NOT_IN_NAMES: &[char] = &['/', '\\', ':', '*', '?', '"', '<', '>', '|'];
/// What such files are.
const MEDIA_TYPES: [&str; 3] = ["application/pdf", "application/ofd", "application/xml"];

/// The tax invoice for a bill, which comes later than the bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxInvoice {
    /// Its number.
    pub number: String,
    /// The bill that it is for.
    pub bill: BillId,
    /// The day of the invoice.
    pub issued: Date,
    /// Its file, where one is there. It may come later than the number, in another record of it.
    pub file: Option<TaxInvoiceFile>,
}

/// The file of a tax invoice. It is passed on and never looked into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxInvoiceFile {
    /// A name to save it under.
    pub name: String,
    /// `application/pdf`, `application/ofd` or `application/xml`.
    pub media_type: String,
    bytes: Vec<u8>,
    digest: [u8; 32],
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTaxInvoice {
    number: String,
    bill: BillId,
    #[serde(deserialize_with = "date")]
    issued: Date,
    #[serde(default, deserialize_with = "some_object")]
    file: Option<RawFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    name: String,
    media_type: String,
    bytes: String,
}

impl TaxInvoiceFile {
    /// Its exact bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// SHA-256 of them.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }
}

impl RawTaxInvoice {
    pub(super) fn checked(self) -> Result<TaxInvoice, RecordError> {
        text("number", &self.number)?;
        Ok(TaxInvoice {
            number: self.number,
            bill: self.bill,
            issued: self.issued,
            file: self.file.map(RawFile::checked).transpose()?,
        })
    }
}

impl RawFile {
    fn checked(self) -> Result<TaxInvoiceFile, RecordError> {
        text("file.name", &self.name)?;
        let has = |name: &str| name.contains(NOT_IN_NAMES) || name.starts_with('.');
        if self.name.chars().count() > MAX_NAME || has(&self.name) {
            return Err(RecordError::FileName);
        }
        if !MEDIA_TYPES.contains(&self.media_type.as_str()) {
            return Err(RecordError::FileType);
        }
        // Nothing here is secret.
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(&self.bytes);
        let bytes = bytes
            .ok()
            .filter(|bytes| !bytes.is_empty() && bytes.len() <= MAX_BYTES);
        let bytes = bytes.ok_or(RecordError::FileBytes)?;
        Ok(TaxInvoiceFile {
            digest: sha256(&bytes),
            name: self.name,
            media_type: self.media_type,
            bytes,
        })
    }
}

/// Absent, or an object.
fn some_object<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<RawFile>, D::Error> {
    object(deserializer).map(Some)
}
