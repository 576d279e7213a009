//! The rows of a file, in either form, as texts by name.

use serde::Deserialize;

use super::Problem;

/// What a row has.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Row {
    pub(super) bill: Option<String>,
    pub(super) account: Option<String>,
    pub(super) amount: Option<String>,
    pub(super) currency: Option<String>,
    pub(super) reference: Option<String>,
    pub(super) source: Option<String>,
    pub(super) execute: Option<String>,
}

const NAMES: [&str; 7] = [
    "bill",
    "account",
    "amount",
    "currency",
    "reference",
    "source",
    "execute",
];
const DELIMITERS: [char; 3] = [',', ';', '\t'];

/// A row with the line that it begins on, or what is wrong there.
pub(super) type Read = Result<(u32, Row), Vec<Problem>>;

/// The rows. A file whose first character is a brace is JSON: no header begins so.
pub(super) fn rows(text: &str) -> Box<dyn Iterator<Item = Read> + '_> {
    if text.trim().is_empty() {
        return Box::new(std::iter::empty());
    }
    if text.trim_start().starts_with('{') {
        return Box::new(json(text));
    }
    match header(text) {
        Ok((columns, delimiter)) => Box::new(csv(text, columns, delimiter)),
        Err(problems) => Box::new(std::iter::once(Err(problems))),
    }
}

fn json(text: &str) -> impl Iterator<Item = Read> + '_ {
    let lines = text.lines().zip(1_u32..);
    let lines = lines.filter(|(line, _)| !line.trim().is_empty());
    lines.map(|(line, number)| {
        serde_json::from_str::<Row>(line)
            .map(|row| (number, row))
            .map_err(|error| vec![wrong_json(number, &error)])
    })
}

/// What is not right with a line of JSON, as of a line of CSV where that has the same.
fn wrong_json(number: u32, error: &serde_json::Error) -> Problem {
    let said = error.to_string();
    let named = |start: &str| {
        let rest = said.strip_prefix(start)?;
        rest.split_once('`').map(|(name, _)| name.to_owned())
    };
    if let Some(name) = named("unknown field `") {
        return Problem::new(number, "column").with(&name);
    }
    if let Some(name) = named("duplicate field `") {
        let known = NAMES.into_iter().find(|known| *known == name);
        let problem = Problem::new(number, "column-twice").with(&name);
        return known.map_or(problem.clone(), |name| problem.of(name));
    }
    let code = match error.classify() {
        serde_json::error::Category::Data => "json-value",
        _ => "json",
    };
    Problem::new(number, code).with(&error.column())
}

/// Which column is which, and what stands between them.
fn header(text: &str) -> Result<(Vec<&'static str>, u8), Vec<Problem>> {
    let first = text.lines().next().unwrap_or_default();
    let delimiter = DELIMITERS
        .into_iter()
        .max_by_key(|delimiter| (first.matches(*delimiter).count(), *delimiter == ','));
    let delimiter = delimiter.unwrap_or(',');
    let mut columns = Vec::new();
    let mut problems = Vec::new();
    for word in first.split(delimiter) {
        let word = word.trim().trim_matches('"');
        match NAMES.into_iter().find(|name| *name == word) {
            None => problems.push(Problem::new(1, "column").with(&word)),
            Some(name) if columns.contains(&name) => {
                problems.push(Problem::new(1, "column-twice").of(name));
            }
            Some(name) => columns.push(name),
        }
    }
    let named = columns.contains(&"bill") || columns.contains(&"account");
    if problems.is_empty() && !named {
        problems.push(Problem::new(1, "no-columns"));
    }
    if problems.is_empty() {
        // All three delimiters are one byte.
        return Ok((columns, u8::try_from(delimiter).unwrap_or(b',')));
    }
    Err(problems)
}

fn csv<'t>(
    text: &'t str,
    columns: Vec<&'static str>,
    delimiter: u8,
) -> impl Iterator<Item = Read> + 't {
    let reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .from_reader(text.as_bytes());
    // The reader counts empty lines before a record to the record.
    let number = |position: Option<&csv::Position>| {
        let position = position?;
        let begin = usize::try_from(position.byte()).ok()?;
        let rest = text.as_bytes().get(begin..)?.iter();
        let empty = rest.take_while(|byte| matches!(byte, b'\r' | b'\n'));
        let empty = empty.filter(|byte| **byte == b'\n').count();
        u32::try_from(position.line())
            .ok()?
            .checked_add(u32::try_from(empty).ok()?)
    };
    reader.into_records().map(move |record| {
        let record = record.map_err(|error| {
            let line = number(error.position());
            vec![Problem::new(line, "csv").with(&error)]
        })?;
        let line = number(record.position()).unwrap_or(0);
        if record.len() != columns.len() {
            let counts = format!("{} / {}", record.len(), columns.len());
            return Err(vec![Problem::new(line, "fields").with(&counts)]);
        }
        let mut row = Row::default();
        for (name, field) in columns.iter().zip(&record) {
            let field = field.trim();
            let field = (!field.is_empty()).then(|| field.to_owned());
            *row.place(name) = field;
        }
        Ok((line, row))
    })
}

impl Row {
    fn place(&mut self, name: &str) -> &mut Option<String> {
        match name {
            "bill" => &mut self.bill,
            "account" => &mut self.account,
            "amount" => &mut self.amount,
            "currency" => &mut self.currency,
            "reference" => &mut self.reference,
            "source" => &mut self.source,
            _ => &mut self.execute,
        }
    }
}
