//! The ledger of a day as files: `DAY-ledger.csv` with every transfer, `DAY-close.json` with what
//! they come to. A file appears when it is whole.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::civil::Date;
use wattkey_store::{LedgerDay, LedgerLine, LedgerSink};

use super::{Close, CloseError};

/// The first line (RFC 4180).
const HEADER: &str = "process,link,position,at,event,subject,debit,credit,amount_minor,currency";

/// Debits and credits by sort of account and currency.
type Sums = BTreeMap<(String, String), [i128; 2]>;

/// A ledger that is being written.
#[derive(Debug)]
pub(super) struct Export {
    folder: PathBuf,
    day: Date,
    written: Arc<Mutex<Written>>,
}

#[derive(Debug)]
struct Written {
    file: BufWriter<File>,
    lines: u64,
    sums: Sums,
}

impl Export {
    /// Makes the folder when it is not there, and begins the file.
    pub(super) fn create(folder: &Path, day: Date) -> Result<Self, CloseError> {
        let begin = || -> io::Result<BufWriter<File>> {
            std::fs::create_dir_all(folder)?;
            let mut file = BufWriter::new(File::create(partial(folder, day, LEDGER))?);
            write!(file, "{HEADER}\r\n")?;
            Ok(file)
        };
        let file = begin().map_err(|source| CloseError::Export {
            place: folder.to_owned(),
            source,
        })?;
        let written = Written {
            file,
            lines: 0,
            sums: Sums::new(),
        };
        Ok(Self {
            folder: folder.to_owned(),
            day,
            written: Arc::new(Mutex::new(written)),
        })
    }

    /// Takes the transfers, on the thread that reads them.
    pub(super) fn sink(&self) -> LedgerSink {
        let written = Arc::clone(&self.written);
        Box::new(move |line| {
            let mut written = written.lock().unwrap_or_else(PoisonError::into_inner);
            written.add(line)
        })
    }

    /// Where the file does not come to what the trial balance says.
    pub(super) fn compared(&self, ledger: &LedgerDay) -> Result<Vec<String>, CloseError> {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.file.flush().map_err(|source| self.failed(source))?;
        let mut problems = Vec::new();
        if written.lines != ledger.transfers {
            let (found, wanted) = (written.lines, ledger.transfers);
            problems.push(format!(
                "the ledger's file has {found} of {wanted} transfers"
            ));
        }
        let mut sums = written.sums.clone();
        for row in &ledger.trial_balance {
            let key = (row.account.clone(), row.currency.clone());
            let found = sums.remove(&key).unwrap_or_default();
            if found != [i128::from(row.debits), i128::from(row.credits)] {
                let (account, currency) = key;
                problems.push(format!(
                    "the ledger's file has other sums of {account} {currency} than the trial balance"
                ));
            }
        }
        problems.extend(sums.keys().map(|(account, currency)| {
            format!("the ledger's file has {account} {currency}, the trial balance has not")
        }));
        Ok(problems)
    }

    /// Puts both files in place.
    pub(super) fn finish(self, close: &Close) -> Result<(), CloseError> {
        let finish = || -> io::Result<()> {
            let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
            written.file.flush()?;
            written.file.get_ref().sync_all()?;
            let report = partial(&self.folder, self.day, REPORT);
            let mut file = BufWriter::new(File::create(&report)?);
            serde_json::to_writer_pretty(&mut file, close)?;
            writeln!(file)?;
            file.flush()?;
            file.get_ref().sync_all()?;
            for name in [LEDGER, REPORT] {
                let whole = self.folder.join(format!("{}-{name}", self.day));
                std::fs::rename(partial(&self.folder, self.day, name), whole)?;
            }
            File::open(&self.folder)?.sync_all()
        };
        finish().map_err(|source| self.failed(source))
    }

    fn failed(&self, source: io::Error) -> CloseError {
        CloseError::Export {
            place: self.folder.clone(),
            source,
        }
    }
}

const LEDGER: &str = "ledger.csv";
const REPORT: &str = "close.json";

fn partial(folder: &Path, day: Date, name: &str) -> PathBuf {
    folder.join(format!(".{day}-{name}.part"))
}

impl Written {
    fn add(&mut self, line: &LedgerLine) -> io::Result<()> {
        let amount = i128::from(line.amount);
        for (account, place) in [(&line.debit, 0), (&line.credit, 1)] {
            let sort = match account.split_once(':') {
                Some((sort, _)) => sort,
                None => account,
            };
            // Few sorts: looking is cheaper than making a key for each line.
            let known = self.sums.iter_mut();
            let mut known =
                known.filter(|((one, currency), _)| one == sort && *currency == line.currency);
            if let Some((_, sums)) = known.next() {
                sums[place] += amount;
                continue;
            }
            let key = (sort.to_owned(), line.currency.clone());
            self.sums.entry(key).or_default()[place] += amount;
        }
        self.lines += 1;
        write!(
            self.file,
            "{},{},{},{},{},",
            line.process, line.link, line.position, line.at, line.event
        )?;
        for text in [&line.subject, &line.debit, &line.credit] {
            field(&mut self.file, text)?;
            self.file.write_all(b",")?;
        }
        write!(self.file, "{},{}\r\n", line.amount, line.currency)
    }
}

/// Quoted where it must be (RFC 4180 §2).
fn field(file: &mut impl io::Write, text: &str) -> io::Result<()> {
    if !text.contains([',', '"', '\r', '\n']) {
        return file.write_all(text.as_bytes());
    }
    write!(file, "\"{}\"", text.replace('"', "\"\""))
}
