//! Files with a number: each is in the books once, and none without the one before it.

use jiff::Timestamp;

use super::ImportError;
use crate::StoreError;
use crate::database::Type::{Bytes, Int, Text};
use crate::database::{DatabaseError, Row, Session, Value};
use crate::engine::Engine;
use crate::engine::alone::Intent;
use crate::outcome::JournalPosition;

/// A file of the marketing system, whose signature was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberedFile {
    /// The name of who wrote it.
    pub source: String,
    /// Its number, from 1.
    pub number: u64,
    /// SHA-256 of its bytes.
    pub digest: [u8; 32],
    /// Lines after the header.
    pub records: u64,
    /// What its header says that they are: JSON.
    pub totals: String,
    /// Its signature: compact JWS.
    pub signature: String,
}

/// A file that is in the books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptFile {
    /// The file.
    pub file: NumberedFile,
    /// When it was taken in.
    pub taken: Timestamp,
    /// The last link that covers what it posted.
    pub journal: JournalPosition,
    /// Its acknowledgement, once it is signed: compact JWS.
    pub acknowledgement: Option<String>,
}

const COLUMNS: &str =
    "import_files.source, import_files.number, digest, records, totals, signature,
    taken, process, sequence, link, jws";
const TABLES: &str = "import_files LEFT JOIN import_acknowledgements AS answers
    ON answers.source = import_files.source AND answers.number = import_files.number";

/// The file that has the place, if it is this one; nothing, when it is the next.
pub(super) fn place(
    session: &mut dyn Session,
    file: &NumberedFile,
) -> Result<Option<KeptFile>, ImportError> {
    if let Some(there) = kept(session, &file.source, file.number)? {
        if there.file.digest == file.digest {
            return Ok(Some(there));
        }
        let digest = there.file.digest;
        return Err(ImportError::NumberTaken { digest });
    }
    let expected = last_number(session, &file.source)? + 1;
    if file.number != expected {
        return Err(ImportError::Gap { expected });
    }
    Ok(None)
}

/// Keeps a file that was taken in.
pub(super) fn keep(
    session: &mut dyn Session,
    file: NumberedFile,
    journal: JournalPosition,
    now: Timestamp,
) -> Result<KeptFile, DatabaseError> {
    let columns = [
        ("source", Text),
        ("number", Int),
        ("digest", Bytes),
        ("records", Int),
        ("totals", Text),
        ("signature", Text),
        ("taken", Int),
        ("process", Bytes),
        ("sequence", Int),
        ("link", Bytes),
    ];
    let row = vec![
        (&file.source).into(),
        file.number.into(),
        file.digest.into(),
        file.records.into(),
        (&file.totals).into(),
        (&file.signature).into(),
        now.as_second().into(),
        journal.process.as_bytes().into(),
        journal.sequence.into(),
        journal.link.into(),
    ];
    crate::engine::write::insert(session, "import_files", &columns, &[row])?;
    Ok(KeptFile {
        file,
        // As it will be read again.
        taken: Timestamp::from_second(now.as_second()).unwrap_or(now),
        journal,
        acknowledgement: None,
    })
}

/// After the first numbered file, records come in such files only.
pub(super) fn refuse_unnumbered(session: &mut dyn Session) -> Result<(), ImportError> {
    if session.exists("SELECT 1 FROM import_files LIMIT 1", &[])? {
        return Err(ImportError::Unnumbered);
    }
    Ok(())
}

/// A file that was taken in.
pub(crate) fn kept(
    session: &mut dyn Session,
    source: &str,
    number: u64,
) -> Result<Option<KeptFile>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM {TABLES}
         WHERE import_files.source = $1 AND import_files.number = $2"
    );
    let row = session.query_one(&sql, &[source.into(), number.into()])?;
    Ok(row.map(|row| read(&row)).transpose()?)
}

/// The files that were taken in last, the last one first.
pub(crate) fn kept_files(
    session: &mut dyn Session,
    limit: u32,
) -> Result<Vec<KeptFile>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM {TABLES}
         ORDER BY taken DESC, import_files.source, import_files.number DESC LIMIT $1"
    );
    let rows = session.query(&sql, &[limit.into()])?;
    Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
}

/// Files that were taken in, after one of them, by source and number.
pub(crate) fn kept_after(
    session: &mut dyn Session,
    (source, number): (&str, u64),
    limit: u32,
) -> Result<Vec<KeptFile>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM {TABLES}
         WHERE (import_files.source, import_files.number) > ($1, $2)
         ORDER BY import_files.source, import_files.number LIMIT $3"
    );
    let rows = session.query(&sql, &[source.into(), number.into(), limit.into()])?;
    Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
}

/// The number of the last file of a source; 0 before the first.
pub(crate) fn last_number(session: &mut dyn Session, source: &str) -> Result<u64, StoreError> {
    let sql = "SELECT number FROM import_files WHERE source = $1 ORDER BY number DESC LIMIT 1";
    let row = session.query_one(sql, &[source.into()])?;
    Ok(row.map_or(Ok(0), |row| row.count(0))?)
}

/// Keeps the acknowledgement of a file; the first one stays. Which one that is, durably.
pub(crate) async fn acknowledge(
    engine: &Engine,
    source: String,
    number: u64,
    jws: String,
) -> Result<String, StoreError> {
    engine
        .alone(Intent::Keep, move |session, _| {
            let key = [(&source).into(), number.into()];
            let sql = "SELECT jws FROM import_acknowledgements WHERE source = $1 AND number = $2";
            if let Some(row) = session.query_one(sql, &key)? {
                return Ok(row.string(0)?);
            }
            let columns = [("source", Text), ("number", Int), ("jws", Text)];
            let [source, number] = key;
            let row: Vec<Value> = vec![source, number, (&jws).into()];
            crate::engine::write::insert(session, "import_acknowledgements", &columns, &[row])?;
            Ok(jws.clone())
        })
        .await
}

fn read(row: &Row) -> Result<KeptFile, DatabaseError> {
    Ok(KeptFile {
        file: NumberedFile {
            source: row.string(0)?,
            number: row.count(1)?,
            digest: row.array(2)?,
            records: row.count(3)?,
            totals: row.string(4)?,
            signature: row.string(5)?,
        },
        taken: row.time(6)?,
        journal: JournalPosition {
            process: row.uuid(7)?,
            sequence: row.count(8)?,
            link: row.array(9)?,
        },
        acknowledgement: row.optional(10, Row::string)?,
    })
}
