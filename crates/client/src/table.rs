//! Tables and pairs. A table is filled once and drawn for people, in their language, or written as
//! CSV for programs, under names that stay; a window draws its columns and words itself.
//!
//! Widths of Chinese characters are counted as terminals draw them.

mod cell;
mod csv;

use std::borrow::Cow;

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ContentArrangement, LineStyle, TableStyle};

pub use cell::Cell;
pub use csv::{BYTE_ORDER_MARK, of_rows};

use crate::show;
use crate::words::Text;

/// No frame, a line below the header.
const STYLE: TableStyle = NOTHING.header_separator(LineStyle::new(' ', '─', '─', ' '));

/// Before the code of a time-of-use period in the id of its column.
const PERIOD: &str = "period-";

/// A table with a header.
#[derive(Debug, Clone)]
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

/// A column. Its header for people is the message of its id; in CSV it is called as the id is
/// without `column-`, with `_` for `-`.
#[derive(Debug, Clone)]
pub struct Column {
    id: Cow<'static, str>,
    side: Side,
    shown: Shown,
}

/// Where the text of a column stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    /// Amounts and counts.
    Right,
}

/// Who sees a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    Everybody,
    /// What people see in another column, as the currency of amounts.
    Programs,
}

impl Column {
    /// Words, names, days.
    #[must_use]
    pub const fn left(id: &'static str) -> Column {
        Column {
            id: Cow::Borrowed(id),
            side: Side::Left,
            shown: Shown::Everybody,
        }
    }

    /// Amounts and counts.
    #[must_use]
    pub const fn right(id: &'static str) -> Column {
        Column {
            id: Cow::Borrowed(id),
            side: Side::Right,
            shown: Shown::Everybody,
        }
    }

    /// A column of the CSV alone.
    #[must_use]
    pub const fn for_programs(id: &'static str) -> Column {
        Column {
            id: Cow::Borrowed(id),
            side: Side::Left,
            shown: Shown::Programs,
        }
    }

    /// The energy of a time-of-use period.
    #[must_use]
    pub fn of_period(code: &str) -> Column {
        Column {
            id: Cow::Owned(format!("{PERIOD}{code}")),
            side: Side::Right,
            shown: Shown::Everybody,
        }
    }

    /// Its name in CSV.
    fn name(&self) -> String {
        if let Some(code) = self.id.strip_prefix(PERIOD) {
            return format!("{}_kwh", code.replace('-', "_"));
        }
        let name = self.id.strip_prefix("column-").unwrap_or(&self.id);
        name.replace('-', "_")
    }

    /// Its header for people; of a period without words its code.
    fn heading(&self, text: &Text) -> String {
        match (text.find(&self.id, &[]), self.id.strip_prefix(PERIOD)) {
            (Some(words), _) => words,
            (None, Some(code)) => code.to_owned(),
            (None, None) => self.id.clone().into_owned(),
        }
    }
}

impl Table {
    /// A table of these columns, without rows.
    #[must_use]
    pub fn new(columns: &[Column]) -> Table {
        Table {
            columns: columns.to_vec(),
            rows: Vec::new(),
        }
    }

    /// Adds a row: a cell for each column.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        let cells: Vec<Cell> = cells.into_iter().collect();
        debug_assert_eq!(cells.len(), self.columns.len(), "a cell for each column");
        self.rows.push(cells);
    }

    /// The table as people read it; that there is nothing when it has no rows.
    #[must_use]
    pub fn drawn(&self, text: &Text) -> String {
        if self.rows.is_empty() {
            return text.get("nothing-found") + "\n";
        }
        let shown: Vec<usize> = (0..self.columns.len())
            .filter(|index| self.columns[*index].shown == Shown::Everybody)
            .collect();
        let mut table = plain(STYLE);
        let headings = shown.iter().map(|index| self.columns[*index].heading(text));
        table.set_header(headings);
        for (place, index) in shown.iter().enumerate() {
            if let Some(column) = table.column_mut(place)
                && self.columns[*index].side == Side::Right
            {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        for row in &self.rows {
            let cells = shown.iter().filter_map(|index| row.get(*index));
            table.add_row(cells.map(|cell| show::safe(&cell.words(text))));
        }
        trimmed(&table)
    }

    /// The headings that people read, each with whether its values stand at the right.
    #[must_use]
    pub fn headings(&self, text: &Text) -> Vec<(String, bool)> {
        let shown = self
            .columns
            .iter()
            .filter(|column| column.shown == Shown::Everybody);
        shown
            .map(|column| (column.heading(text), column.side == Side::Right))
            .collect()
    }

    /// The rows as people read them: a value for each heading.
    pub fn words<'a>(&'a self, text: &'a Text) -> impl Iterator<Item = Vec<String>> + 'a {
        self.rows.iter().map(|row| {
            let cells = self.columns.iter().zip(row);
            cells
                .filter(|(column, _)| column.shown == Shown::Everybody)
                .map(|(_, cell)| show::safe(&cell.words(text)))
                .collect()
        })
    }

    /// The table as programs read it.
    #[must_use]
    pub fn csv(&self) -> Vec<u8> {
        let header: Vec<String> = self.columns.iter().map(Column::name).collect();
        of_rows(&header, &self.rows)
    }
}

/// Labels and values below each other.
#[must_use]
pub fn pairs(rows: impl IntoIterator<Item = (String, String)>) -> String {
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
    use wattkey_domain::Currency;

    use super::*;
    use crate::words::Lang;

    fn table() -> Table {
        let mut table = Table::new(&[
            Column::left("column-name"),
            Column::right("column-in-collection"),
            Column::for_programs("currency"),
        ]);
        let (cny, text) = (Currency::CNY, |text: &str| Cell::Text(text.to_owned()));
        table.row([text("C-1"), Cell::Money(100, cny), Cell::text(cny)]);
        table.row([text("示例"), Cell::Money(1_236_969, cny), Cell::text(cny)]);
        table
    }

    #[test]
    fn chinese_takes_two_columns() {
        let lines = table().drawn(&Text::new(Lang::Zh));
        let lines: Vec<&str> = lines.lines().collect();
        assert_eq!(lines.len(), 4, "{lines:#?}");
        assert!(lines[2].ends_with("¥ 1.00"), "{lines:#?}");
        assert_eq!(
            lines[2].chars().count(),
            lines[3].chars().count() + 2,
            "{lines:#?}"
        );
    }

    #[test]
    fn a_window_gets_what_people_read() {
        let (table, text) = (table(), Text::new(Lang::En));
        let headings = table.headings(&text);
        assert_eq!(headings.len(), 2, "the currency is for programs");
        assert!(!headings[0].1 && headings[1].1);
        let rows: Vec<_> = table.words(&text).collect();
        assert_eq!(rows[1], ["示例", "¥ 12,369.69"]);
    }

    #[test]
    fn programs_get_plain_values_under_names_that_stay() {
        let text = String::from_utf8(table().csv()).unwrap();
        let wanted = "name,in_collection,currency\r\nC-1,1.00,CNY\r\n示例,12369.69,CNY\r\n";
        assert_eq!(text, wanted);
    }
}
