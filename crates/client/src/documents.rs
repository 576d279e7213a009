//! Documents of the service: bills byte for byte, statements, and what people read of them as PDF, in
//! either language.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use wattkey_document::bill::{Bill, Recomputed};
use wattkey_document::{Issuer, Language, Pdf, PdfError};
use wattkey_domain::{AccountId, BillDocument, BillId, NoticeId, OrderId};
use wattkey_pki::Digest;
use wattkey_protocol::api::{Account, BillDetail, Me};
use wattkey_protocol::statement::Statement;

use crate::client::Client;
use crate::fault::{Exit, Fault};
use crate::reckoning::{self, Reckoned};
use crate::words::Lang;
use crate::{own, receipt, show};

/// The language of a document that is read in this one.
#[must_use]
pub fn language(lang: Lang) -> Language {
    match lang {
        Lang::En => Language::En,
        Lang::Zh => Language::Zh,
    }
}

/// A bill and the bytes of its document, which are those that its digest names.
///
/// # Errors
/// The service's; `no-bill`; `document` when it is another one.
pub async fn fetch(client: &mut Client, bill: &BillId) -> Result<(BillDetail, Vec<u8>), Fault> {
    let detail = client.bill(bill).await?;
    let detail = detail
        .ok_or_else(|| Fault::new("no-bill", Exit::NotFound).with("bill", bill.to_string()))?;
    let bytes = client.document(bill).await?;
    if Digest::of(&bytes) != detail.document {
        return Err(bad(bill, "its digest is another one".into()));
    }
    Ok((detail, bytes))
}

/// The document of a bill cannot be used.
#[must_use]
pub fn bad(bill: &BillId, reason: String) -> Fault {
    Fault::new("document", Exit::Refused)
        .with("bill", bill.to_string())
        .with("reason", reason)
}

/// The service's day.
///
/// # Errors
/// The service's.
pub async fn today(client: &mut Client) -> Result<Date, Fault> {
    let me = client.me().await?;
    let zone = TimeZone::get(&me.time_zone).unwrap_or(TimeZone::UTC);
    Ok(zone.to_datetime(client.now()).date())
}

/// The statement of the days that are wanted: of this month up to today when none are.
///
/// # Errors
/// The service's; `usage-days` when the first day is after the last; `no-such-thing`.
pub async fn statement(
    client: &mut Client,
    account: &AccountId,
    from: Option<Date>,
    to: Option<Date>,
) -> Result<Statement, Fault> {
    let to = match to {
        Some(to) => to,
        None => today(client).await?,
    };
    let from = from.unwrap_or_else(|| to.first_of_month());
    if from > to {
        return Err(Fault::new("usage-days", Exit::Usage)
            .with("from", from.to_string())
            .with("to", to.to_string()));
    }
    let statement = client.statement(account, from, to).await?;
    statement.ok_or_else(|| no_such(account))
}

/// A bill, with its recomputation when that is wanted; then also whether it agrees.
///
/// # Errors
/// The service's; those of [`Reckoned::new`]; `document-pdf`.
pub async fn bill_pdf(
    client: &mut Client,
    bill: &BillId,
    recompute: bool,
    language: Language,
) -> Result<(Pdf, Option<bool>), Fault> {
    let me = client.me().await?;
    let (detail, bytes) = fetch(client, bill).await?;
    let document = BillDocument::parse(&bytes).map_err(|error| bad(bill, show::chain(&error)))?;
    let account = account(client, &detail.summary.account).await?;
    let reckoned = match recompute {
        false => None,
        true => {
            let (tariffs, metered) = reckoning::basis(client, bill).await?;
            Some(Reckoned::new(&document, &tariffs, metered)?)
        }
    };
    let pdf = Bill {
        issuer: &issuer(client, &me),
        customer: &me.customer.name,
        account: &account.name,
        address: &account.address,
        bytes: &bytes,
        document: &document,
        recomputed: reckoned.as_ref().map(|reckoned| Recomputed {
            metered: &reckoned.metered,
            reckoning: &reckoned.reckoning,
            comparison: &reckoned.comparison,
        }),
    }
    .pdf(language);
    let agrees = reckoned.map(|reckoned| reckoned.comparison.agrees());
    Ok((made(pdf)?, agrees))
}

/// The receipt of an order, verified first.
///
/// # Errors
/// The service's; `no-order`; those of receipts; `document-pdf`.
pub async fn receipt_pdf(
    client: &mut Client,
    order: OrderId,
    language: Language,
) -> Result<Pdf, Fault> {
    let service_ca = receipt::anchor(&client.config().service_ca)?;
    let me = client.me().await?;
    let signed = client.receipt(order).await?;
    let signed = signed
        .ok_or_else(|| Fault::new("no-order", Exit::NotFound).with("order", order.to_string()))?;
    let document = receipt::verify(&signed, &service_ca)?;
    if document.order != order {
        return Err(receipt::ReceiptFileError::OtherOrder(document.order).into());
    }
    made(
        wattkey_document::receipt::Receipt {
            issuer: &issuer(client, &me),
            customer: &me.customer.name,
            signed: &signed,
            document: &document,
        }
        .pdf(language),
    )
}

/// A statement.
///
/// # Errors
/// The service's; `document-pdf`.
pub async fn statement_pdf(
    client: &mut Client,
    document: &Statement,
    language: Language,
) -> Result<Pdf, Fault> {
    let me = client.me().await?;
    made(
        wattkey_document::statement::Statement {
            issuer: &issuer(client, &me),
            customer: &me.customer.name,
            document,
        }
        .pdf(language),
    )
}

/// A notice as it was served.
///
/// # Errors
/// The service's; those of [`own::Served::fetch`]; `document-pdf`.
pub async fn notice_pdf(
    client: &mut Client,
    notice: NoticeId,
    language: Language,
) -> Result<Pdf, Fault> {
    let me = client.me().await?;
    let served = own::Served::fetch(client, &me, notice).await?;
    let account = account(client, &served.document.account).await?;
    made(
        wattkey_document::notice::Notice {
            issuer: &issuer(client, &me),
            account: &account.name,
            address: &account.address,
            bytes: &served.bytes,
            document: &served.document,
        }
        .pdf(language),
    )
}

/// The characters of a document that no font has, as they stand in it: `U+20000`.
pub fn missing(pdf: &Pdf) -> impl Iterator<Item = String> + '_ {
    let number = |character: &char| format!("U+{:04X}", u32::from(*character));
    pdf.missing.iter().map(number)
}

fn made(pdf: Result<Pdf, PdfError>) -> Result<Pdf, Fault> {
    pdf.map_err(|error| Fault::new("document-pdf", Exit::Fault).cause(&error))
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
    found.ok_or_else(|| no_such(account))
}

fn no_such(id: &impl ToString) -> Fault {
    Fault::new("no-such-thing", Exit::NotFound).with("word", id.to_string())
}
