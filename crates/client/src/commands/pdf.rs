//! `bill pdf`, `receipt pdf`, `notices pdf` and `statement --pdf`: documents for people, in either
//! language.

use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use serde::Serialize;
use wattkey_client::client::Client;
use wattkey_client::output_file::{self, Existing};
use wattkey_client::{own, receipt};
use wattkey_document::bill::{Bill, Recomputed};
use wattkey_document::{Issuer, Language, Pdf, PdfError};
use wattkey_domain::tariff::{compare, reckon};
use wattkey_domain::{AccountId, BillDocument, BillId, NoticeId, OrderId};
use wattkey_protocol::api::{Account, Me};

use super::{bills, payments, reckon as reckoning, statement};
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
        let language = match language.unwrap_or(context.output.text().lang()) {
            Lang::En => Language::En,
            Lang::Zh => Language::Zh,
        };
        Ok(Self {
            file,
            existing,
            language,
        })
    }

    fn write(
        self,
        context: &Context<'_>,
        pdf: Result<Pdf, PdfError>,
        agrees: Option<bool>,
    ) -> Result<(), Fault> {
        let pdf = pdf.map_err(|error| Fault::new("document-pdf", Exit::Fault).cause(&error))?;
        output_file::write(&self.file, &pdf.bytes, self.existing).map_err(|error| {
            if error.kind() == std::io::ErrorKind::AlreadyExists {
                return fault::exists(&self.file);
            }
            Fault::new("file-write", Exit::Fault)
                .with("file", show::path(&self.file))
                .cause(&error)
        })?;
        let number = |character: &char| format!("U+{:04X}", u32::from(*character));
        let written = Written {
            file: self.file,
            agrees,
            missing: pdf.missing.iter().map(number).collect(),
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
    let me = client.me().await?;
    let (detail, bytes) = bills::fetch(client, bill).await?;
    let document =
        BillDocument::parse(&bytes).map_err(|error| bills::bad(bill, show::chain(&error)))?;
    let account = account(client, &detail.summary.account).await?;
    let impossible = |error: &dyn std::error::Error| {
        Fault::new("reckon-impossible", Exit::Usage)
            .with("bill", bill.to_string())
            .cause(error)
    };
    let basis = match recompute {
        false => None,
        true => {
            let (tariffs, metered) = reckoning::basis(client, bill).await?;
            let reckoned = reckon(&tariffs, &metered).map_err(|error| impossible(&error))?;
            let compared = compare(&document, &reckoned).map_err(|error| impossible(&error))?;
            Some((metered, reckoned, compared))
        }
    };
    let pdf = Bill {
        issuer: &issuer(client, &me),
        customer: &me.customer.name,
        account: &account.name,
        address: &account.address,
        bytes: &bytes,
        document: &document,
        recomputed: basis
            .as_ref()
            .map(|(metered, reckoning, comparison)| Recomputed {
                metered,
                reckoning,
                comparison,
            }),
    }
    .pdf(target.language);
    let agrees = basis.map(|(_, _, comparison)| comparison.agrees());
    target.write(context, pdf, agrees)
}

/// The receipt of an order, verified first.
pub(crate) async fn receipt(
    context: &Context<'_>,
    client: &mut Client,
    order: OrderId,
    target: Target,
) -> Result<(), Fault> {
    let service_ca = receipt::anchor(&client.config().service_ca)?;
    let me = client.me().await?;
    let signed = client.receipt(order).await?;
    let signed = signed.ok_or_else(|| payments::not_found(order))?;
    let document = receipt::verify(&signed, &service_ca)?;
    if document.order != order {
        return Err(receipt::ReceiptFileError::OtherOrder(document.order).into());
    }
    let pdf = wattkey_document::receipt::Receipt {
        issuer: &issuer(client, &me),
        customer: &me.customer.name,
        signed: &signed,
        document: &document,
    }
    .pdf(target.language);
    target.write(context, pdf, None)
}

/// The statement of the days that are wanted.
pub(crate) async fn statement(
    context: &Context<'_>,
    client: &mut Client,
    (account, wanted): (&AccountId, &args::Statement),
    target: Target,
) -> Result<(), Fault> {
    let me = client.me().await?;
    let document = statement::fetch(client, account, wanted.from, wanted.to).await?;
    let pdf = wattkey_document::statement::Statement {
        issuer: &issuer(client, &me),
        customer: &me.customer.name,
        document: &document,
    }
    .pdf(target.language);
    target.write(context, pdf, None)
}

/// A notice as it was served.
pub(crate) async fn notice(
    context: &Context<'_>,
    client: &mut Client,
    notice: NoticeId,
    target: Target,
) -> Result<(), Fault> {
    let me = client.me().await?;
    let served = own::Served::fetch(client, &me, notice).await?;
    let account = account(client, &served.document.account).await?;
    let pdf = wattkey_document::notice::Notice {
        issuer: &issuer(client, &me),
        account: &account.name,
        address: &account.address,
        bytes: &served.bytes,
        document: &served.document,
    }
    .pdf(target.language);
    target.write(context, pdf, None)
}

fn issuer(client: &Client, me: &Me) -> Issuer {
    Issuer {
        name: me.payee.name.clone(),
        audience: client.config().audience.clone(),
        zone: TimeZone::get(&me.time_zone).unwrap_or(TimeZone::UTC),
    }
}

async fn account(client: &mut Client, account: &AccountId) -> Result<Account, Fault> {
    let accounts = client.accounts().await?;
    let found = accounts.into_iter().find(|one| one.account == *account);
    found.ok_or_else(|| super::not_found(account))
}
