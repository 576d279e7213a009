//! `deposits`: what contract accounts have in their deposits.

use serde::Serialize;
use wattkey_client::client::Client;
use wattkey_protocol::api::Deposit;

use crate::cli::context::Context;
use crate::cli::fault::Fault;
use crate::cli::show;
use crate::cli::table::{Side, Table};

#[derive(Serialize)]
struct Document {
    deposits: Vec<Deposit>,
}

pub(crate) async fn run(context: &Context<'_>, client: &mut Client) -> Result<(), Fault> {
    let document = Document {
        deposits: client.deposits().await?,
    };
    context
        .output
        .result(&document, || human(context, &document.deposits))
}

fn human(context: &Context<'_>, deposits: &[Deposit]) -> String {
    let output = context.output;
    let mut table = Table::new(&[
        output.heading("column-account", Side::Left),
        output.heading("column-balance", Side::Right),
    ]);
    for deposit in deposits {
        table.row([
            deposit.account.to_string(),
            show::money(deposit.balance, deposit.currency),
        ]);
    }
    table.text_or(&output.text().get("nothing-found"))
}
