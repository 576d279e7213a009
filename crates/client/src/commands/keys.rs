//! `keys`: the USB keys that are plugged in, as everyone can see them.

mod described;
mod watch;

use serde::Serialize;
use wattkey_client::{keys, receipt};
use wattkey_transport::clock;

use crate::cli::args::Keys;
use crate::cli::context::Context;
use crate::cli::fault::{Exit, Fault};
use crate::cli::table::{Column, Table};
use described::Described;

#[derive(Serialize)]
struct Document {
    keys: Vec<Described>,
}

pub(crate) fn run(context: &Context<'_>, wanted: &Keys) -> Result<(), Fault> {
    let config = context.config()?;
    let issuing_ca = receipt::anchor(&config.issuing_ca)?;
    let module = keys::module(&config.module)?;
    if wanted.watch {
        return watch::run(context, &module, &issuing_ca, wanted.seconds);
    }
    let plugged_in = keys::plugged_in(&module);
    let found = plugged_in.as_deref().unwrap_or_default();
    let now = clock::now();
    let keys: Vec<Described> = found
        .iter()
        .map(|key| Described::from(keys::summary(key, &issuing_ca, now)))
        .collect();
    let none = keys.is_empty();
    let document = Document { keys };
    if !none || context.output.json() {
        context
            .output
            .table(&document, &table(context, &document.keys))?;
    }
    plugged_in?;
    if none {
        Err(Fault::new("no-key", Exit::NoKey))
    } else {
        Ok(())
    }
}

fn table(context: &Context<'_>, keys: &[Described]) -> Table {
    let mut table = Table::new(&[
        Column::left("column-serial"),
        Column::left("column-reader"),
        Column::left("column-holder"),
        Column::left("column-organisation"),
        Column::left("column-valid-until"),
        Column::left("column-pin"),
        Column::left("column-usable"),
    ]);
    for key in keys {
        table.row(key.cells(context.output.text()));
    }
    table
}
