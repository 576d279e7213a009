//! `orders import` and `orders list`: neither needs the USB key.

use std::io::Read as _;
use std::path::Path;

use serde::Serialize;
use wattkey_client::batch::{Batch, BatchId, Imported};
use wattkey_client::order_file::{self, MAX_FILE_BYTES};
use wattkey_pki::Digest;
use wattkey_transport::clock;

use super::{Wrong, batches, not_right, table_of};
use crate::cli::context::Context;
use crate::cli::fault::{Exit, Fault};
use crate::cli::show;
use crate::cli::table::{Cell, Column, Table};

#[derive(Serialize)]
struct Document {
    /// Null when the file is not right.
    batch: Option<BatchId>,
    file: String,
    digest: Digest,
    lines: usize,
    /// When it was imported before.
    imported_before: Option<jiff::Timestamp>,
    problems: Vec<Wrong>,
}

pub(crate) fn run(context: &Context<'_>, file: &Path) -> Result<(), Fault> {
    let output = context.output;
    let bytes = read(file)?;
    let name = file.file_name().unwrap_or(file.as_os_str());
    let name = show::safe(&name.to_string_lossy());
    let mut document = Document {
        batch: None,
        file: name.clone(),
        digest: Digest::of(&bytes),
        lines: 0,
        imported_before: None,
        problems: Vec::new(),
    };
    let today = clock::now().to_zoned(jiff::tz::TimeZone::system()).date();
    let read = order_file::read(&bytes).and_then(|lines| {
        let past = order_file::past_days(&lines, today);
        if past.is_empty() {
            Ok(lines)
        } else {
            Err(past)
        }
    });
    let lines = match read {
        Ok(lines) => lines,
        Err(problems) => {
            document.problems = Wrong::all(output, &problems);
            let table = table_of(&document.problems);
            output.table(&document, &table)?;
            return Err(not_right(problems.len()));
        }
    };
    document.lines = lines.len();
    let batches = batches(&context.config()?)?;
    let now = wattkey_protocol::time::whole_seconds(clock::now());
    let (batch, said) = match batches.import(&bytes, &name, lines, now)? {
        Imported::New(batch) => (batch, "orders-imported"),
        Imported::Again(batch) => {
            document.imported_before = Some(batch.imported);
            (batch, "orders-imported-before")
        }
    };
    document.batch = Some(batch.id.clone());
    output.result(&document, || {
        let values = [
            ("file", name.into()),
            ("batch", batch.id.to_string().into()),
            ("lines", batch.lines.len().into()),
            ("at", show::time(batch.imported).into()),
        ];
        show::safe(&output.text().with(said, &values)) + "\n"
    })
}

fn read(file: &Path) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    // One byte more than a file may have, so that its reader says so.
    let most = MAX_FILE_BYTES as u64 + 1;
    std::fs::File::open(file)
        .and_then(|open| open.take(most).read_to_end(&mut bytes))
        .map_err(|error| {
            let exit = match error.kind() {
                std::io::ErrorKind::NotFound => Exit::NotFound,
                _ => Exit::Usage,
            };
            Fault::new("file-read", exit)
                .with("file", show::path(file))
                .cause(&error)
        })?;
    Ok(bytes)
}

#[derive(Serialize)]
struct Listed {
    batches: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    batch: BatchId,
    file: String,
    imported: jiff::Timestamp,
    lines: usize,
    /// Orders that were signed, or may have been.
    orders: usize,
    /// Digest of its preview, or null.
    preview: Option<Digest>,
}

impl Entry {
    fn of(batch: &Batch) -> Entry {
        Entry {
            batch: batch.id.clone(),
            file: batch.name.clone(),
            imported: batch.imported,
            lines: batch.lines.len(),
            orders: batch.orders().count(),
            preview: batch
                .preview
                .as_ref()
                .map(wattkey_client::batch::Preview::digest),
        }
    }
}

pub(crate) fn list(context: &Context<'_>) -> Result<(), Fault> {
    let found = batches(&context.config()?)?.list()?;
    for file in &found.damaged {
        let values = [("file", show::path(file).into())];
        context.output.say("batch-damaged-note", &values);
    }
    let document = Listed {
        batches: found.batches.iter().map(Entry::of).collect(),
    };
    let mut table = Table::new(&[
        Column::left("column-batch"),
        Column::left("column-file"),
        Column::left("column-imported"),
        Column::right("column-lines"),
        Column::right("column-orders"),
        Column::left("column-preview"),
    ]);
    for entry in &document.batches {
        table.row([
            Cell::text(&entry.batch),
            Cell::text(&entry.file),
            Cell::Time(entry.imported),
            Cell::number(entry.lines),
            Cell::number(entry.orders),
            Cell::of(entry.preview, Cell::text),
        ]);
    }
    context.output.table(&document, &table)
}
