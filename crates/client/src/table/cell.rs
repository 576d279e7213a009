//! What stands in a table: a value, written for people or for programs.

use jiff::Timestamp;
use wattkey_domain::Currency;
use wattkey_protocol::time;

use crate::money;
use crate::show;
use crate::words::Text;

/// A value in a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// Text, also from elsewhere.
    Text(String),
    /// A number as it is.
    Number(String),
    /// Minor units of a currency.
    Money(i64, Currency),
    /// A point in time.
    Time(Timestamp),
    /// One of a set: the message `SET-CODE` for people, the code for programs.
    Word(&'static str, String),
    /// What people read, and what programs read.
    Both(String, String),
}

impl Cell {
    /// An identifier, a name, a day.
    #[expect(clippy::needless_pass_by_value, reason = "callers write it in place")]
    pub fn text(value: impl ToString) -> Cell {
        Cell::Text(value.to_string())
    }

    /// A count or a quantity.
    #[expect(clippy::needless_pass_by_value, reason = "callers write it in place")]
    pub fn number(value: impl ToString) -> Cell {
        Cell::Number(value.to_string())
    }

    /// A cell for what may not be there.
    pub fn of<T>(value: Option<T>, cell: impl FnOnce(T) -> Cell) -> Cell {
        value.map_or(Cell::Empty, cell)
    }

    /// As people read it.
    pub(crate) fn words(&self, text: &Text) -> String {
        match self {
            Cell::Empty => String::new(),
            Cell::Text(value) | Cell::Number(value) | Cell::Both(value, _) => value.clone(),
            Cell::Money(minor, currency) => show::money(*minor, *currency),
            Cell::Time(at) => show::time(*at),
            Cell::Word(set, code) => text
                .find(&format!("{set}-{code}"), &[])
                .unwrap_or_else(|| code.clone()),
        }
    }

    /// As programs read it: amounts like `12369.69`, times in UTC, codes instead of words.
    pub(crate) fn value(&self) -> String {
        match self {
            Cell::Empty => String::new(),
            Cell::Text(value) | Cell::Both(_, value) => harmless(value),
            Cell::Number(value) => value.clone(),
            Cell::Money(minor, currency) => money::plain(*minor, *currency),
            Cell::Time(at) => time::format(*at),
            Cell::Word(_, code) => code.clone(),
        }
    }
}

/// A spreadsheet takes text that begins with one of these for a formula, and a name or a reference
/// from elsewhere may have been written to be one. An apostrophe keeps it text.
fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        return format!("'{text}");
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_no_formula_and_numbers_stay_numbers() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1"] {
            assert_eq!(Cell::text(formula).value(), format!("'{formula}"));
        }
        assert_eq!(Cell::text("PO-1=2").value(), "PO-1=2");
        assert_eq!(Cell::Money(-100, Currency::CNY).value(), "-1.00");
        assert_eq!(Cell::number(-5).value(), "-5");
    }
}
