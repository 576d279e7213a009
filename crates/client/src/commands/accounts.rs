//! `accounts`: contract accounts with what is open.

use serde::Serialize;
use wattkey_client::client::Client;
use wattkey_protocol::api::Account;

use crate::cli::context::Context;
use crate::cli::fault::Fault;
use crate::cli::table::{Cell, Column, Table};

#[derive(Serialize)]
struct Document {
    accounts: Vec<Account>,
}

pub(crate) async fn run(context: &Context<'_>, client: &mut Client) -> Result<(), Fault> {
    let document = Document {
        accounts: client.accounts().await?,
    };
    context.output.table(&document, &table(&document.accounts))
}

fn table(accounts: &[Account]) -> Table {
    let mut table = Table::new(&[
        Column::left("column-account"),
        Column::left("column-name"),
        Column::left("column-address"),
        Column::for_programs("currency"),
        Column::right("column-open"),
        Column::right("column-overdue"),
        Column::right("column-in-collection"),
    ]);
    for account in accounts {
        let money = |minor| Cell::Money(minor, account.currency);
        table.row([
            Cell::text(&account.account),
            Cell::text(&account.name),
            Cell::text(&account.address),
            Cell::text(account.currency),
            money(account.open),
            money(account.overdue),
            money(account.in_collection),
        ]);
    }
    table
}
