//! Files that a user asked for: in the documents folder, never over another one.

use std::io;
use std::path::{Path, PathBuf};

use wattkey_client::config::Config;
use wattkey_client::fault::{Exit, Fault};
use wattkey_client::output_file::{self, Existing};
use wattkey_client::table::{BYTE_ORDER_MARK, Table};
use wattkey_client::{documents, receipt, show, words};
use wattkey_domain::{BillId, OrderId};
use wattkey_protocol::statement::Statement;

use super::session::Session;
use crate::model::Event;
use crate::model::history::{RECEIPT, Verified};
use crate::model::usage::Picture;

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

/// A table, as spreadsheets read it.
pub(super) fn table(stem: &str, table: &Table) -> Event {
    let mut bytes = BYTE_ORDER_MARK.as_bytes().to_vec();
    bytes.extend(table.csv());
    keep(stem, "csv", &bytes)
}

/// A picture as PNG (ISO/IEC 15948).
pub(super) fn picture(stem: &str, picture: &Picture) -> Event {
    match encoded(picture) {
        Ok(bytes) => keep(stem, "png", &bytes),
        Err(error) => Event::NotSaved(
            Fault::new("file-write", Exit::Fault)
                .with("file", format!("{stem}.png"))
                .cause(&error),
        ),
    }
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
        for file in names(&format!("{RECEIPT}{order}"), "json") {
            match receipt::save(&text, order, &service_ca, &file, Existing::Stays) {
                Ok(_) => return Ok(Event::Saved(show::path(&file))),
                Err(receipt::ReceiptFileError::Exists { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Fault::new("file-exists", Exit::Usage).with("file", order.to_string()))
    }

    /// A receipt as people read it; it carries the receipt itself.
    pub(super) async fn receipt_pdf(&mut self, order: OrderId, lang: words::Lang) -> Event {
        let language = documents::language(lang);
        match documents::receipt_pdf(&mut self.client, order, language).await {
            Ok(pdf) => keep(&format!("{RECEIPT}{order}"), "pdf", &pdf.bytes),
            Err(fault) => Event::NotSaved(fault),
        }
    }

    /// A bill as people read it, with its recomputation when that is wanted.
    pub(super) async fn bill_pdf(
        &mut self,
        bill: &BillId,
        recompute: bool,
        lang: words::Lang,
    ) -> Event {
        let language = documents::language(lang);
        match documents::bill_pdf(&mut self.client, bill, recompute, language).await {
            Ok((pdf, _)) => keep(&format!("bill-{bill}-{}", code(lang)), "pdf", &pdf.bytes),
            Err(fault) => Event::NotSaved(fault),
        }
    }

    /// A statement as people read it.
    pub(super) async fn statement_pdf(
        &mut self,
        statement: &Statement,
        lang: words::Lang,
    ) -> Event {
        let language = documents::language(lang);
        let stem = crate::model::statement::stem(statement);
        match documents::statement_pdf(&mut self.client, statement, language).await {
            Ok(pdf) => keep(&stem, "pdf", &pdf.bytes),
            Err(fault) => Event::NotSaved(fault),
        }
    }
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
