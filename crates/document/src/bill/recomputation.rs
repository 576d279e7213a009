//! The bill's lines beside the reckoned ones; what differs is marked, and why.

use wattkey_domain::tariff::{Assumption, Cause, LineComparison};
use wattkey_domain::{BillDocument, Currency};

use super::{Recomputed, lines};
use crate::block::table::{Cell, Column, Row, RowKind, Table, table};
use crate::block::{MUTED, SMALL, banner, heading, paragraph};
use crate::measure::Tone;
use crate::number;
use crate::page::Flow;
use crate::text::Text;

pub(super) fn draw(
    flow: &mut Flow,
    text: &Text,
    document: &BillDocument,
    recomputed: &Recomputed<'_>,
) {
    let (comparison, currency) = (recomputed.comparison, document.currency());
    heading(flow, &text.get("reckon"));
    paragraph(flow, &text.get("reckon-how"), MUTED);
    if comparison.agrees() {
        banner(flow, Tone::Good, &text.get("reckon-good"));
    } else {
        let differ = comparison
            .lines
            .iter()
            .filter(|line| !line.causes.is_empty());
        let difference = number::money(comparison.difference.minor(), currency);
        let words = text.with(
            "reckon-bad",
            &[
                ("difference", difference.into()),
                ("lines", differ.count().into()),
            ],
        );
        banner(flow, Tone::Warning, &words);
    }
    let columns = vec![
        Column::rest(text.get("item")),
        Column::number(text.get("quantity")),
        Column::number(text.get("price")),
        Column::number(text.get("billed")),
        Column::number(text.get("reckoned-by")),
        Column::number(text.get("difference")),
    ];
    let mut rows: Vec<Row> = comparison
        .lines
        .iter()
        .map(|line| row(text, document, recomputed, line))
        .collect();
    rows.extend(sums(text, document, recomputed, currency));
    table(flow, &Table { columns, rows });
    for (tariff, factor) in &recomputed.reckoning.power_factors {
        let words = [
            ("tariff", tariff.to_string().into()),
            ("factor", factor.to_string().into()),
        ];
        paragraph(flow, &text.with("power-factor", &words), SMALL);
    }
    for assumption in &recomputed.reckoning.assumptions {
        paragraph(flow, &assumed(text, assumption), SMALL);
    }
}

fn row(
    text: &Text,
    document: &BillDocument,
    recomputed: &Recomputed<'_>,
    line: &LineComparison,
) -> Row {
    let billed = line.billed.and_then(|index| document.lines.get(index));
    let reckoned = line
        .reckoned
        .and_then(|index| recomputed.reckoning.lines.get(index));
    let shown = reckoned.map(|reckoned| &reckoned.line).or(billed);
    let name = shown.map_or_else(String::new, |line| lines::in_language(text, line));
    let name = match reckoned.and_then(|reckoned| reckoned.share) {
        None => name,
        Some(share) => text.with(
            "reckon-share",
            &[
                ("line", name.into()),
                ("days", share.days.into()),
                ("of", share.of.into()),
            ],
        ),
    };
    let currency = document.currency();
    let amount = |minor: Option<i64>| {
        minor.map_or_else(String::new, |minor| number::amount(minor, currency))
    };
    let unit = shown.and_then(|line| line.unit.as_deref());
    let quantity = shown.and_then(|line| line.quantity).map(|quantity| {
        let quantity = number::number(quantity);
        unit.map_or_else(|| quantity.clone(), |unit| format!("{quantity} {unit}"))
    });
    let causes: Vec<String> = line.causes.iter().map(|cause| why(text, *cause)).collect();
    let kind = if causes.is_empty() {
        RowKind::Plain
    } else {
        RowKind::Marked(Tone::Warning)
    };
    let difference = Some(line.difference.minor()).filter(|minor| *minor != 0);
    let name = Cell {
        text: name,
        note: causes.join(&text.get("between-causes")),
    };
    let others = [
        quantity.unwrap_or_default(),
        shown
            .and_then(|line| line.price)
            .map_or_else(String::new, number::number),
        amount(billed.map(|line| line.amount.minor())),
        amount(reckoned.map(|reckoned| reckoned.line.amount.minor())),
        amount(difference),
    ];
    Row::new(kind, [name].into_iter().chain(others.map(Cell::from)))
}

fn sums(
    text: &Text,
    document: &BillDocument,
    recomputed: &Recomputed<'_>,
    currency: Currency,
) -> [Row; 4] {
    let reckoning = recomputed.reckoning;
    [
        (
            RowKind::Total,
            "part-total",
            document.total,
            reckoning.total,
        ),
        (
            RowKind::Part,
            "part-revenue",
            document.revenue,
            reckoning.revenue,
        ),
        (RowKind::Part, "part-tax", document.tax, reckoning.tax),
        (
            RowKind::Part,
            "part-levies",
            document.levies,
            reckoning.levies,
        ),
    ]
    .map(|(kind, name, billed, reckoned)| {
        // Both are below 2^53: their difference is a number of 64 bits.
        let difference = billed.minor() - reckoned.minor();
        let kind = match kind {
            RowKind::Part if difference != 0 => RowKind::Marked(Tone::Warning),
            kind => kind,
        };
        let amount = |minor| number::amount(minor, currency);
        let difference = if difference == 0 {
            String::new()
        } else {
            amount(difference)
        };
        Row::new(
            kind,
            [
                text.get(name),
                String::new(),
                String::new(),
                amount(billed.minor()),
                amount(reckoned.minor()),
                difference,
            ],
        )
    })
}

fn why(text: &Text, cause: Cause) -> String {
    let id = format!("cause-{}", cause.as_str());
    match cause {
        Cause::Quantity { billed, .. } | Cause::Price { billed, .. } => {
            let billed = billed.map_or_else(|| text.get("cause-none"), number::number);
            text.with(&id, &[("billed", billed.into())])
        }
        _ => text.get(&id),
    }
}

fn assumed(text: &Text, assumption: &Assumption) -> String {
    let values = assumption.placeholders().into_iter();
    let values: Vec<_> = values.map(|(name, value)| (name, value.into())).collect();
    text.with(&format!("assumed-{}", assumption.as_str()), &values)
}
