//! What the bank holds, for a person or a test.

use std::io::Write;

use crate::message::Kind;
use crate::store::{KeptEntry, KeptPayment};

/// What the bank holds.
#[derive(Debug)]
pub struct Held {
    /// Collections and transfers.
    pub payments: Vec<KeptPayment>,
    /// Entries that somebody asked for.
    pub entries: Vec<KeptEntry>,
}

/// A table of the payments, and one of the entries that somebody asked for when there are any.
///
/// # Errors
/// When `out` fails.
pub fn table(out: &mut impl Write, held: &Held) -> std::io::Result<()> {
    let mut payments = empty([
        "EndToEndId",
        "Kind",
        "Mandate",
        "Other side",
        "Account",
        "Amount",
        "State",
    ]);
    for kept in &held.payments {
        let (kind, party, account) = match kept.kind {
            Kind::Collection => ("collection", &kept.debtor, &kept.debtor_account),
            Kind::Transfer => ("transfer", &kept.creditor, &kept.creditor_account),
        };
        payments.add_row([
            kept.end_to_end_id.clone(),
            kind.to_owned(),
            kept.mandate.clone(),
            party.clone(),
            account.clone(),
            format!("{} {}", kept.amount, kept.currency),
            match &kept.reason {
                Some(reason) => format!("{} {reason}", kept.state),
                None => kept.state.clone(),
            },
        ]);
    }
    writeln!(out, "{payments}")?;
    if held.entries.is_empty() {
        return Ok(());
    }
    let mut entries = empty(["Entry", "Account", "Amount", "Reference", "Text"]);
    for kept in &held.entries {
        entries.add_row([
            kept.kind.clone(),
            kept.account.clone(),
            format!("{} {}", kept.amount, kept.currency),
            kept.reference.clone(),
            kept.text.clone(),
        ]);
    }
    writeln!(out, "{entries}")
}

fn empty<const N: usize>(header: [&str; N]) -> comfy_table::Table {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::UTF8_HORIZONTAL_ONLY);
    table.set_header(header);
    table
}

/// One JSON object: `{"collections":[…],"transfers":[…],"entries":[…]}`.
///
/// # Errors
/// When `out` fails.
pub fn json(out: &mut impl Write, held: &Held) -> std::io::Result<()> {
    let of = |kind: Kind| -> Vec<&KeptPayment> {
        let all = held.payments.iter();
        all.filter(|payment| payment.kind == kind).collect()
    };
    let all = serde_json::json!({
        "collections": of(Kind::Collection),
        "transfers": of(Kind::Transfer),
        "entries": held.entries,
    });
    writeln!(out, "{all:#}")
}
