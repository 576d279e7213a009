//! `accounts`: contract accounts with what is open.

use serde::Serialize;
use wattkey_client::client::Client;
use wattkey_protocol::api::Account;

use crate::cli::context::Context;
use crate::cli::fault::Fault;
use crate::cli::show;
use crate::cli::table::{Side, Table};

#[derive(Serialize)]
struct Document {
    accounts: Vec<Account>,
}

pub(crate) async fn run(context: &Context<'_>, client: &mut Client) -> Result<(), Fault> {
    let document = Document {
        accounts: client.accounts().await?,
    };
    context
        .output
        .result(&document, || human(context, &document.accounts))
}

fn human(context: &Context<'_>, accounts: &[Account]) -> String {
    let output = context.output;
    let mut table = Table::new(&[
        output.heading("column-account", Side::Left),
        output.heading("column-name", Side::Left),
        output.heading("column-address", Side::Left),
        output.heading("column-open", Side::Right),
        output.heading("column-overdue", Side::Right),
        output.heading("column-in-collection", Side::Right),
    ]);
    for account in accounts {
        let money = |minor| show::money(minor, account.currency);
        table.row([
            account.account.to_string(),
            account.name.clone(),
            account.address.clone(),
            money(account.open),
            money(account.overdue),
            money(account.in_collection),
        ]);
    }
    table.text_or(&output.text().get("nothing-found"))
}
