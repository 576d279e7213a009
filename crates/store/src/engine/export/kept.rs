use jiff::Timestamp;

use crate::StoreError;
use crate::database::Type::{Int, Text};
use crate::database::{DatabaseError, Row, Session};
use crate::engine::Engine;
use crate::engine::alone::Intent;
use crate::engine::write::insert;

/// A file that went out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptExport {
    /// Its number.
    pub number: u64,
    /// When it was made.
    pub created: Timestamp,
    /// SHA-256 of its bytes.
    pub digest: [u8; 32],
    /// Their number.
    pub bytes: u64,
    /// Lines after the header.
    pub records: u64,
    /// What they are: JSON.
    pub totals: String,
    /// Its signature, once it is signed: compact JWS.
    pub signature: Option<String>,
    /// When its acknowledgement came in.
    pub acknowledged: Option<Timestamp>,
}

const EXPORT: &str = "SELECT exports.number, created, digest, length(body), records, totals,
    signatures.jws, acknowledgements.at FROM exports
    LEFT JOIN export_signatures AS signatures ON signatures.number = exports.number
    LEFT JOIN export_acknowledgements AS acknowledgements ON acknowledgements.number = exports.number";

/// The number of the file that would be next.
pub(crate) fn next_number(session: &mut dyn Session) -> Result<u64, DatabaseError> {
    let row = session.query_one(
        "SELECT number FROM exports ORDER BY number DESC LIMIT 1",
        &[],
    )?;
    Ok(row.map_or(Ok(0), |row| row.count(0))? + 1)
}

/// The last files, the last one first.
pub(crate) fn all(session: &mut dyn Session, limit: u32) -> Result<Vec<KeptExport>, StoreError> {
    let sql = format!("{EXPORT} ORDER BY exports.number DESC LIMIT $1");
    let rows = session.query(&sql, &[limit.into()])?;
    Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
}

/// One file.
pub(crate) fn one(
    session: &mut dyn Session,
    number: u64,
) -> Result<Option<KeptExport>, StoreError> {
    let sql = format!("{EXPORT} WHERE exports.number = $1");
    let row = session.query_one(&sql, &[number.into()])?;
    Ok(row.map(|row| read(&row)).transpose()?)
}

/// The bytes of a file.
pub(crate) fn body(session: &mut dyn Session, number: u64) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "SELECT body FROM exports WHERE number = $1";
    let row = session.query_one(sql, &[number.into()])?;
    Ok(row
        .map(|row| Ok::<_, DatabaseError>(row.bytes(0)?.to_vec()))
        .transpose()?)
}

/// Keeps the signature of a file; the first one stays. Which one that is, durably.
pub(crate) async fn sign(engine: &Engine, number: u64, jws: String) -> Result<String, StoreError> {
    engine
        .alone(Intent::Keep, move |session, _| {
            let sql = "SELECT jws FROM export_signatures WHERE number = $1";
            if let Some(row) = session.query_one(sql, &[number.into()])? {
                return Ok(row.string(0)?);
            }
            let columns = [("number", Int), ("jws", Text)];
            let row = vec![number.into(), (&jws).into()];
            insert(session, "export_signatures", &columns, &[row])?;
            Ok(jws.clone())
        })
        .await
}

/// Keeps the acknowledgement of a file; the first one stays. When that came in.
pub(crate) async fn acknowledge(
    engine: &Engine,
    number: u64,
    jws: String,
    now: Timestamp,
) -> Result<Timestamp, StoreError> {
    engine
        .alone(Intent::Keep, move |session, _| {
            let sql = "SELECT at FROM export_acknowledgements WHERE number = $1";
            if let Some(row) = session.query_one(sql, &[number.into()])? {
                return Ok(row.time(0)?);
            }
            let columns = [("number", Int), ("jws", Text), ("at", Int)];
            let row = vec![number.into(), (&jws).into(), now.as_second().into()];
            insert(session, "export_acknowledgements", &columns, &[row])?;
            Ok(now)
        })
        .await
}

fn read(row: &Row) -> Result<KeptExport, DatabaseError> {
    Ok(KeptExport {
        number: row.count(0)?,
        created: row.time(1)?,
        digest: row.array(2)?,
        bytes: row.count(3)?,
        records: row.count(4)?,
        totals: row.string(5)?,
        signature: row.optional(6, Row::string)?,
        acknowledged: row.optional(7, Row::time)?,
    })
}
