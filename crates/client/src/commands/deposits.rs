//! `deposits`: what contract accounts have in their deposits.

use serde::Serialize;
use wattkey_client::client::Client;
use wattkey_protocol::api::Deposit;

use crate::cli::context::Context;
use crate::cli::fault::Fault;
use crate::cli::table::{Cell, Column, Table};

#[derive(Serialize)]
struct Document {
    deposits: Vec<Deposit>,
}

pub(crate) async fn run(context: &Context<'_>, client: &mut Client) -> Result<(), Fault> {
    let document = Document {
        deposits: client.deposits().await?,
    };
    context.output.table(&document, &table(&document.deposits))
}

fn table(deposits: &[Deposit]) -> Table {
    let mut table = Table::new(&[
        Column::left("column-account"),
        Column::for_programs("currency"),
        Column::right("column-balance"),
    ]);
    for deposit in deposits {
        table.row([
            Cell::text(&deposit.account),
            Cell::text(deposit.currency),
            Cell::Money(deposit.balance, deposit.currency),
        ]);
    }
    table
}
