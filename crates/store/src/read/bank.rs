use crate::database::{DatabaseError, Session};

/// The number of the last message of the bank that was taken in.
pub(crate) fn cursor(session: &mut dyn Session) -> Result<u64, DatabaseError> {
    let row = session.query_one("SELECT position FROM bank_cursor", &[])?;
    row.map_or(Ok(0), |row| row.count(0))
}

/// The bytes of a message of the bank that was taken in.
pub(crate) fn message(
    session: &mut dyn Session,
    number: u64,
) -> Result<Option<Vec<u8>>, DatabaseError> {
    let sql = "SELECT body FROM bank_messages WHERE number = $1";
    let row = session.query_one(sql, &[number.into()])?;
    row.map(|row| Ok(row.bytes(0)?.to_vec())).transpose()
}
