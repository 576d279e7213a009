//! Tables: columns as wide as what is in them, rows that go on from page to page under a repeated
//! header.

use crate::font::Weight;
use crate::measure::{Milli, Tone, look, part, pt, tenths};
use crate::page::{Area, Flow, Mark, NodeId, Role};
use crate::typeset::{Style, TextLine};

use super::{BODY, SMALL, STRONG};

/// Room left and right of a table's text, above and below that of a row, and between columns.
const SIDE: Milli = pt(8);
const ABOVE: Milli = tenths(40);
const GAP: Milli = pt(10);

/// A table.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<Row>,
}

/// A column.
#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) side: Side,
    pub(crate) width: Width,
}

/// Where a column's text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Left,
    /// Numbers.
    Right,
}

/// How wide a column is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Width {
    /// As its widest text.
    Natural,
    /// What the others leave.
    Rest,
}

/// A row.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) kind: RowKind,
    pub(crate) cells: Vec<Cell>,
}

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowKind {
    Plain,
    /// It differs.
    Marked(Tone),
    /// A part of the total.
    Part,
    /// The total.
    Total,
}

/// A cell: a text, and small words below it.
#[derive(Debug, Default)]
pub(crate) struct Cell {
    pub(crate) text: String,
    pub(crate) note: String,
}

impl Column {
    /// Words, as wide as the widest.
    pub(crate) fn words(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            side: Side::Left,
            width: Width::Natural,
        }
    }

    /// Words, in what the other columns leave.
    pub(crate) fn rest(name: impl Into<String>) -> Self {
        Self {
            width: Width::Rest,
            ..Self::words(name)
        }
    }

    /// Numbers.
    pub(crate) fn number(name: impl Into<String>) -> Self {
        Self {
            side: Side::Right,
            ..Self::words(name)
        }
    }
}

impl Row {
    pub(crate) fn new<C: Into<Cell>>(kind: RowKind, cells: impl IntoIterator<Item = C>) -> Self {
        let cells = cells.into_iter().map(Into::into).collect();
        Self { kind, cells }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        let note = String::new();
        Self { text, note }
    }
}

/// A row whose texts are set.
struct SetRow {
    kind: RowKind,
    cells: Vec<Vec<TextLine>>,
    height: Milli,
}

/// Draws a table.
pub(crate) fn table(flow: &mut Flow, table: &Table) {
    let widths = widths(flow, table);
    let node = flow.node(Role::Table, None);
    let header = Row::new(
        RowKind::Plain,
        table.columns.iter().map(|column| column.name.clone()),
    );
    let header = set(flow, &header, &widths, header_style());
    let rows: Vec<_> = table
        .rows
        .iter()
        .map(|row| set(flow, row, &widths, style(row.kind)))
        .collect();
    let total = rows.iter().position(|row| row.kind == RowKind::Total);
    let mut drawn = false;
    for (index, row) in rows.iter().enumerate() {
        // The total stays with the row before it and with its parts.
        let last = match total {
            Some(total) if index + 1 >= total => rows.len(),
            _ => index + 1,
        };
        let together: Milli = rows[index..last].iter().map(|row| row.height).sum();
        let header_height = if drawn { 0 } else { header.height };
        let broke = flow.need(together + header_height);
        if !drawn || broke {
            draw_header(flow, table, &header, &widths, node, !drawn);
            drawn = true;
        }
        draw_row(flow, table, row, &widths, node);
    }
    if !drawn {
        flow.need(header.height);
        draw_header(flow, table, &header, &widths, node, true);
    }
    flow.space(pt(6));
}

fn header_style() -> Style {
    Style::new(look::SMALL, Weight::Bold, look::MUTED)
}

fn style(kind: RowKind) -> Style {
    match kind {
        RowKind::Plain | RowKind::Part => BODY,
        RowKind::Marked(tone) => Style {
            color: look::tone(tone).0,
            ..BODY
        },
        RowKind::Total => STRONG,
    }
}

fn set(flow: &mut Flow, row: &Row, widths: &[Milli], style: Style) -> SetRow {
    let small = Style::new(look::SMALL, Weight::Regular, note_color(row.kind));
    let mut height = 0;
    let mut cells = Vec::new();
    for (cell, width) in row.cells.iter().zip(widths) {
        let mut lines = flow.typesetter.lines(&cell.text, style, *width);
        if !cell.note.is_empty() {
            lines.extend(flow.typesetter.lines(&cell.note, small, *width));
        }
        height = height.max(lines.iter().map(|line| line.style.leading()).sum());
        cells.push(lines);
    }
    SetRow {
        kind: row.kind,
        cells,
        height: height + 2 * ABOVE,
    }
}

fn note_color(kind: RowKind) -> crate::measure::Color {
    match kind {
        RowKind::Marked(tone) => look::tone(tone).0,
        _ => look::MUTED,
    }
}

/// Natural columns get what they need, at most a third of the table; the rest share what is left.
fn widths(flow: &mut Flow, table: &Table) -> Vec<Milli> {
    let gaps = GAP * Milli::try_from(table.columns.len().saturating_sub(1)).unwrap_or(0);
    let all = look::WIDTH - 2 * SIDE - gaps;
    let natural: Vec<Milli> = table
        .columns
        .iter()
        .enumerate()
        .map(|(index, column)| {
            let name = flow.typesetter.line(&column.name, header_style()).width;
            let cells = table.rows.iter().filter_map(|row| {
                let cell = row.cells.get(index)?;
                let text = flow.typesetter.line(&cell.text, style(row.kind)).width;
                let notes = cell.note.split('\n');
                let notes = notes.map(|note| flow.typesetter.line(note, SMALL).width);
                Some(notes.fold(text, Milli::max))
            });
            cells.chain([name]).max().unwrap_or(0).min(all / 3)
        })
        .collect();
    let taken: Milli = table
        .columns
        .iter()
        .zip(&natural)
        .filter(|(column, _)| column.width == Width::Natural)
        .map(|(_, width)| *width)
        .sum();
    let rest = table
        .columns
        .iter()
        .filter(|column| column.width == Width::Rest)
        .count();
    let rest = Milli::try_from(rest).unwrap_or(1);
    let left = all - taken;
    // Too much for one page: every column gives up the same share.
    let least = pt(60) * rest;
    let (numerator, left) = if left < least {
        (all - least, least)
    } else {
        (taken, left)
    };
    table
        .columns
        .iter()
        .zip(natural)
        .map(|(column, width)| match column.width {
            Width::Natural => part(width, numerator, taken.max(1)),
            Width::Rest => left / rest.max(1),
        })
        .collect()
}

fn draw_header(
    flow: &mut Flow,
    table: &Table,
    header: &SetRow,
    widths: &[Milli],
    node: NodeId,
    first: bool,
) {
    let area = Area {
        left: look::MARGIN,
        top: flow.top,
        width: look::WIDTH,
        height: header.height,
    };
    flow.draw(Mark::Box {
        area,
        fill: look::SHADE,
        border: None,
        radius: pt(4),
    });
    // Repeated, it is decoration.
    let node = first.then(|| flow.node(Role::Row, Some(node)));
    draw_cells(flow, table, header, widths, node, &Role::ColumnName);
    flow.space(header.height);
}

fn draw_row(flow: &mut Flow, table: &Table, row: &SetRow, widths: &[Milli], node: NodeId) {
    let area = Area {
        left: look::MARGIN,
        top: flow.top,
        width: look::WIDTH,
        height: row.height,
    };
    if let RowKind::Marked(tone) = row.kind {
        flow.draw(Mark::Box {
            area,
            fill: look::tone(tone).1,
            border: None,
            radius: 0,
        });
    }
    let (at, thickness, color) = match row.kind {
        RowKind::Total => (flow.top, tenths(9), look::INK),
        _ => (flow.top + row.height, tenths(5), look::RULE),
    };
    flow.draw(Mark::Rule {
        at: (look::MARGIN, at),
        width: look::WIDTH,
        thickness,
        color,
    });
    let node = flow.node(Role::Row, Some(node));
    draw_cells(flow, table, row, widths, Some(node), &Role::Cell);
    flow.space(row.height);
}

fn draw_cells(
    flow: &mut Flow,
    table: &Table,
    row: &SetRow,
    widths: &[Milli],
    node: Option<NodeId>,
    role: &Role,
) {
    let mut left = look::MARGIN + SIDE;
    let top = flow.top + ABOVE;
    for ((column, lines), width) in table.columns.iter().zip(&row.cells).zip(widths) {
        let node = node.map(|row| flow.node(role.clone(), Some(row)));
        let mut y = top;
        for line in lines {
            y += match column.side {
                Side::Left => flow.text((left, y), line.clone(), node),
                Side::Right => flow.text_to((left + width, y), line.clone(), node),
            };
        }
        left += width + GAP;
    }
}
