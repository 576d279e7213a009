//! `mandates`: where the customer's money may be collected from.

use serde::Serialize;
use wattkey_client::client::Client;
use wattkey_protocol::api::Mandate;

use crate::cli::context::Context;
use crate::cli::fault::Fault;
use crate::cli::table::{Side, Table};

#[derive(Serialize)]
struct Document {
    mandates: Vec<Mandate>,
}

pub(crate) async fn run(context: &Context<'_>, client: &mut Client) -> Result<(), Fault> {
    let document = Document {
        mandates: client.mandates().await?,
    };
    context
        .output
        .result(&document, || human(context, &document.mandates))
}

fn human(context: &Context<'_>, mandates: &[Mandate]) -> String {
    let output = context.output;
    let mut table = Table::new(&[
        output.heading("column-mandate", Side::Left),
        output.heading("column-debtor", Side::Left),
        output.heading("column-debtor-account", Side::Left),
        output.heading("column-currency", Side::Left),
        output.heading("column-signed", Side::Left),
    ]);
    for mandate in mandates {
        table.row([
            mandate.mandate.to_string(),
            mandate.debtor_name.clone(),
            mandate.debtor_account.clone(),
            mandate.currency.to_string(),
            mandate.signed.to_string(),
        ]);
    }
    table.text_or(&output.text().get("nothing-found"))
}
