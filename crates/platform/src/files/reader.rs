//! Reading a staged file: once through to check it, and as a source of records.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use wattkey_domain::{AccountId, BillId, Currency};
use wattkey_pki::Digest;
use wattkey_protocol::file::{FileError, ImportHeader, TotalOverflow, Totals};
use wattkey_store::{Record, RecordSource, SourceError};

use crate::import::{MAX_LINE, problem_of};

/// The most errors that are told.
pub const MAX_ERRORS: usize = 100;
/// Records that are handed over together.
const PIECE: usize = 1_000;
/// Lines of more bytes than this are handed over although they are fewer.
const PIECE_BYTES: usize = 8 * 1024 * 1024;
/// Such pieces that are read ahead.
const AHEAD: usize = 8;
/// Bytes that are read at once.
const BUFFER: usize = 1024 * 1024;

/// What one pass over a file found.
#[derive(Debug, Default)]
pub struct Pass {
    /// What is wrong.
    pub errors: Vec<FileError>,
    /// What it holds.
    pub totals: Totals,
    /// The bills that payments and credit notes name.
    pub bills: BTreeSet<BillId>,
    /// The contract accounts of which opening balances come, with their currencies.
    pub deposits: BTreeSet<(AccountId, Currency)>,
}

/// What a file must be: its first line, its digest and its length in records.
#[derive(Debug, Clone)]
pub struct Expected {
    /// Where it is.
    pub path: PathBuf,
    /// The first line, without its end.
    pub first: String,
    /// What that says.
    pub header: ImportHeader,
    /// SHA-256 of its bytes.
    pub digest: Digest,
}

/// The file is not, or no longer, the one that was signed.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It cannot be read.
    #[error("the staged file cannot be read")]
    Io(#[from] io::Error),
    /// It has changed since it was checked.
    #[error("line {line} of the staged file: {problem}")]
    Line {
        /// Which.
        line: u64,
        /// What is wrong.
        problem: String,
    },
    /// The thread that reads it has ended.
    #[error("reading the staged file was broken off")]
    Ended,
}

/// A line, or the end of the file.
enum Line<'b> {
    Text(&'b [u8]),
    TooLong,
    End,
}

/// The lines of a file, hashed as they are read.
struct Lines {
    reader: BufReader<File>,
    buffer: Vec<u8>,
    hash: wattkey_pki::DigestBuilder,
}

impl Lines {
    fn open(path: &Path) -> io::Result<Self> {
        Ok(Self {
            reader: BufReader::with_capacity(BUFFER, File::open(path)?),
            buffer: Vec::new(),
            hash: wattkey_pki::DigestBuilder::new(),
        })
    }

    /// The next line, without its end. Every line has one.
    fn next(&mut self) -> io::Result<Line<'_>> {
        self.buffer.clear();
        let most = MAX_LINE as u64 + 1;
        (&mut self.reader)
            .take(most)
            .read_until(b'\n', &mut self.buffer)?;
        self.hash.update(&self.buffer);
        Ok(match self.buffer.split_last() {
            None => Line::End,
            Some((b'\n', line)) => Line::Text(line),
            Some(_) => Line::TooLong,
        })
    }

    fn digest(self) -> Digest {
        self.hash.finish()
    }
}

/// Reads a whole file and tells all that is wrong with it, up to [`MAX_ERRORS`]. Blocks.
///
/// # Errors
/// When the file cannot be read.
pub fn pass(expected: &Expected, progress: &AtomicU64) -> io::Result<Pass> {
    let mut lines = Lines::open(&expected.path)?;
    let mut pass = Pass::default();
    let mut at = 0;
    let mut is_whole = true;
    loop {
        at += 1;
        match lines.next()? {
            Line::End => break,
            Line::TooLong => {
                let problem = format!("the line is longer than {MAX_LINE} bytes or has no end");
                pass.blame(at, None, problem);
                is_whole = false;
            }
            Line::Text(text) if at == 1 => {
                if text != expected.first.as_bytes() {
                    pass.blame(1, None, "another header was announced");
                }
            }
            Line::Text(text) => pass.line(at, text),
        }
        if !is_whole || pass.errors.len() >= MAX_ERRORS {
            return Ok(pass);
        }
        progress.store(at, Ordering::Relaxed);
    }
    // The end is no line, the header no record.
    let records = at.saturating_sub(2);
    if lines.digest() != expected.digest {
        pass.blame(0, None, "these are not the bytes that were signed");
    }
    if records != expected.header.records {
        let announced = expected.header.records;
        let problem = format!("the header announces {announced} records, there are {records}");
        pass.blame(1, Some("records"), problem);
    }
    for name in expected.header.totals.differences(&pass.totals) {
        let field = format!("totals.{name}");
        let problem = match pass.totals.of(&name) {
            None => "there is no such record".to_owned(),
            Some(total) => format!("there are {}", counted(total)),
        };
        pass.blame(1, Some(&field), problem);
    }
    Ok(pass)
}

fn counted(total: &wattkey_protocol::file::Total) -> String {
    let sums = total.amounts.iter();
    let sums = sums.map(|(currency, minor)| format!(", {minor} {currency}"));
    format!("{}{}", total.count, sums.collect::<String>())
}

impl Pass {
    fn line(&mut self, at: u64, text: &[u8]) {
        let record = match problem_of(text) {
            Ok(record) => record,
            Err(error) => return self.blame(at, error.field.as_deref(), error.problem),
        };
        if count(&mut self.totals, &record).is_err() {
            self.blame(at, None, TotalOverflow.to_string());
        }
        self.bills.extend(corrected(&record).cloned());
        if let Record::OpeningBalance(balance) = &record {
            let currency = balance.amount.currency();
            self.deposits.insert((balance.account.clone(), currency));
        }
    }

    fn blame(&mut self, line: u64, field: Option<&str>, problem: impl Into<String>) {
        if self.errors.len() < MAX_ERRORS {
            self.errors.push(FileError {
                line,
                field: field.map(str::to_owned),
                problem: problem.into(),
            });
        }
    }
}

fn count(totals: &mut Totals, record: &Record) -> Result<(), TotalOverflow> {
    let amount = record.amount();
    let amount = amount.map(|amount| (amount.currency(), amount.minor()));
    totals.count(record.kind(), amount)
}

fn corrected(record: &Record) -> Option<&BillId> {
    match record {
        Record::Payment(payment) => Some(&payment.bill),
        Record::CreditNote(note) => Some(&note.bill),
        _ => None,
    }
}

/// The records of a file that was checked, read ahead by a thread of its own. At the end it proves
/// once more that they were the ones that were signed.
#[derive(Debug)]
pub struct FileRecords {
    expected: Expected,
    bills: Vec<BillId>,
    deposits: Vec<(AccountId, Currency)>,
    pieces: Option<Receiver<Result<Vec<Record>, ReadError>>>,
}

impl FileRecords {
    /// The records of a file, and the bills and accounts that a [`pass`] found.
    #[must_use]
    pub fn new(
        expected: Expected,
        bills: BTreeSet<BillId>,
        deposits: BTreeSet<(AccountId, Currency)>,
    ) -> Self {
        Self {
            expected,
            bills: bills.into_iter().collect(),
            deposits: deposits.into_iter().collect(),
            pieces: None,
        }
    }
}

impl RecordSource for FileRecords {
    fn begin(&mut self) -> Result<(), SourceError> {
        let (pieces, read) = sync_channel(AHEAD);
        // The thread of an earlier beginning ends when it finds nobody there.
        self.pieces = Some(read);
        let expected = self.expected.clone();
        let reading = move || {
            let give = |piece| pieces.send(piece).is_ok();
            if let Err(error) = read_all(&expected, &mut |records| give(Ok(records))) {
                give(Err(error));
            }
        };
        thread::Builder::new()
            .name("import-reader".to_owned())
            .spawn(reading)
            .map(|_| ())
            .map_err(|error| SourceError(error.into()))
    }

    fn next(&mut self) -> Result<Vec<Record>, SourceError> {
        let piece = self.pieces.as_ref().and_then(|pieces| pieces.recv().ok());
        piece
            .unwrap_or(Err(ReadError::Ended))
            .map_err(|error| SourceError(error.into()))
    }

    fn bills(&self) -> &[BillId] {
        &self.bills
    }

    fn deposits(&self) -> &[(AccountId, Currency)] {
        &self.deposits
    }
}

/// Gives all records piece by piece, and at last an empty piece. `give` says whether anybody still
/// wants them.
fn read_all(
    expected: &Expected,
    give: &mut dyn FnMut(Vec<Record>) -> bool,
) -> Result<(), ReadError> {
    let wrong = |line, problem: &str| ReadError::Line {
        line,
        problem: problem.to_owned(),
    };
    let mut lines = Lines::open(&expected.path)?;
    let mut piece = Vec::with_capacity(PIECE);
    let mut bytes = 0;
    let mut at = 0;
    loop {
        at += 1;
        match lines.next()? {
            Line::End => break,
            Line::TooLong => return Err(wrong(at, "it is too long")),
            Line::Text(_) if at == 1 => {}
            Line::Text(text) => {
                let record = problem_of(text).map_err(|error| wrong(at, &error.problem))?;
                piece.push(record);
                bytes += text.len();
            }
        }
        if piece.len() == PIECE || bytes >= PIECE_BYTES {
            bytes = 0;
            if !give(std::mem::replace(&mut piece, Vec::with_capacity(PIECE))) {
                return Ok(());
            }
        }
    }
    if lines.digest() != expected.digest {
        return Err(wrong(0, "these are not the bytes that were signed"));
    }
    if !piece.is_empty() && !give(piece) {
        return Ok(());
    }
    give(Vec::new());
    Ok(())
}

/// Shared with the check and the commit.
pub(super) fn expected(staged: &super::staging::Staged) -> Arc<Expected> {
    Arc::new(Expected {
        path: staged.path(),
        first: staged.request.header.clone(),
        header: staged.header.clone(),
        digest: staged.signature.digest,
    })
}
