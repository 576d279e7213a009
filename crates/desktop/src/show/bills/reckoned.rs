//! The lines of a bill, and beside them what its tariff and its readings make.

use slint::SharedString;
use wattkey_client::show::grouped;
use wattkey_client::words::{Lang, Text};
use wattkey_client::{reckoning, show};
use wattkey_desktop_ui::{Bills as Page, LineRow, Tone};
use wattkey_domain::tariff::{LineComparison, Part};
use wattkey_domain::{BillDocument, Line};

use super::{model, safe, said};
use crate::model::bills::{Loaded, Opened, Recomputed};

pub(super) fn show(opened: &Opened, loaded: &Loaded, text: &Text, page: &Page<'_>) {
    let document = &loaded.document;
    page.set_can_reckon(!matches!(opened.reckoned, Recomputed::There(_)));
    page.set_reckoning(matches!(opened.reckoned, Recomputed::Under));
    page.set_reckoned(matches!(opened.reckoned, Recomputed::There(_)));
    page.set_reckoned_notes(model(Vec::new()));
    match &opened.reckoned {
        Recomputed::There(reckoned) => {
            let lines = reckoned.comparison.lines.iter();
            let lines = lines.map(|line| beside(document, reckoned, line, text));
            page.set_lines(model(lines.collect()));
            page.set_reckoned_notes(model(notes(document, reckoned, text)));
            let (words, tone) = verdict(document, reckoned, text);
            let total = reckoned.reckoning.total.minor();
            page.set_reckoned_total(show::money(total, document.currency()).into());
            page.set_reckoned_said(words.into());
            page.set_reckoned_tone(tone);
        }
        other => {
            let lines = document
                .lines
                .iter()
                .map(|line| plain(document, line, text));
            page.set_lines(model(lines.collect()));
            page.set_reckoned_said(match other {
                Recomputed::Failed(fault) => said(Some(fault), text),
                _ => SharedString::new(),
            });
            page.set_reckoned_tone(Tone::Bad);
        }
    }
}

fn verdict(document: &BillDocument, reckoned: &reckoning::Reckoned, text: &Text) -> (String, Tone) {
    if reckoned.comparison.agrees() {
        return (text.get("window-reckoned-agrees"), Tone::Good);
    }
    let difference = reckoned.comparison.difference.minor();
    let difference = signed(difference, document);
    let words = text.with(
        "window-reckoned-differs",
        &[("difference", difference.into())],
    );
    (words, Tone::Bad)
}

/// An amount with its sign: more than reckoned is a plus.
fn signed(minor: i64, document: &BillDocument) -> String {
    let amount = show::money(minor, document.currency());
    if minor > 0 {
        format!("+{amount}")
    } else {
        amount
    }
}

fn plain(document: &BillDocument, line: &Line, text: &Text) -> LineRow {
    LineRow {
        text: safe(match text.lang() {
            Lang::En => &line.text.en,
            Lang::Zh => &line.text.zh,
        }),
        quantity: quantity(line),
        price: price(line),
        amount: show::money(line.amount.minor(), document.currency()).into(),
        ..LineRow::default()
    }
}

fn beside(
    document: &BillDocument,
    reckoned: &reckoning::Reckoned,
    line: &LineComparison,
    text: &Text,
) -> LineRow {
    let money = |line: Option<&Line>| {
        line.map_or_else(
            || "–".to_owned(),
            |line| show::money(line.amount.minor(), document.currency()),
        )
    };
    let billed = line.billed.and_then(|index| document.lines.get(index));
    let other = line
        .reckoned
        .and_then(|index| reckoned.reckoning.lines.get(index));
    let (shown, name) = reckoned.shown(document, line, text);
    let differs = !line.causes.is_empty();
    let why = match differs {
        false => String::new(),
        true => text.with(
            "window-line-differs",
            &[
                ("why", reckoning::why(text, line).into()),
                (
                    "difference",
                    signed(line.difference.minor(), document).into(),
                ),
            ],
        ),
    };
    LineRow {
        text: safe(&name),
        quantity: shown.map(quantity).unwrap_or_default(),
        price: shown.map(price).unwrap_or_default(),
        amount: money(billed).into(),
        reckoned: money(other.map(|other| &other.line)).into(),
        differs,
        why: safe(&why),
    }
}

/// Parts of the total that differ, power factors, and where the rules left a choice.
fn notes(
    document: &BillDocument,
    reckoned: &reckoning::Reckoned,
    text: &Text,
) -> Vec<SharedString> {
    let money = |minor| show::money(minor, document.currency());
    let mut notes = Vec::new();
    for (part, billed, other) in &reckoned.comparison.parts {
        if *part != Part::Total {
            let name = text.get(&format!("part-{}", part.as_str()));
            let (billed, other) = (money(billed.minor()), money(other.minor()));
            notes.push(format!("{name}: {billed} / {other}"));
        }
    }
    for (tariff, factor) in &reckoned.reckoning.power_factors {
        let name = text.get("line-power-factor");
        notes.push(format!("{name}: {factor} ({tariff})"));
    }
    let assumptions = reckoned.reckoning.assumptions.iter();
    notes.extend(assumptions.map(|assumption| text.assumption(assumption)));
    notes.iter().map(|note| safe(note)).collect()
}

fn quantity(line: &Line) -> SharedString {
    match (line.quantity, line.unit.as_deref()) {
        (Some(quantity), Some(unit)) => format!("{} {unit}", grouped(&quantity.to_string())).into(),
        (Some(quantity), None) => grouped(&quantity.to_string()).into(),
        _ => SharedString::new(),
    }
}

fn price(line: &Line) -> SharedString {
    let price = line.price.map(|price| price.to_string());
    price.unwrap_or_default().into()
}
