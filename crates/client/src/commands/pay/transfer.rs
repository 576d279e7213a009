//! The customer's own transfer: what he has to give his bank.

use std::path::Path;

use wattkey_client::client::Client;
use wattkey_client::output_file::{self, Existing};
use wattkey_client::words;
use wattkey_protocol::api::{Me, OrderView};

use crate::cli::context::Context;
use crate::cli::fault::{self, Exit, Fault};
use crate::cli::output::Output;
use crate::cli::show;

/// Says how an order by transfer is paid, and keeps the transfer where it is wanted.
pub(super) async fn offer(
    context: &Context<'_>,
    client: &mut Client,
    me: &Me,
    view: &OrderView,
    file: Option<&Path>,
) -> Result<(), Fault> {
    let Some(told) = words::order::transfer(context.output.text(), &me.payee, view) else {
        return Ok(());
    };
    context.output.tell(&told);
    match file {
        Some(file) => save(context.output, client, view, file).await,
        None => Ok(()),
    }
}

async fn save(
    output: &Output,
    client: &mut Client,
    view: &OrderView,
    file: &Path,
) -> Result<(), Fault> {
    let order = view.order.to_string();
    let not_saved = |fault: Fault| {
        let exit = fault.exit;
        let fault = Fault::new("transfer-not-saved", exit).because(fault);
        fault.with("order", order.clone())
    };
    let bytes = client.transfer(view.order).await;
    let bytes = bytes
        .map_err(|error| not_saved(error.into()))?
        .ok_or_else(|| not_saved(super::payments::not_found(view.order)))?;
    output_file::write(file, &bytes, Existing::Stays).map_err(|error| {
        not_saved(if error.kind() == std::io::ErrorKind::AlreadyExists {
            fault::exists(file)
        } else {
            Fault::new("file-write", Exit::Fault)
                .with("file", show::path(file))
                .cause(&error)
        })
    })?;
    output.say("transfer-saved", &[("file", show::path(file).into())]);
    Ok(())
}
