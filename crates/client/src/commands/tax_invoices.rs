//! `tax-invoices`: the tax invoices of a bill, and their files byte for byte.

use std::path::{Path, PathBuf};

use serde::Serialize;
use wattkey_client::client::Client;
use wattkey_client::output_file;
use wattkey_domain::BillId;
use wattkey_pki::Digest;
use wattkey_protocol::tax_invoice::{TaxInvoice, TaxInvoiceFile};

use super::{existing, id, online};
use crate::cli::args::TaxInvoices;
use crate::cli::context::Context;
use crate::cli::fault::{self, Exit, Fault};
use crate::cli::show;
use crate::cli::table::{Cell, Column, Table};

#[derive(Serialize)]
struct List {
    tax_invoices: Vec<TaxInvoice>,
}

#[derive(Serialize)]
struct Saved {
    number: String,
    file: PathBuf,
    digest: Digest,
}

pub(crate) fn run(context: &Context<'_>, wanted: &TaxInvoices) -> Result<(), Fault> {
    match wanted {
        TaxInvoices::List { bill } => {
            let bill = id(bill)?;
            online(context, async |client| list(context, client, &bill).await)
        }
        TaxInvoices::Save {
            bill,
            number,
            to,
            force,
        } => {
            let bill: BillId = id(bill)?;
            if let Some(file) = to.as_deref().filter(|file| file.exists() && !force) {
                return Err(fault::exists(file));
            }
            online(context, async |client| {
                let (invoice, file) = one(client, &bill, number.as_deref()).await?;
                let to = target(to.as_deref(), &file)?;
                save(context, client, &invoice, &file, to, *force).await
            })
        }
    }
}

async fn list(context: &Context<'_>, client: &mut Client, bill: &BillId) -> Result<(), Fault> {
    let document = List {
        tax_invoices: client.tax_invoices(bill).await?,
    };
    let mut table = Table::new(&[
        Column::left("column-number"),
        Column::left("column-issued"),
        Column::left("column-file"),
        Column::left("column-media-type"),
        Column::right("column-bytes"),
    ]);
    for invoice in &document.tax_invoices {
        let file = invoice.file.as_ref();
        table.row([
            Cell::text(&invoice.number),
            Cell::text(invoice.issued),
            Cell::of(file, |file| Cell::text(&file.name)),
            Cell::of(file, |file| Cell::text(&file.media_type)),
            Cell::of(file, |file| Cell::number(file.bytes)),
        ]);
    }
    context.output.table(&document, &table)
}

/// Where it is written: where the user says, or under the name that the service gives, if that is a
/// name and nothing else.
fn target(to: Option<&Path>, file: &TaxInvoiceFile) -> Result<PathBuf, Fault> {
    match to {
        Some(to) => Ok(to.to_owned()),
        None if output_file::is_plain_name(&file.name) => Ok(PathBuf::from(&file.name)),
        None => Err(Fault::new("file-name", Exit::Refused).with("name", &*show::safe(&file.name))),
    }
}

/// The invoice that is named, or the only one that has a file.
async fn one(
    client: &mut Client,
    bill: &BillId,
    number: Option<&str>,
) -> Result<(TaxInvoice, TaxInvoiceFile), Fault> {
    let all = client.tax_invoices(bill).await?.into_iter();
    let with_file = |invoice: TaxInvoice| {
        let file = invoice.file.clone()?;
        Some((invoice, file))
    };
    let mut fitting: Vec<_> = all
        .filter(|invoice| number.is_none_or(|number| invoice.number == number))
        .filter_map(with_file)
        .collect();
    let none = || Fault::new("no-tax-invoice", Exit::NotFound).with("bill", bill.to_string());
    let one = fitting.pop().ok_or_else(none)?;
    if !fitting.is_empty() {
        return Err(Fault::new("several-tax-invoices", Exit::Usage).with("bill", bill.to_string()));
    }
    Ok(one)
}

async fn save(
    context: &Context<'_>,
    client: &mut Client,
    invoice: &TaxInvoice,
    wanted: &TaxInvoiceFile,
    to: PathBuf,
    force: bool,
) -> Result<(), Fault> {
    let bytes = client.tax_invoice(&invoice.number).await?;
    let bytes = bytes.ok_or_else(|| {
        Fault::new("no-tax-invoice", Exit::NotFound).with("bill", invoice.bill.to_string())
    })?;
    if Digest::of(&bytes) != wanted.digest {
        let reason = "the digest of the tax invoice is another one";
        return Err(Fault::new("answer", Exit::Refused).with("reason", reason));
    }
    output_file::write(&to, &bytes, existing(force)).map_err(|error| {
        if error.kind() == std::io::ErrorKind::AlreadyExists {
            return fault::exists(&to);
        }
        Fault::new("file-write", Exit::Fault)
            .with("file", show::path(&to))
            .cause(&error)
    })?;
    let saved = Saved {
        number: invoice.number.clone(),
        file: to,
        digest: wanted.digest,
    };
    context.output.result(&saved, || {
        let file = show::path(&saved.file);
        let values = [("file", file.into())];
        show::safe(&context.output.text().with("tax-invoice-saved", &values)) + "\n"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_names_a_file_and_no_place() {
        let file = |name: &str| TaxInvoiceFile {
            name: name.to_owned(),
            media_type: "application/pdf".to_owned(),
            bytes: 1,
            digest: Digest::of(b"file"),
        };
        let named = target(None, &file("24412.pdf")).unwrap();
        assert_eq!(named, Path::new("24412.pdf"));
        let other = file("../.ssh/authorized_keys");
        let fault = target(None, &other).unwrap_err();
        assert_eq!(fault.code, "file-name");
        let to = Path::new("invoices/1.pdf");
        assert_eq!(target(Some(to), &other).unwrap(), to);
    }
}
