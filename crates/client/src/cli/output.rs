//! Where results, notes and faults go: results to stdout, the rest to stderr.

use std::io::{self, Write as _};

use serde::Serialize;
use serde_json::json;
use wattkey_client::payment::Caution;

use super::fault::{Exit, Fault};
use super::show;
use super::table::Table;
use super::text::{Arg, Text};

/// The program's mouth.
pub(crate) struct Output {
    text: Text,
    format: Format,
}

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// For people.
    Human,
    Json,
    /// Of a page that is a table.
    Csv,
}

impl Output {
    pub(crate) fn new(text: Text, format: Format) -> Output {
        Output { text, format }
    }

    pub(crate) fn text(&self) -> &Text {
        &self.text
    }

    pub(crate) fn json(&self) -> bool {
        self.format == Format::Json
    }

    /// The result of a command: JSON or what people read.
    pub(crate) fn result(
        &self,
        document: &impl Serialize,
        human: impl FnOnce() -> String,
    ) -> Result<(), Fault> {
        if self.json() {
            let mut text = serde_json::to_string_pretty(document)
                .expect("results have only text, numbers and lists");
            text.push('\n');
            to_stdout(text.as_bytes())
        } else {
            to_stdout(human().as_bytes())
        }
    }

    /// The result of a command that is a table: JSON, CSV, or what people read, of which `human`
    /// gets the drawn table.
    pub(crate) fn page(
        &self,
        document: &impl Serialize,
        table: &Table,
        human: impl FnOnce(String) -> String,
    ) -> Result<(), Fault> {
        if self.format == Format::Csv {
            return to_stdout(&table.csv());
        }
        self.result(document, || human(table.drawn(&self.text)))
    }

    /// The same, where people read nothing but the table.
    pub(crate) fn table(&self, document: &impl Serialize, table: &Table) -> Result<(), Fault> {
        self.page(document, table, |drawn| drawn)
    }

    /// A note to the person, on stderr; nothing under `--json`.
    pub(crate) fn say(&self, id: &str, values: &[(&str, Arg<'_>)]) {
        self.tell(&self.text.with(id, values));
    }

    /// The same for what is worded already.
    pub(crate) fn tell(&self, words: &str) {
        if !self.json() {
            to_stderr(&show::safe(words));
        }
    }

    /// What the user should know before signing, on stderr; nothing under `--json`.
    pub(crate) fn cautions(&self, cautions: &[Caution]) {
        if !self.json() {
            for caution in cautions {
                let mut said = self.text.caution(caution);
                if let Caution::Disputed { bill, .. } = caution {
                    let values = [("bill", bill.to_string().into())];
                    said.push_str(self.text.between_sentences());
                    said.push_str(&self.text.with("caution-disputed-how", &values));
                }
                to_stderr(&show::safe(&said));
            }
        }
    }

    /// What went wrong: two lines, or a JSON document, on stderr.
    pub(crate) fn fault(&self, fault: &Fault) {
        let (message, next) = fault.told(&self.text);
        if !self.json() {
            to_stderr(&show::safe(
                &self.text.with("fault-line", &[("message", message.into())]),
            ));
            to_stderr(&show::safe(
                &self.text.with("next-line", &[("next", next.into())]),
            ));
            return;
        }
        let mut error = json!({
            "code": fault.code,
            "exit": fault.exit as u8,
            "message": message,
            "next": next,
        });
        if let Some(problem) = &fault.problem {
            error["problem"] = serde_json::to_value(problem).unwrap_or_default();
        }
        to_stderr(&json!({ "error": error }).to_string());
    }

    /// One line of a result that never ends: JSON on one line, or what people read.
    pub(crate) fn line_of_many(
        &self,
        document: &impl Serialize,
        human: impl FnOnce() -> String,
    ) -> io::Result<()> {
        let line = if self.json() {
            serde_json::to_string(document).map_err(io::Error::other)?
        } else {
            show::safe(&human())
        };
        let mut stdout = io::stdout().lock();
        writeln!(stdout, "{line}")?;
        stdout.flush()
    }

    /// A label with its value.
    pub(crate) fn line(&self, id: &str, value: impl Into<String>) -> (String, String) {
        (self.text.get(id), value.into())
    }
}

/// Bytes to stdout. A reader who has had enough is no fault.
pub(crate) fn to_stdout(bytes: &[u8]) -> Result<(), Fault> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Fault::new("output", Exit::Fault).cause(&error))
        }
        _ => Ok(()),
    }
}

fn to_stderr(line: &str) {
    // Nothing can be done when stderr is gone; the exit code still says what happened.
    let _ = writeln!(io::stderr().lock(), "{line}");
}
