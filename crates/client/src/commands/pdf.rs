//! `bill pdf`, `receipt pdf`, `notices pdf` and `statement --pdf`: documents for people, in either
//! language.

use std::path::{Path, PathBuf};

use serde::Serialize;
use wattkey_client::client::Client;
use wattkey_client::documents;
use wattkey_client::output_file::{self, Existing};
use wattkey_document::{Language, Pdf};
use wattkey_domain::{AccountId, BillId, NoticeId, OrderId};

use crate::cli::args::{self, PdfFile};
use crate::cli::context::Context;
use crate::cli::fault::{self, Exit, Fault};
use crate::cli::show;
use crate::cli::text::Lang;

/// Where a document goes, and in which language.
#[derive(Debug)]
pub(crate) struct Target {
    file: PathBuf,
    existing: Existing,
    language: Language,
}

#[derive(Serialize)]
struct Written {
    file: PathBuf,
    /// Whether a bill agrees with its recomputation.
    #[serde(skip_serializing_if = "Option::is_none")]
    agrees: Option<bool>,
    /// Characters that are shown by their numbers, `U+20000`.
    missing: Vec<String>,
}

impl Target {
    /// Refuses a file that exists before the PIN is asked for.
    pub(crate) fn new(
        context: &Context<'_>,
        wanted: &PdfFile,
        usual: impl FnOnce() -> String,
    ) -> Result<Self, Fault> {
        let file = wanted.to.clone();
        let file = file.unwrap_or_else(|| PathBuf::from(usual()));
        Self::at(
            context,
            file,
            wanted.language,
            super::existing(wanted.force),
        )
    }

    /// As [`Target::new`], of a statement.
    pub(crate) fn of_statement(
        context: &Context<'_>,
        file: &Path,
        wanted: &args::Statement,
    ) -> Result<Self, Fault> {
        let existing = super::existing(wanted.force);
        Self::at(context, file.to_owned(), wanted.language, existing)
    }

    fn at(
        context: &Context<'_>,
        file: PathBuf,
        language: Option<Lang>,
        existing: Existing,
    ) -> Result<Self, Fault> {
        if existing == Existing::Stays && file.exists() {
            return Err(fault::exists(&file));
        }
        let language = documents::language(language.unwrap_or(context.output.text().lang()));
        Ok(Self {
            file,
            existing,
            language,
        })
    }

    fn write(self, context: &Context<'_>, pdf: &Pdf, agrees: Option<bool>) -> Result<(), Fault> {
        output_file::write(&self.file, &pdf.bytes, self.existing).map_err(|error| {
            if error.kind() == std::io::ErrorKind::AlreadyExists {
                return fault::exists(&self.file);
            }
            Fault::new("file-write", Exit::Fault)
                .with("file", show::path(&self.file))
                .cause(&error)
        })?;
        let written = Written {
            file: self.file,
            agrees,
            missing: documents::missing(pdf).collect(),
        };
        context.output.result(&written, || {
            let text = context.output.text();
            let file = show::path(&written.file);
            let mut words = show::safe(&text.with("document-written", &[("file", file.into())]));
            words.push('\n');
            if !written.missing.is_empty() {
                let characters = written.missing.join(", ");
                words += &text.with("document-missing", &[("characters", characters.into())]);
                words.push('\n');
            }
            words
        })
    }
}

/// A bill, with its recomputation when that is wanted.
pub(crate) async fn bill(
    context: &Context<'_>,
    client: &mut Client,
    (bill, recompute): (&BillId, bool),
    target: Target,
) -> Result<(), Fault> {
    let (pdf, agrees) = documents::bill_pdf(client, bill, recompute, target.language).await?;
    target.write(context, &pdf, agrees)
}

/// The receipt of an order, verified first.
pub(crate) async fn receipt(
    context: &Context<'_>,
    client: &mut Client,
    order: OrderId,
    target: Target,
) -> Result<(), Fault> {
    let pdf = documents::receipt_pdf(client, order, target.language).await?;
    target.write(context, &pdf, None)
}

/// The statement of the days that are wanted.
pub(crate) async fn statement(
    context: &Context<'_>,
    client: &mut Client,
    (account, wanted): (&AccountId, &args::Statement),
    target: Target,
) -> Result<(), Fault> {
    let document = documents::statement(client, account, wanted.from, wanted.to).await?;
    let pdf = documents::statement_pdf(client, &document, target.language).await?;
    target.write(context, &pdf, None)
}

/// A notice as it was served.
pub(crate) async fn notice(
    context: &Context<'_>,
    client: &mut Client,
    notice: NoticeId,
    target: Target,
) -> Result<(), Fault> {
    let pdf = documents::notice_pdf(client, notice, target.language).await?;
    target.write(context, &pdf, None)
}
