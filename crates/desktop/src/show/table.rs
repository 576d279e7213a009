use slint::{Model as _, ModelRc, SharedString};
use wattkey_client::show::grouped;
use wattkey_client::table::Table;
use wattkey_client::words::Text;
use wattkey_desktop_ui::{TableColumn, TableRow};

use super::count;

/// Characters of a column at most; what is longer is cut.
const WIDEST: usize = 34;
/// From here on characters are as wide as two: Chinese ones, and their signs (UAX #11).
const WIDE: char = '\u{2e80}';

/// A table as it is drawn.
pub(super) struct Drawable {
    pub(super) columns: Vec<TableColumn>,
    pub(super) rows: Vec<TableRow>,
    /// Characters of all columns together.
    pub(super) chars: i32,
}

pub(super) fn of(table: &Table, text: &Text) -> Drawable {
    let headings = table.headings(text);
    let mut widths: Vec<usize> = headings.iter().map(|(words, _)| heading(words)).collect();
    let rows: Vec<TableRow> = table
        .words(text)
        .map(|cells| {
            let numbers = headings.iter().map(|(_, right)| *right);
            let cells: Vec<String> = numbers
                .zip(cells)
                .map(|(number, cell)| if number { grouped(&cell) } else { cell })
                .collect();
            for (widest, cell) in widths.iter_mut().zip(&cells) {
                *widest = (*widest).max(width(cell));
            }
            let said: Vec<String> = headings
                .iter()
                .zip(&cells)
                .filter(|(_, cell)| !cell.is_empty())
                .map(|((heading, _), cell)| format!("{heading} {cell}"))
                .collect();
            let cells: Vec<SharedString> = cells.into_iter().map(SharedString::from).collect();
            TableRow {
                cells: super::model(cells),
                said: said.join(", ").into(),
            }
        })
        .collect();
    let widths: Vec<i32> = widths
        .into_iter()
        .map(|width| count(width.clamp(4, WIDEST)))
        .collect();
    let columns = headings.into_iter().zip(&widths);
    Drawable {
        columns: columns
            .map(|((heading, right), chars)| TableColumn {
                text: heading.into(),
                right,
                chars: *chars,
            })
            .collect(),
        rows,
        chars: widths.iter().sum(),
    }
}

fn width(text: &str) -> usize {
    text.chars()
        .map(|character| if character < WIDE { 1 } else { 2 })
        .sum()
}

/// A heading is wrapped between its words, and bold, with letters that are wider than a digit.
fn heading(words: &str) -> usize {
    let wide = |word: &str| word.matches(['M', 'W', 'm', 'w']).count();
    let words = words.split_whitespace();
    words
        .map(|word| width(word) + wide(word).div_ceil(2))
        .max()
        .unwrap_or(0)
}

/// Whether a list of words is another one: what is chosen in it stays as long as it is not.
pub(super) fn is_other(drawn: &ModelRc<SharedString>, words: &[SharedString]) -> bool {
    drawn.row_count() != words.len() || drawn.iter().zip(words).any(|(one, other)| one != *other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_has_room_for_its_longest_word() {
        let widths = ["Maximum kW", "Not measured", "kWh", "正向有功 kWh", ""].map(heading);
        assert_eq!(widths, [9, 9, 4, 8, 0]);
    }
}
