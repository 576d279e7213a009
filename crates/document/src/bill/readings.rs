//! The readings that a recomputation goes by, as the meters showed them.

use wattkey_domain::tariff::{Meter, Metered, MeteringPoint, Register, RegisterKind};

use crate::block::heading;
use crate::block::table::{Cell, Column, Row, RowKind, Table, table};
use crate::number;
use crate::page::Flow;
use crate::text::Text;

pub(super) fn draw(flow: &mut Flow, text: &Text, metered: &Metered) {
    heading(flow, &text.get("readings"));
    let columns = vec![
        Column::words(text.get("point")),
        Column::words(text.get("meter")),
        Column::rest(text.get("register")),
        Column::number(text.get("first-reading")),
        Column::number(text.get("last-reading")),
        Column::number(text.get("multiplier")),
    ];
    let mut rows = Vec::new();
    for point in &metered.points {
        for meter in &point.meters {
            for register in &meter.registers {
                rows.push(row(text, point, meter, register));
            }
            if let Some(demand) = meter.demand_kw {
                rows.push(Row::new(
                    RowKind::Plain,
                    [
                        point.point.to_string(),
                        meter.meter.clone(),
                        text.get("register-demand"),
                        String::new(),
                        number::number(demand),
                        number::number(meter.multiplier),
                    ],
                ));
            }
        }
    }
    table(flow, &Table { columns, rows });
}

fn row(text: &Text, point: &MeteringPoint, meter: &Meter, register: &Register) -> Row {
    let reading = |reading: Option<&wattkey_domain::tariff::Reading>| match reading {
        None => Cell::default(),
        Some(reading) => Cell {
            text: number::number(reading.value),
            note: reading.at.to_string(),
        },
    };
    Row::new(
        RowKind::Plain,
        [
            Cell::from(point.point.to_string()),
            Cell::from(meter.meter.clone()),
            Cell::from(name(text, register)),
            reading(register.readings.first()),
            reading(register.readings.last()),
            Cell::from(number::number(meter.multiplier)),
        ],
    )
}

/// What a register counts, and in which period; a period without a word of ours by its code.
fn name(text: &Text, register: &Register) -> String {
    let kind = text.get(match register.kind {
        RegisterKind::Active => "register-active",
        RegisterKind::ReactiveImport => "register-reactive-import",
        RegisterKind::ReactiveExport => "register-reactive-export",
    });
    let Some(period) = &register.period else {
        return kind;
    };
    let id = format!("period-{period}");
    let period = match text.get(&id) {
        word if word == id => period.clone(),
        word => word,
    };
    format!("{kind}{}{period}", text.get("between-facts"))
}
