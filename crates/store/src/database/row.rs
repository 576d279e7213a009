//! Typed columns: what the database holds becomes a checked type or an error.

use std::str::FromStr;

use jiff::Timestamp;
use uuid::Uuid;
use wattkey_domain::{Currency, Money};

use super::{DatabaseError, Value};

/// A row that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row(Vec<Value>);

impl Row {
    pub(super) fn new(values: Vec<Value>) -> Self {
        Self(values)
    }

    pub(crate) fn value(&self, column: usize) -> Result<&Value, DatabaseError> {
        let missing = || DatabaseError::unreadable(column, "there is no such column");
        self.0.get(column).ok_or_else(missing)
    }

    /// All columns.
    pub(crate) fn into_values(self) -> Vec<Value> {
        self.0
    }

    pub(crate) fn is_null(&self, column: usize) -> bool {
        matches!(self.0.get(column), Some(Value::Null))
    }

    pub(crate) fn int(&self, column: usize) -> Result<i64, DatabaseError> {
        match self.value(column)? {
            Value::Int(value) => Ok(*value),
            _ => Err(DatabaseError::unreadable(column, "it is no number")),
        }
    }

    /// A number that is not negative.
    pub(crate) fn count(&self, column: usize) -> Result<u64, DatabaseError> {
        u64::try_from(self.int(column)?)
            .map_err(|_| DatabaseError::unreadable(column, "it is negative"))
    }

    pub(crate) fn flag(&self, column: usize) -> Result<bool, DatabaseError> {
        Ok(self.int(column)? != 0)
    }

    pub(crate) fn text(&self, column: usize) -> Result<&str, DatabaseError> {
        match self.value(column)? {
            Value::Text(value) => Ok(value),
            _ => Err(DatabaseError::unreadable(column, "it is no text")),
        }
    }

    pub(crate) fn string(&self, column: usize) -> Result<String, DatabaseError> {
        self.text(column).map(str::to_owned)
    }

    pub(crate) fn bytes(&self, column: usize) -> Result<&[u8], DatabaseError> {
        match self.value(column)? {
            Value::Bytes(value) => Ok(value),
            _ => Err(DatabaseError::unreadable(column, "it is no bytes")),
        }
    }

    pub(crate) fn array<const N: usize>(&self, column: usize) -> Result<[u8; N], DatabaseError> {
        let wrong = |_| DatabaseError::unreadable(column, "it has another length");
        self.bytes(column)?.try_into().map_err(wrong)
    }

    /// A text as a checked type.
    pub(crate) fn parsed<T>(&self, column: usize) -> Result<T, DatabaseError>
    where
        T: FromStr<Err: std::fmt::Display>,
    {
        let wrong = |error: T::Err| DatabaseError::unreadable(column, error);
        self.text(column)?.parse().map_err(wrong)
    }

    /// Minor units, of a currency.
    pub(crate) fn money(&self, column: usize, currency: Currency) -> Result<Money, DatabaseError> {
        let wrong = |error| DatabaseError::unreadable(column, error);
        Money::new(self.int(column)?, currency).map_err(wrong)
    }

    /// Seconds since 1970.
    pub(crate) fn time(&self, column: usize) -> Result<Timestamp, DatabaseError> {
        let wrong = |error| DatabaseError::unreadable(column, error);
        Timestamp::from_second(self.int(column)?).map_err(wrong)
    }

    /// 16 bytes.
    pub(crate) fn uuid(&self, column: usize) -> Result<Uuid, DatabaseError> {
        self.array(column).map(Uuid::from_bytes)
    }

    /// `None` for null, or what `read` makes of the column: `row.optional(3, Row::int)`.
    pub(crate) fn optional<'r, T>(
        &'r self,
        column: usize,
        read: impl FnOnce(&'r Self, usize) -> Result<T, DatabaseError>,
    ) -> Result<Option<T>, DatabaseError> {
        if self.is_null(column) {
            return Ok(None);
        }
        read(self, column).map(Some)
    }
}
