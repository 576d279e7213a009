//! What the bank holds, for a person or a test.

use std::io::Write;

use crate::store::KeptCollection;

/// A table of the collections.
///
/// # Errors
/// When `out` fails.
pub fn table(out: &mut impl Write, collections: &[KeptCollection]) -> std::io::Result<()> {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::UTF8_HORIZONTAL_ONLY);
    table.set_header([
        "EndToEndId",
        "Mandate",
        "Debtor",
        "Account",
        "Amount",
        "State",
    ]);
    for kept in collections {
        let state = match &kept.reason {
            Some(reason) => format!("{} {reason}", kept.state),
            None => kept.state.clone(),
        };
        table.add_row([
            kept.end_to_end_id.clone(),
            kept.mandate.clone(),
            kept.debtor.clone(),
            kept.debtor_account.clone(),
            format!("{} {}", kept.amount, kept.currency),
            state,
        ]);
    }
    writeln!(out, "{table}")
}

/// The collections as one JSON object: `{"collections":[…]}`.
///
/// # Errors
/// When `out` fails.
pub fn json(out: &mut impl Write, collections: &[KeptCollection]) -> std::io::Result<()> {
    let all = serde_json::json!({ "collections": collections });
    writeln!(out, "{all:#}")
}
