//! The lines of a bill.

use wattkey_domain::{BillDocument, Line};

use crate::Language;
use crate::block::heading;
use crate::block::table::{Column, Row, RowKind, Table, table};
use crate::number;
use crate::page::Flow;
use crate::text::Text;

pub(super) fn draw(flow: &mut Flow, text: &Text, document: &BillDocument) {
    heading(flow, &text.get("bill-lines"));
    let currency = document.currency();
    let amount = text.with("amount-in", &[("currency", currency.code().into())]);
    let columns = vec![
        Column::rest(text.get("item")),
        Column::number(text.get("quantity")),
        Column::words(text.get("unit")),
        Column::number(text.get("price")),
        Column::number(amount),
    ];
    let mut rows: Vec<Row> = document.lines.iter().map(|line| row(text, line)).collect();
    let sum = |kind, name: &str, minor| {
        let empty = String::new;
        let value = number::amount(minor, currency);
        Row::new(kind, [text.get(name), empty(), empty(), empty(), value])
    };
    rows.push(sum(RowKind::Total, "part-total", document.total.minor()));
    for (name, part) in [
        ("part-revenue", document.revenue),
        ("part-tax", document.tax),
        ("part-levies", document.levies),
    ] {
        rows.push(sum(RowKind::Part, name, part.minor()));
    }
    table(flow, &Table { columns, rows });
}

fn row(text: &Text, line: &Line) -> Row {
    Row::new(
        RowKind::Plain,
        [
            in_language(text, line),
            line.quantity.map(number::number).unwrap_or_default(),
            line.unit.clone().unwrap_or_default(),
            line.price.map(number::number).unwrap_or_default(),
            number::amount(line.amount.minor(), line.amount.currency()),
        ],
    )
}

/// A line's name.
pub(super) fn in_language(text: &Text, line: &Line) -> String {
    match text.language {
        Language::En => line.text.en.clone(),
        Language::Zh => line.text.zh.clone(),
    }
}
