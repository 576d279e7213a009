//! Tables and pairs for people; widths of Chinese characters are counted as terminals draw them.

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ContentArrangement, LineStyle, TableStyle};

use super::show;

/// No frame, a line below the header.
const STYLE: TableStyle = NOTHING.header_separator(LineStyle::new(' ', '─', '─', ' '));

/// A table with a header.
pub(crate) struct Table(comfy_table::Table);

/// Where the text of a column stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Left,
    /// Amounts and counts.
    Right,
}

impl Table {
    pub(crate) fn new(columns: &[(String, Side)]) -> Table {
        let mut table = plain(STYLE);
        table.set_header(columns.iter().map(|(name, _)| name.as_str()));
        for (index, (_, side)) in columns.iter().enumerate() {
            if let Some(column) = table.column_mut(index)
                && *side == Side::Right
            {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        Table(table)
    }

    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.0
            .add_row(cells.into_iter().map(|cell| show::safe(&cell)));
    }

    /// The table; `nothing` when it has no rows.
    pub(crate) fn text_or(&self, nothing: &str) -> String {
        if self.0.is_empty() {
            format!("{nothing}\n")
        } else {
            trimmed(&self.0)
        }
    }
}

/// Labels and values below each other.
pub(crate) fn pairs(rows: impl IntoIterator<Item = (String, String)>) -> String {
    let mut table = plain(NOTHING);
    for (label, value) in rows {
        table.add_row([label, show::safe(&value)]);
    }
    trimmed(&table)
}

fn plain(style: TableStyle) -> comfy_table::Table {
    let mut table = comfy_table::Table::new();
    // Identifiers and amounts are never broken: a narrow terminal wraps lines itself.
    table
        .load_style(style)
        .set_content_arrangement(ContentArrangement::Disabled)
        .force_no_tty();
    table
}

fn trimmed(table: &comfy_table::Table) -> String {
    table
        .lines()
        .map(|line| line.trim_end().to_owned() + "\n")
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_takes_two_columns() {
        let mut table = Table::new(&[("户号".into(), Side::Left), ("金额".into(), Side::Right)]);
        table.row(["C-1".into(), "1.00".into()]);
        table.row(["示例".into(), "12,369.69".into()]);
        let lines = table.text_or("");
        let lines: Vec<&str> = lines.lines().collect();
        assert_eq!(lines.len(), 4, "{lines:#?}");
        assert!(lines[2].ends_with("     1.00"), "{lines:#?}");
        assert_eq!(
            lines[2].chars().count(),
            lines[3].chars().count() + 2,
            "{lines:#?}"
        );
    }
}
