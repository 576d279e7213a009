//! Files that a user asked for: in the documents folder, never over another one.

use std::io;
use std::path::PathBuf;

use wattkey_client::fault::{Exit, Fault};
use wattkey_client::output_file::{self, Existing};
use wattkey_client::{money, receipt, show};
use wattkey_domain::OrderId;
use wattkey_protocol::api::{BillSummary, OrderView};

use super::session::Session;
use crate::model::Event;

/// So many files of one name, and the last of them is refused.
const MOST: u32 = 1_000;

/// Where files go: the folder of documents, else the user's own.
fn folder() -> PathBuf {
    let home = std::env::home_dir().unwrap_or_else(|| PathBuf::from("."));
    let documents = home.join("Documents");
    if documents.is_dir() { documents } else { home }
}

/// The name itself, then with numbers.
fn names(stem: &str, extension: &str) -> impl Iterator<Item = PathBuf> {
    let folder = folder();
    let (stem, extension) = (stem.to_owned(), extension.to_owned());
    (1..=MOST).map(move |number| match number {
        1 => folder.join(format!("{stem}.{extension}")),
        number => folder.join(format!("{stem} ({number}).{extension}")),
    })
}

/// Writes beside what is there.
pub(super) fn keep(stem: &str, extension: &str, bytes: &[u8]) -> Event {
    for file in names(stem, extension) {
        match output_file::write(&file, bytes, Existing::Stays) {
            Ok(()) => return Event::Saved(show::path(&file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => {
                let fault = Fault::new("file-write", Exit::Fault)
                    .with("file", show::path(&file))
                    .cause(&error);
                return Event::NotSaved(fault);
            }
        }
    }
    Event::NotSaved(
        Fault::new("file-exists", Exit::Usage).with("file", format!("{stem}.{extension}")),
    )
}

/// Fields in quotes where they need them (RFC 4180); a field that a spreadsheet would reckon with is
/// kept a text.
fn csv(rows: impl Iterator<Item = Vec<String>>) -> Vec<u8> {
    let mut text = String::new();
    for row in rows {
        let fields = row.into_iter().map(|field| {
            let guarded = match field.starts_with(['=', '+', '-', '@', '\t']) {
                true => format!("'{field}"),
                false => field,
            };
            match guarded.contains([',', '"', '\n', '\r']) {
                true => format!("\"{}\"", guarded.replace('"', "\"\"")),
                false => guarded,
            }
        });
        text.push_str(&fields.collect::<Vec<_>>().join(","));
        text.push_str("\r\n");
    }
    text.into_bytes()
}

/// The list of bills.
pub(super) fn bills(rows: &[BillSummary]) -> Event {
    let names = [
        "bill", "account", "period", "issued", "due", "currency", "total", "open", "state",
    ];
    let header = names.map(str::to_owned).to_vec();
    let lines = rows.iter().map(|bill| {
        let amount = |minor| money::plain(minor, bill.currency);
        vec![
            bill.bill.to_string(),
            bill.account.to_string(),
            bill.period.to_string(),
            bill.issued.to_string(),
            bill.due.to_string(),
            bill.currency.to_string(),
            amount(bill.total),
            amount(bill.open),
            show::code(&bill.state),
        ]
    });
    keep(
        "wattkey-bills",
        "csv",
        &csv([header].into_iter().chain(lines)),
    )
}

/// The list of payments.
pub(super) fn payments(rows: &[OrderView]) -> Event {
    let names = [
        "order",
        "signed-by",
        "reference",
        "currency",
        "total",
        "source",
        "state",
        "at",
    ];
    let header = names.map(str::to_owned).to_vec();
    let lines = rows.iter().map(|order| {
        vec![
            order.order.to_string(),
            order.user.name.clone(),
            order.reference.clone(),
            order.currency.to_string(),
            money::plain(order.total, order.currency),
            order.source.kind().as_str().to_owned(),
            order.state.as_str().to_owned(),
            order
                .history
                .last()
                .map(|event| event.at.to_string())
                .unwrap_or_default(),
        ]
    });
    keep(
        "wattkey-payments",
        "csv",
        &csv([header].into_iter().chain(lines)),
    )
}

impl Session {
    pub(super) async fn save_receipt(&mut self, order: OrderId) -> Event {
        match self.try_save_receipt(order).await {
            Ok(event) => event,
            Err(fault) => Event::NotSaved(fault),
        }
    }

    async fn try_save_receipt(&mut self, order: OrderId) -> Result<Event, Fault> {
        let service_ca = receipt::anchor(&self.client.config().service_ca)?;
        let text = self.client.receipt(order).await?;
        let none = || Fault::new("no-order", Exit::NotFound).with("order", order.to_string());
        let text = text.ok_or_else(none)?;
        for file in names(&format!("receipt-{order}"), "json") {
            match receipt::save(&text, order, &service_ca, &file, Existing::Stays) {
                Ok(_) => return Ok(Event::Saved(show::path(&file))),
                Err(receipt::ReceiptFileError::Exists { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Fault::new("file-exists", Exit::Usage).with("file", order.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_cannot_become_a_formula_or_a_row() {
        let rows = [vec![
            "=1+1".to_owned(),
            "a,b".to_owned(),
            "say \"no\"".to_owned(),
        ]];
        let text = String::from_utf8(csv(rows.into_iter())).unwrap();
        assert_eq!(text, "'=1+1,\"a,b\",\"say \"\"no\"\"\"\r\n");
    }
}
