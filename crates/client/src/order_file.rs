//! Files of orders, as a treasury system writes them: which bills are to be paid, or how much of
//! a contract account, each line with the customer's own reference.
//!
//! Two forms with the same names: CSV (RFC 4180) with a header, delimited by `,`, `;` or a tab,
//! whichever the header has; or one JSON object a line, all values texts.
//!
//! | name | what |
//! | --- | --- |
//! | `bill` | the bill to pay; this or `account` |
//! | `account` | the contract account, whose oldest bills `amount` pays |
//! | `amount` | `12369.69`; of a bill without its penalty, and all that is open when it is empty; of an account with penalties |
//! | `currency` | `CNY`; may be left out, and is checked when it is there |
//! | `reference` | the customer's own, up to 35 characters; needed with `amount`, because it tells a line that came before |
//! | `source` | `mandate`, `mandate:M-…`, `transfer`, `deposit:C-…`; `mandate` when it is empty |
//! | `execute` | the day of collection, `2026-12-01`; at once when it is empty |
//!
//! Nothing is guessed: what is not right is named by line and field, all of it, and then nothing of
//! the file counts.
//!
//! ```
//! use wattkey_client::order_file;
//!
//! let file = b"bill,amount,reference\r\nB-1,,PO 4711\r\nB-2,500,PO 4712\r\n";
//! assert_eq!(order_file::read(file).unwrap().len(), 2);
//! let wrong = order_file::read(b"bill,amount\r\nB-1,\"1,5\"\r\n").unwrap_err();
//! assert_eq!((wrong[0].line, wrong[0].field, wrong[0].code), (Some(2), Some("amount"), "amount"));
//! ```

mod check;
mod encoding;
mod line;
mod rows;

use jiff::civil::Date;

pub use line::{OrderLine, SourceError, Target, WantedSource};

/// Largest file that is read.
pub const MAX_FILE_BYTES: usize = 4 * 1024 * 1024;
/// Most lines of one file.
pub const MAX_LINES: usize = 5_000;
/// Most problems that are named; a file with so many is of another kind.
pub const MAX_PROBLEMS: usize = 100;

/// Something that is not right with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Line of the file, the first being 1; none when it is about the file as a whole.
    pub line: Option<u32>,
    /// Name of the field.
    pub field: Option<&'static str>,
    /// What it is; translations use it.
    pub code: &'static str,
    /// What is there, or what would be right.
    pub value: String,
}

impl Problem {
    pub(crate) fn new(line: impl Into<Option<u32>>, code: &'static str) -> Problem {
        Problem {
            line: line.into(),
            field: None,
            code,
            value: String::new(),
        }
    }

    pub(crate) fn of(mut self, field: &'static str) -> Problem {
        self.field = Some(field);
        self
    }

    pub(crate) fn with<V: ToString + ?Sized>(mut self, value: &V) -> Problem {
        self.value = line::excerpt(&value.to_string());
        self
    }
}

/// Reads a file.
///
/// # Errors
/// All that is not right, up to [`MAX_PROBLEMS`].
pub fn read(bytes: &[u8]) -> Result<Vec<OrderLine>, Vec<Problem>> {
    if bytes.len() > MAX_FILE_BYTES {
        let most = format!("{} MiB", MAX_FILE_BYTES / 1024 / 1024);
        return Err(vec![Problem::new(None, "too-large").with(&most)]);
    }
    let text = encoding::text(bytes).map_err(|problem| vec![problem])?;
    let mut problems = Vec::new();
    let mut lines = Vec::new();
    for row in rows::rows(text) {
        if lines.len() == MAX_LINES {
            problems.push(Problem::new(None, "too-many-lines").with(&MAX_LINES));
            break;
        }
        match row.and_then(|(number, row)| check::line(number, &row)) {
            Ok(line) => lines.push(line),
            Err(found) => problems.extend(found),
        }
        if problems.len() >= MAX_PROBLEMS {
            break;
        }
    }
    problems.extend(check::together(&lines));
    if lines.is_empty() && problems.is_empty() {
        problems.push(Problem::new(None, "no-lines"));
    }
    if problems.is_empty() {
        return Ok(lines);
    }
    problems.truncate(MAX_PROBLEMS);
    Err(problems)
}

/// What of a file cannot be any more: days of collection before `today`, this PC's. A preview looks by
/// the service's day.
#[must_use]
pub fn past_days(lines: &[OrderLine], today: Date) -> Vec<Problem> {
    let mut problems = check::past(lines, today);
    problems.truncate(MAX_PROBLEMS);
    problems
}

#[cfg(test)]
mod tests;
