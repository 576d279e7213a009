//! A report for people.

use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{CellAlignment, Table};

use crate::report::{Report, Row};

/// The rows as a table, and the notes below it.
pub(crate) fn of(report: &Report) -> String {
    let mut table = Table::new();
    table.load_style(UTF8_HORIZONTAL_ONLY);
    table.set_header([
        "",
        "unit",
        "ours",
        "peer",
        "",
        "ours - peer",
        "ratio",
        "spread",
    ]);
    for row in &report.rows {
        table.add_row(cells(row));
    }
    for column in [2, 4, 5, 6, 7] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let mut text = table.to_string();
    for note in &report.notes {
        text.push('\n');
        text.push_str(note);
    }
    text
}

fn cells(row: &Row) -> [String; 8] {
    let [peer, value, beyond, ratio, spread] = match &row.peer {
        None => Default::default(),
        Some(peer) => {
            let [min, median, max] = peer.ratio;
            [
                peer.name.clone(),
                peer.value.to_string(),
                row.ours.beyond(peer.value),
                median.to_string(),
                format!("{min} to {max}"),
            ]
        }
    };
    let name = row.name.clone();
    let unit = row.unit.name().to_owned();
    [
        name,
        unit,
        row.ours.to_string(),
        peer,
        value,
        beyond,
        ratio,
        spread,
    ]
}
