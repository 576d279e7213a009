//! `keys`: the USB keys that are plugged in, as everyone can see them.

use jiff::Timestamp;
use serde::Serialize;
use wattkey_client::keys::{self, KeyFault, KeySummary};
use wattkey_client::receipt;
use wattkey_transport::clock;

use crate::cli::context::Context;
use crate::cli::fault::{Exit, Fault};
use crate::cli::table::{Side, Table};
use crate::cli::{pin, show};

#[derive(Serialize)]
struct Document {
    keys: Vec<Key>,
}

#[derive(Serialize)]
struct Key {
    serial: String,
    label: String,
    holder: Option<String>,
    organisation: Option<String>,
    valid_until: Option<Timestamp>,
    /// `ok`, `low`, `last-try`, `locked`, `not-set` or `to-be-changed`.
    pin: &'static str,
    /// Why it cannot be used, or null.
    fault: Option<&'static str>,
}

pub(crate) fn run(context: &Context<'_>) -> Result<(), Fault> {
    let config = context.config()?;
    let issuing_ca = receipt::anchor(&config.issuing_ca)?;
    let plugged_in = keys::plugged_in(&config.module)?;
    let now = clock::now();
    let keys: Vec<Key> = plugged_in
        .iter()
        .map(|key| described(keys::summary(key, &issuing_ca, now)))
        .collect();
    let none = keys.is_empty();
    let document = Document { keys };
    if !none || context.output.json() {
        context
            .output
            .result(&document, || table(context, &document.keys))?;
    }
    if none {
        Err(Fault::new("no-key", Exit::NoKey))
    } else {
        Ok(())
    }
}

fn table(context: &Context<'_>, keys: &[Key]) -> String {
    let output = context.output;
    let text = output.text();
    let columns = [
        "column-serial",
        "column-holder",
        "column-organisation",
        "column-valid-until",
        "column-pin",
        "column-usable",
    ];
    let mut table = Table::new(&columns.map(|id| output.heading(id, Side::Left)));
    for key in keys {
        let usable = key.fault.map_or_else(
            || text.get("yes"),
            |fault| text.get(&format!("why-{fault}")),
        );
        table.row([
            key.serial.clone(),
            key.holder.clone().unwrap_or_default(),
            key.organisation.clone().unwrap_or_default(),
            key.valid_until.map(show::time).unwrap_or_default(),
            text.get(&format!("why-pin-{}", key.pin)),
            usable,
        ]);
    }
    table.text_or(&output.text().get("nothing-found"))
}

fn described(summary: KeySummary) -> Key {
    Key {
        serial: summary.serial,
        label: summary.label,
        holder: summary.holder,
        organisation: summary.organisation,
        valid_until: summary.valid_until,
        pin: pin::state_name(summary.pin),
        fault: summary.fault.as_ref().map(fault_name),
    }
}

/// Name of a fault, also in `--json`.
fn fault_name(fault: &KeyFault) -> &'static str {
    match fault {
        KeyFault::NoCertificate { .. } => "no-certificate",
        KeyFault::Foreign => "foreign",
        KeyFault::Expired { .. } => "expired",
        KeyFault::NotYetValid { .. } => "not-yet-valid",
        KeyFault::WrongRole { .. } => "wrong-role",
        KeyFault::OtherKey => "copied",
        KeyFault::Invalid(_) => "invalid",
    }
}
