//! Bills, receipts, statements of account and notices as PDF, in English and Chinese.
//!
//! A document is set by own, small rules on the bundled fonts ([`Inter` and `Noto Sans SC`], in
//! `assets/fonts`) and written by `krilla`: tagged for reading programs (PDF/UA-1), archivable
//! (PDF/A-3a, ISO 19005-3), numbers right aligned with figures of one width. The same data gives the
//! same bytes: nothing here reads a clock, and lengths are whole thousandths of a point.
//!
//! | module | document |
//! | --- | --- |
//! | [`bill`] | a bill with its lines, and beside them what tariff and readings make |
//! | [`receipt`] | a receipt with the code that leads to its verification |
//! | [`statement`] | a statement of account |
//! | [`notice`] | a notice of arrears |
//! | [`attachment`] | what a document carries: the signed or exact bytes that it shows |
//!
//! Each document carries the bytes that it was made from as an attachment, so that the paper never
//! has to be believed: `wattkey receipt verify` takes a receipt out of its PDF and verifies it.
//!
//! A character that no bundled font has is shown by its number, `[U+20000]`, and told in
//! [`Pdf::missing`]; none is dropped silently.
//!
//! It does not: fetch, reckon, sign, or decide what is true; right-to-left scripts.
//!
//! [`Inter` and `Noto Sans SC`]: https://github.com/rsms/inter

pub mod attachment;
pub mod bill;
mod block;
mod code;
mod font;
mod frame;
mod measure;
pub mod notice;
mod number;
mod page;
mod pdf;
pub mod receipt;
pub mod statement;
mod text;
mod typeset;

use std::collections::BTreeSet;

use jiff::tz::TimeZone;

pub use text::reckoning;

use frame::Frame;
use page::Flow;
use pdf::{About, Attachment};
use text::Text;

/// A language that documents are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    En,
    /// Simplified Chinese.
    Zh,
}

/// Who issues a document.
#[derive(Debug, Clone)]
pub struct Issuer {
    /// The payee's name.
    pub name: String,
    /// The payment service.
    pub audience: String,
    /// In whose days and hours times are shown.
    pub zone: TimeZone,
}

/// A document as PDF.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pdf {
    /// The file.
    pub bytes: Vec<u8>,
    /// Characters that no font has; they are shown by their numbers.
    pub missing: BTreeSet<char>,
}

/// The PDF could not be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the PDF cannot be written: {0}")]
pub struct PdfError(pub(crate) String);

impl Language {
    /// As in BCP 47.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh",
        }
    }
}

/// Closes the pages and writes them.
fn finish(
    mut flow: Flow,
    frame: &Frame,
    text: &Text,
    about: &About,
    attachment: Attachment,
) -> Result<Pdf, PdfError> {
    frame::close(&mut flow, frame, text);
    let Flow {
        typesetter,
        pages,
        nodes,
        bookmarks,
        ..
    } = flow;
    let bytes = pdf::write(about, &pages, &nodes, &bookmarks, Some(attachment))?;
    Ok(Pdf {
        bytes,
        missing: typesetter.into_missing(),
    })
}
