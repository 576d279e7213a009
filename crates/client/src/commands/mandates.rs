//! `mandates`: where the customer's money may be collected from.

use serde::Serialize;
use wattkey_client::client::Client;
use wattkey_protocol::api::Mandate;

use crate::cli::context::Context;
use crate::cli::fault::Fault;
use crate::cli::table::{Cell, Column, Table};

#[derive(Serialize)]
struct Document {
    mandates: Vec<Mandate>,
}

pub(crate) async fn run(context: &Context<'_>, client: &mut Client) -> Result<(), Fault> {
    let document = Document {
        mandates: client.mandates().await?,
    };
    context.output.table(&document, &table(&document.mandates))
}

fn table(mandates: &[Mandate]) -> Table {
    let mut table = Table::new(&[
        Column::left("column-mandate"),
        Column::left("column-debtor"),
        Column::left("column-debtor-account"),
        Column::left("column-currency"),
        Column::left("column-signed"),
    ]);
    for mandate in mandates {
        table.row([
            Cell::text(&mandate.mandate),
            Cell::text(&mandate.debtor_name),
            Cell::text(&mandate.debtor_account),
            Cell::text(mandate.currency),
            Cell::text(mandate.signed),
        ]);
    }
    table
}
