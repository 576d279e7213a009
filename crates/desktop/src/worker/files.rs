//! Files that a user asked for: where the user says, else in the documents folder, never over another
//! one unasked.

use std::io;
use std::path::{Path, PathBuf};

use wattkey_client::config::Config;
use wattkey_client::fault::{Exit, Fault};
use wattkey_client::output_file::{self, Existing};
use wattkey_client::table::{BYTE_ORDER_MARK, Table};
use wattkey_client::{documents, receipt, show, words};
use wattkey_domain::{BillId, OrderId};
use wattkey_pki::TrustAnchor;
use wattkey_protocol::statement::Statement;

use super::session::Session;
use crate::model::history::{RECEIPT, Verified};
use crate::model::usage::Picture;
use crate::model::{Effect, Event};

/// So many files of one name, and the last of them is refused.
const MOST: u32 = 1_000;

/// Where files go: the folder of documents, else the user's own.
pub(super) fn folder() -> PathBuf {
    let home = std::env::home_dir().unwrap_or_else(|| PathBuf::from("."));
    let documents = home.join("Documents");
    if documents.is_dir() { documents } else { home }
}

/// A file that is kept once it is known where.
pub(super) struct New {
    stem: String,
    pub(super) extension: &'static str,
    content: Content,
}

enum Content {
    Bytes(Vec<u8>),
    /// A receipt, that is looked at again before it is written.
    Receipt(Vec<u8>, OrderId, TrustAnchor),
}

/// Why nothing was written.
enum Unwritten {
    /// Another file is there.
    IsThere,
    Fault(Fault),
}

impl New {
    fn of(stem: impl Into<String>, extension: &'static str, bytes: Vec<u8>) -> New {
        New {
            stem: stem.into(),
            extension,
            content: Content::Bytes(bytes),
        }
    }

    /// The name that is offered.
    pub(super) fn name(&self) -> String {
        format!("{}.{}", self.stem, self.extension)
    }

    /// Writes it where the user said, in place of what may be there: the chooser has asked.
    pub(super) fn replace(&self, file: &Path) -> Event {
        match self.write(file, Existing::IsReplaced) {
            Ok(()) => Event::Saved(show::path(file)),
            Err(Unwritten::Fault(fault)) => Event::NotSaved(fault),
            Err(Unwritten::IsThere) => Event::NotSaved(is_there(file)),
        }
    }

    /// Writes it beside what is there, under its name or with a number.
    pub(super) fn keep_in(&self, folder: &Path) -> Event {
        for number in 1..=MOST {
            let file = match number {
                1 => folder.join(self.name()),
                number => folder.join(format!("{} ({number}).{}", self.stem, self.extension)),
            };
            match self.write(&file, Existing::Stays) {
                Ok(()) => return Event::Saved(show::path(&file)),
                Err(Unwritten::IsThere) => {}
                Err(Unwritten::Fault(fault)) => return Event::NotSaved(fault),
            }
        }
        Event::NotSaved(is_there(Path::new(&self.name())))
    }

    fn write(&self, file: &Path, existing: Existing) -> Result<(), Unwritten> {
        match &self.content {
            Content::Bytes(bytes) => {
                output_file::write(file, bytes, existing).map_err(|error| match error.kind() {
                    io::ErrorKind::AlreadyExists => Unwritten::IsThere,
                    _ => Unwritten::Fault(
                        Fault::new("file-write", Exit::Fault)
                            .with("file", show::path(file))
                            .cause(&error),
                    ),
                })
            }
            Content::Receipt(text, order, service_ca) => {
                match receipt::save(text, *order, service_ca, file, existing) {
                    Ok(_) => Ok(()),
                    Err(receipt::ReceiptFileError::Exists { .. }) => Err(Unwritten::IsThere),
                    Err(error) => Err(Unwritten::Fault(error.into())),
                }
            }
        }
    }
}

fn is_there(file: &Path) -> Fault {
    Fault::new("file-exists", Exit::Usage).with("file", show::path(file))
}

/// A table, as spreadsheets read it.
pub(super) fn table(stem: &str, table: &Table) -> New {
    let mut bytes = BYTE_ORDER_MARK.as_bytes().to_vec();
    bytes.extend(table.csv());
    New::of(stem, "csv", bytes)
}

/// A picture as PNG (ISO/IEC 15948).
pub(super) fn picture(stem: &str, picture: &Picture) -> Result<New, Fault> {
    let bytes = encoded(picture).map_err(|error| {
        Fault::new("file-write", Exit::Fault)
            .with("file", format!("{stem}.png"))
            .cause(&error)
    })?;
    Ok(New::of(stem, "png", bytes))
}

fn encoded(picture: &Picture) -> Result<Vec<u8>, png::EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, picture.width, picture.height);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&picture.rgba)?;
    writer.finish()?;
    Ok(bytes)
}

/// The receipt in a file, which is the receipt itself or a PDF that carries it.
pub(super) fn verify(config: &Config, file: &Path) -> Result<Box<Verified>, Fault> {
    let service_ca = receipt::anchor(&config.service_ca)?;
    let (receipt, code) = receipt::verify_file(file, &service_ca)?;
    Ok(Box::new(Verified { receipt, code }))
}

impl Session {
    /// The file that an effect makes; none when it is another effect.
    pub(super) async fn file(&mut self, effect: &Effect) -> Option<Result<New, Fault>> {
        Some(match effect {
            Effect::SaveReceipt(order) => self.receipt(*order).await,
            Effect::ReceiptPdf(order, lang) => self.receipt_pdf(*order, *lang).await,
            Effect::SaveTransfer(order) => self.transfer(*order).await,
            Effect::BillPdf(bill, recompute, lang) => self.bill_pdf(bill, *recompute, *lang).await,
            Effect::StatementPdf(statement, lang) => self.statement_pdf(statement, *lang).await,
            _ => return None,
        })
    }

    async fn receipt(&mut self, order: OrderId) -> Result<New, Fault> {
        let service_ca = receipt::anchor(&self.client.config().service_ca)?;
        let text = self.client.receipt(order).await?;
        let text = text.ok_or_else(|| none(order))?;
        Ok(New {
            stem: format!("{RECEIPT}{order}"),
            extension: "json",
            content: Content::Receipt(text, order, service_ca),
        })
    }

    /// A receipt as people read it; it carries the receipt itself.
    async fn receipt_pdf(&mut self, order: OrderId, lang: words::Lang) -> Result<New, Fault> {
        let language = documents::language(lang);
        let pdf = documents::receipt_pdf(&mut self.client, order, language).await?;
        Ok(New::of(format!("{RECEIPT}{order}"), "pdf", pdf.bytes))
    }

    /// A transfer of the customer's own, for his bank (pain.001).
    async fn transfer(&mut self, order: OrderId) -> Result<New, Fault> {
        let bytes = self.client.transfer(order).await?;
        let bytes = bytes.ok_or_else(|| none(order))?;
        Ok(New::of(format!("transfer-{order}"), "xml", bytes))
    }

    /// A bill as people read it, with its recomputation when that is wanted.
    async fn bill_pdf(
        &mut self,
        bill: &BillId,
        recompute: bool,
        lang: words::Lang,
    ) -> Result<New, Fault> {
        let language = documents::language(lang);
        let (pdf, _) = documents::bill_pdf(&mut self.client, bill, recompute, language).await?;
        let stem = format!("bill-{bill}-{}", code(lang));
        Ok(New::of(stem, "pdf", pdf.bytes))
    }

    /// A statement as people read it.
    async fn statement_pdf(
        &mut self,
        statement: &Statement,
        lang: words::Lang,
    ) -> Result<New, Fault> {
        let language = documents::language(lang);
        let stem = crate::model::statement::stem(statement);
        let pdf = documents::statement_pdf(&mut self.client, statement, language).await?;
        Ok(New::of(stem, "pdf", pdf.bytes))
    }
}

fn none(order: OrderId) -> Fault {
    Fault::new("no-order", Exit::NotFound).with("order", order.to_string())
}

fn code(lang: words::Lang) -> &'static str {
    match lang {
        words::Lang::En => "en",
        words::Lang::Zh => "zh",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saved(event: &Event) -> &str {
        match event {
            Event::Saved(file) => file,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn beside_what_is_there_and_over_it_only_where_the_user_said() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let one = New::of("bills", "csv", b"one".to_vec());
        let two = New::of("bills", "csv", b"two".to_vec());
        assert_eq!(
            saved(&one.keep_in(folder.path())),
            show::path(&at("bills.csv"))
        );
        let beside = two.keep_in(folder.path());
        assert_eq!(saved(&beside), show::path(&at("bills (2).csv")));
        assert_eq!(std::fs::read(at("bills.csv")).unwrap(), b"one");
        let over = two.replace(&at("bills.csv"));
        assert_eq!(saved(&over), show::path(&at("bills.csv")));
        assert_eq!(std::fs::read(at("bills.csv")).unwrap(), b"two");
        assert!(matches!(two.replace(folder.path()), Event::NotSaved(_)));
        let nowhere = two.keep_in(&at("no such folder"));
        assert!(matches!(nowhere, Event::NotSaved(_)));
    }

    #[test]
    fn a_picture_is_read_again() {
        let picture = Picture {
            width: 2,
            height: 1,
            rgba: vec![255, 0, 0, 255, 0, 0, 255, 255],
        };
        let bytes = encoded(&picture).unwrap();
        let mut reader = png::Decoder::new(io::Cursor::new(bytes))
            .read_info()
            .unwrap();
        let mut read = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut read).unwrap();
        assert_eq!((info.width, info.height), (2, 1));
        assert_eq!(read, picture.rgba);
        let short = Picture {
            height: 2,
            ..picture
        };
        assert!(encoded(&short).is_err());
    }
}
