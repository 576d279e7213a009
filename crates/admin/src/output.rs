//! Results on stdout, for a person or as one JSON document; everything else on
//! stderr.

use std::cell::RefCell;
use std::io::{self, Write as _};

use comfy_table::Table;
use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use serde_json::{Value, json};

use crate::exit::{Failure, Kind};
use crate::text::Language;

pub(crate) struct Output {
    /// What the system said when an answer could not be written.
    unwritten: RefCell<Option<io::Error>>,
    json: bool,
    pub(crate) language: Language,
}

impl Output {
    pub(crate) fn new(json: bool, language: Option<Language>) -> Self {
        Self {
            unwritten: RefCell::new(None),
            json,
            language: language.unwrap_or_else(Language::of_locale),
        }
    }

    /// Whether documents are wanted.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// The result: a line for a person, or a document.
    pub(crate) fn done(&self, line: &str, document: &Value) {
        self.print(line, document);
    }

    /// A document that goes with a failure.
    pub(crate) fn if_json(&self, document: &Value) {
        if self.json {
            self.print("", document);
        }
    }

    /// A result with many rows.
    pub(crate) fn table(&self, header: &[String], rows: Vec<Vec<String>>, document: &Value) {
        let mut table = Table::new();
        table.load_style(UTF8_HORIZONTAL_ONLY).set_header(header);
        let text = if rows.is_empty() {
            self.language.nothing()
        } else {
            let safe = |row: Vec<String>| row.iter().map(|cell| safe_cell(cell)).collect();
            let rows: Vec<Vec<String>> = rows.into_iter().map(safe).collect();
            table.add_rows(rows).to_string()
        };
        self.print(&text, document);
    }

    /// Why nothing came of it, on stderr: lines for a person, or a document, as the client's.
    pub(crate) fn failure(&self, failure: &Failure) {
        let (what, next) = failure.kind.lines(self.language);
        if self.json {
            let document = json!({"error": {
                "code": failure.kind.name(),
                "exit": failure.kind.code(),
                "message": what,
                "next": next,
                "detail": failure.detail,
            }});
            // The exit code still says it when nobody reads stderr.
            let _ = writeln!(std::io::stderr(), "{document}");
            return;
        }
        note(what);
        for line in failure.detail.lines() {
            note(&format!("  {}", self.language.said(line)));
        }
        note(next);
    }

    fn print(&self, text: &str, document: &Value) {
        let mut stdout = std::io::stdout().lock();
        let written = if self.json {
            writeln!(stdout, "{document}")
        } else {
            writeln!(stdout, "{}", safe(text))
        };
        // A reader that went away has its reasons; what was done is done.
        match written.and_then(|()| stdout.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                self.unwritten.replace(Some(error));
            }
            _ => {}
        }
    }

    /// Whether every answer was written.
    pub(crate) fn end(&self) -> Result<(), Failure> {
        match self.unwritten.take() {
            Some(error) => Err(Failure::new(Kind::NotWritten, &error)),
            None => Ok(()),
        }
    }
}

/// Something to read before or beside the result.
pub(crate) fn note(line: &str) {
    let _ = writeln!(std::io::stderr(), "{}", safe(line));
}

/// Text from elsewhere (names in the log, in certificates, on tokens), safe for a terminal: what
/// would steer it, turn the direction of reading (Unicode UAX #9) or not be seen is shown instead.
fn safe(text: &str) -> String {
    let steers = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
    };
    text.chars()
        .map(|c| if steers(c) { '\u{fffd}' } else { c })
        .collect()
}

/// The same for one cell, which is one line.
fn safe_cell(text: &str) -> String {
    safe(text).replace('\n', "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_steer_the_terminal() {
        assert_eq!(safe("Li Na 李娜\nsecond"), "Li Na 李娜\nsecond");
        assert_eq!(
            safe("a\u{1b}[2Jb\rc\u{202e}d"),
            "a\u{fffd}[2Jb\u{fffd}c\u{fffd}d"
        );
        assert_eq!(safe_cell("a\nb\u{2028}c"), "a\u{fffd}b\u{fffd}c");
    }
}
