//! Typed columns: a text or number of the database becomes a checked type or an error.

use std::str::FromStr;

use jiff::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Error, Result, Row};
use uuid::Uuid;
use wattkey_domain::{Currency, Money};

/// A text column as a checked type.
pub(crate) fn parsed<T>(row: &Row<'_>, column: usize) -> Result<T>
where
    T: FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    let text = row.get_ref(column)?.as_str()?;
    text.parse()
        .map_err(|error| conversion(column, Type::Text, error))
}

/// As [`parsed`], of a column that may be null.
pub(crate) fn parsed_option<T>(row: &Row<'_>, column: usize) -> Result<Option<T>>
where
    T: FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    match row.get_ref(column)? {
        rusqlite::types::ValueRef::Null => Ok(None),
        _ => parsed(row, column).map(Some),
    }
}

/// An amount: minor units in one column, of a currency.
pub(crate) fn money(row: &Row<'_>, column: usize, currency: Currency) -> Result<Money> {
    Money::new(row.get(column)?, currency).map_err(|error| conversion(column, Type::Integer, error))
}

/// Seconds since 1970.
pub(crate) fn time(row: &Row<'_>, column: usize) -> Result<Timestamp> {
    Timestamp::from_second(row.get(column)?)
        .map_err(|error| conversion(column, Type::Integer, error))
}

/// 16 bytes.
pub(crate) fn uuid(row: &Row<'_>, column: usize) -> Result<Uuid> {
    row.get(column).map(Uuid::from_bytes)
}

fn conversion(
    column: usize,
    kind: Type,
    error: impl std::error::Error + Send + Sync + 'static,
) -> Error {
    Error::FromSqlConversionFailure(column, kind, Box::new(error))
}
