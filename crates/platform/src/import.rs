//! Taking in what the marketing system owns: one NDJSON file, all of it or nothing.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Serialize;
use wattkey_domain::{Currency, Money, MoneyError};
use wattkey_store::{ImportError, ImportReport, Record, RecordError, Store};

use crate::answer::chain;
use crate::bank_channel::message::{self, MessageError};
use crate::start::StartError;

/// Longest line, in bytes: a bill document of 256 KiB in base64, and its surroundings.
pub(crate) const MAX_LINE: usize = 512 * 1024;
/// Most records of one file.
const MAX_RECORDS: usize = 1_000_000;
/// Most bad lines that are told before giving up.
const MAX_BAD_LINES: usize = 50;

/// Records of a file, and the line that each was on.
#[derive(Debug, Default)]
pub struct Import {
    records: Vec<Record>,
    lines: Vec<usize>,
}

/// A line that cannot be taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BadLine {
    /// Its number, from 1.
    pub line: usize,
    /// What is wrong with it: the field first, where one is to blame.
    pub problem: String,
}

/// Why nothing was taken in.
#[derive(Debug, thiserror::Error)]
pub enum ImportFailure {
    /// The file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Lines are bad; there may be more than are told.
    #[error("{} lines cannot be taken in", .0.len())]
    Lines(Vec<BadLine>),
    /// More records than are taken in at once.
    #[error("the file has more than {MAX_RECORDS} records: split it")]
    TooMany,
    /// The sum of the bills is beyond any amount.
    #[error("the bills cannot be summed")]
    Sum(#[from] MoneyError),
    /// The books cannot be used.
    #[error("the books cannot be used")]
    Store(#[source] ImportError),
    /// The books cannot be opened.
    #[error("the books cannot be opened")]
    Open(#[from] Box<StartError>),
}

/// What a file holds, for comparison with the marketing system's own figures.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Customers.
    pub customers: u64,
    /// Users.
    pub users: u64,
    /// Contract accounts.
    pub accounts: u64,
    /// Debit mandates.
    pub mandates: u64,
    /// Bills.
    pub bills: u64,
    /// Payments through other channels.
    pub payments: u64,
    /// Credit notes.
    pub credit_notes: u64,
    /// Opening balances of deposits.
    pub opening_balances: u64,
    /// Ends of mandates.
    pub mandate_ends: u64,
    /// Numbers of tax invoices.
    pub tax_invoices: u64,
    /// Tariffs.
    pub tariffs: u64,
    /// Time-of-use schedules.
    pub schedules: u64,
    /// Metering points.
    pub metering_points: u64,
    /// Readings that bills were reckoned from.
    pub metered: u64,
    /// Records of readings.
    pub readings: u64,
    /// Answers to disputes.
    pub dispute_answers: u64,
    /// Sums of the bills, one for each currency.
    pub sums: Vec<Sum>,
}

/// Sums of the bills of one currency, in minor units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sum {
    /// Currency.
    pub currency: Currency,
    /// What is owed.
    pub total: i64,
    /// Electricity sold.
    pub revenue: i64,
    /// Tax.
    pub tax: i64,
    /// Levies and funds.
    pub levies: i64,
}

impl Import {
    /// Reads and checks a file, line by line.
    ///
    /// # Errors
    /// See [`ImportFailure`].
    pub fn read(path: &Path) -> Result<Self, ImportFailure> {
        let failed = |source| ImportFailure::Read {
            path: path.to_owned(),
            source,
        };
        let file = File::open(path).map_err(failed)?;
        Self::from_reader(BufReader::new(file), failed)
    }

    fn from_reader(
        mut reader: impl io::BufRead,
        failed: impl Fn(io::Error) -> ImportFailure,
    ) -> Result<Self, ImportFailure> {
        let mut import = Self::default();
        let mut bad = Vec::new();
        for line in 1.. {
            let mut bytes = Vec::new();
            let limit = MAX_LINE as u64 + 1;
            let length = (&mut reader)
                .take(limit)
                .read_until(b'\n', &mut bytes)
                .map_err(&failed)?;
            if length == 0 {
                break;
            }
            match record(bytes.trim_ascii()) {
                Ok(None) => {}
                Ok(Some(record)) => {
                    import.records.push(record);
                    import.lines.push(line);
                }
                Err(problem) => bad.push(BadLine { line, problem }),
            }
            if bad.len() >= MAX_BAD_LINES || length > MAX_LINE {
                break;
            }
            if import.records.len() > MAX_RECORDS {
                return Err(ImportFailure::TooMany);
            }
        }
        if bad.is_empty() {
            bad = import.in_other_currencies();
        }
        if bad.is_empty() {
            Ok(import)
        } else {
            Err(ImportFailure::Lines(bad))
        }
    }

    /// Lines in another currency than the payee's, when the payee is among them.
    fn in_other_currencies(&self) -> Vec<BadLine> {
        let mut records = self.records.iter();
        let payee = records.find_map(|record| match record {
            Record::Payee(payee) => Some(payee.currency),
            _ => None,
        });
        let Some(wanted) = payee else {
            return Vec::new();
        };
        let lines = self.lines.iter().zip(&self.records);
        let foreign = lines.filter_map(|(line, record)| {
            let (field, found) = record.currency()?;
            (found != wanted).then(|| BadLine {
                line: *line,
                problem: format!(
                    "`{field}` of {} is in {found}, and the payee is paid in {wanted}",
                    record.name()
                ),
            })
        });
        foreign.take(MAX_BAD_LINES).collect()
    }

    /// What the file holds.
    ///
    /// # Errors
    /// [`ImportFailure::Sum`].
    pub fn totals(&self) -> Result<Totals, ImportFailure> {
        let mut totals = Totals::default();
        for record in &self.records {
            match record {
                Record::Payee(_) => {}
                Record::Customer(_) => totals.customers += 1,
                Record::User(_) => totals.users += 1,
                Record::Account(_) => totals.accounts += 1,
                Record::Mandate(_) => totals.mandates += 1,
                Record::Bill(bill) => {
                    totals.bills += 1;
                    totals.add(bill.document())?;
                }
                Record::Payment(_) => totals.payments += 1,
                Record::CreditNote(_) => totals.credit_notes += 1,
                Record::OpeningBalance(_) => totals.opening_balances += 1,
                Record::MandateEnd(_) => totals.mandate_ends += 1,
                Record::TaxInvoice(_) => totals.tax_invoices += 1,
                Record::Tariff(_) => totals.tariffs += 1,
                Record::Schedule(_) => totals.schedules += 1,
                Record::MeteringPoint(_) => totals.metering_points += 1,
                Record::Metered(_) => totals.metered += 1,
                Record::Readings(_) => totals.readings += 1,
                Record::DisputeAnswer(_) => totals.dispute_answers += 1,
            }
        }
        Ok(totals)
    }

    /// Takes the records in, all or none.
    ///
    /// # Errors
    /// See [`ImportFailure`].
    pub async fn apply(self, store: &Store, now: Timestamp) -> Result<ImportReport, ImportFailure> {
        let Self { records, lines } = self;
        store
            .import(records, now)
            .await
            .map_err(|error| refused(error, &lines))
    }

    /// Does all that [`Import::apply`] does, and takes it back.
    ///
    /// # Errors
    /// See [`ImportFailure`].
    pub async fn rehearse(
        self,
        store: &Store,
        now: Timestamp,
    ) -> Result<ImportReport, ImportFailure> {
        let Self { records, lines } = self;
        store
            .rehearse_import(records, now)
            .await
            .map_err(|error| refused(error, &lines))
    }
}

impl Totals {
    fn add(&mut self, bill: &wattkey_domain::BillDocument) -> Result<(), MoneyError> {
        let currency = bill.currency();
        let place = self
            .sums
            .iter()
            .position(|sum| sum.currency == currency)
            .unwrap_or_else(|| {
                self.sums.push(Sum {
                    currency,
                    total: 0,
                    revenue: 0,
                    tax: 0,
                    levies: 0,
                });
                self.sums.len() - 1
            });
        let sum = &mut self.sums[place];
        for (to, amount) in [
            (&mut sum.total, bill.total),
            (&mut sum.revenue, bill.revenue),
            (&mut sum.tax, bill.tax),
            (&mut sum.levies, bill.levies),
        ] {
            *to = Money::new(*to, currency)?.checked_add(amount)?.minor();
        }
        Ok(())
    }
}

fn record(line: &[u8]) -> Result<Option<Record>, String> {
    if line.is_empty() {
        return Ok(None);
    }
    if line.len() > MAX_LINE {
        return Err(format!("the line is longer than {MAX_LINE} bytes"));
    }
    problem_of(line)
        .map(Some)
        .map_err(|LineProblem { problem, .. }| problem)
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LineProblem {
    /// The member to blame, where one is.
    pub(crate) field: Option<String>,
    /// What is wrong.
    pub(crate) problem: String,
}

/// The record of a line, or what is wrong with it.
pub(crate) fn problem_of(line: &[u8]) -> Result<Record, LineProblem> {
    let record = Record::parse(line).map_err(|error: RecordError| LineProblem {
        field: error.field().map(str::to_owned),
        problem: chain(&error),
    })?;
    check_for_bank(&record).map_err(|problem| LineProblem {
        field: None,
        problem,
    })?;
    Ok(record)
}

/// What a bank would refuse is refused here, where somebody can still mend it.
fn check_for_bank(record: &Record) -> Result<(), String> {
    let (fields, checked) = match record {
        Record::Payee(payee) => (
            "`account`, `agent` or `creditor_id`",
            message::creditor(payee).map(|_| ()),
        ),
        Record::Mandate(mandate) => (
            "`debtor_account` or `debtor_agent`",
            message::debtor(mandate).map(|_| ()),
        ),
        _ => return Ok(()),
    };
    checked
        .map_err(|error: MessageError| format!("{fields} of {}: {}", record.name(), chain(&error)))
}

/// The line to blame, where the books name a record.
fn refused(error: ImportError, lines: &[usize]) -> ImportFailure {
    let Some(index) = error.index() else {
        return ImportFailure::Store(error);
    };
    let line = lines.get(index).copied().unwrap_or(0);
    ImportFailure::Lines(vec![BadLine {
        line,
        problem: chain(&error),
    }])
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAYEE: &str = r#"{"type":"payee","name":"Example Power","account":"DE89370400440532013000","agent":"COBADEFFXXX","creditor_id":"DE98ZZZ09999999999","currency":"CNY","time_zone":"Asia/Shanghai"}"#;
    const CUSTOMER: &str = r#"{"type":"customer","id":"50c99710-6a8d-4cb2-8905-ed89a25afa74","name":"Example Steel","locale":"en"}"#;

    fn read(text: &str) -> Result<Import, ImportFailure> {
        Import::from_reader(text.as_bytes(), |source| ImportFailure::Read {
            path: PathBuf::new(),
            source,
        })
    }

    fn bad_lines(text: &str) -> Vec<BadLine> {
        match read(text) {
            Err(ImportFailure::Lines(lines)) => lines,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn records_are_counted_and_blank_lines_passed_over() {
        let import = read(&format!("{PAYEE}\n\n{CUSTOMER}\n")).unwrap();
        assert_eq!(import.lines, [1, 3]);
        assert_eq!(import.totals().unwrap().customers, 1);
    }

    #[test]
    fn all_bad_lines_are_told_with_their_fields() {
        let wrong_id = CUSTOMER.replace("50c9", "50C9");
        let unknown = CUSTOMER.replace("locale", "local");
        let iban = PAYEE.replace("DE8937", "DE8837");
        let bad = bad_lines(&format!(
            "{CUSTOMER}\n{wrong_id}\n{unknown}\n{iban}\nnot json\n"
        ));
        let lines: Vec<_> = bad.iter().map(|bad| bad.line).collect();
        assert_eq!(lines, [2, 3, 4, 5]);
        assert!(bad[0].problem.contains("50C99710"), "{:?}", bad[0]);
        assert!(bad[1].problem.contains("local"), "{:?}", bad[1]);
        assert!(bad[2].problem.contains("account"), "{:?}", bad[2]);
    }

    #[test]
    fn money_of_another_currency_than_the_payees_is_told() {
        let mandate = r#"{"type":"mandate","id":"M-1","customer":"50c99710-6a8d-4cb2-8905-ed89a25afa74","debtor_name":"D","debtor_account":"6222000000000001","debtor_agent":"ICBKCNBJXXX","signed":"2025-01-02","currency":"EUR","valid_from":"2025-02-01"}"#;
        let bad = bad_lines(&format!("{CUSTOMER}\n{mandate}\n{PAYEE}\n"));
        assert_eq!(bad.len(), 1);
        assert_eq!(bad[0].line, 2);
        assert!(bad[0].problem.contains("EUR"), "{:?}", bad[0]);
        assert!(read(&format!("{CUSTOMER}\n{mandate}\n")).is_ok());
    }

    #[test]
    fn a_line_without_end_is_cut_off() {
        let text = "x".repeat(MAX_LINE * 2);
        let bad = bad_lines(&text);
        assert_eq!(bad.len(), 1);
        assert!(bad[0].problem.contains("longer than"), "{:?}", bad[0]);
    }
}
