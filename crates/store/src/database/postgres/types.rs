//! Values of ours as PostgreSQL's binary format, and back.

use std::error::Error;

use bytes::{Bytes, BytesMut};
use tokio_postgres::types::{FromSql, IsNull, Kind, ToSql, Type, to_sql_checked};

use crate::database::value::Type as ColumnType;
use crate::database::{DatabaseError, Row, Value};

type Wrong = Box<dyn Error + Sync + Send>;

impl ToSql for Value {
    fn to_sql(&self, to: &Type, out: &mut BytesMut) -> Result<IsNull, Wrong> {
        match (self, to) {
            (Self::Null, _) => Ok(IsNull::Yes),
            (Self::Int(value), &Type::INT2) => i16::try_from(*value)?.to_sql(to, out),
            (Self::Int(value), &Type::INT4) => i32::try_from(*value)?.to_sql(to, out),
            (Self::Int(value), &Type::INT8) => value.to_sql(to, out),
            (Self::Text(value), to) if <&str as ToSql>::accepts(to) => value.to_sql(to, out),
            (Self::Bytes(value), &Type::BYTEA) => value.to_sql(to, out),
            (Self::Ints(values), &Type::INT8_ARRAY) => values.to_sql(to, out),
            (Self::Texts(values), to) => values.to_sql(to, out),
            (value, to) => Err(format!("{value:?} is no {to}").into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// A parameter in the server's format already, so that a statement under way owns what it sends.
#[derive(Debug)]
pub(super) struct Encoded(Bytes);

impl Encoded {
    /// The values of a column as an array.
    pub(super) fn array(of: ColumnType, values: &[&Value]) -> Result<Self, DatabaseError> {
        let array = match of {
            ColumnType::Int => Type::INT8_ARRAY,
            ColumnType::Text => Type::TEXT_ARRAY,
            ColumnType::Bytes => Type::BYTEA_ARRAY,
        };
        let mut bytes = BytesMut::new();
        values
            .to_sql(&array, &mut bytes)
            .map_err(DatabaseError::Other)?;
        Ok(Self(bytes.freeze()))
    }
}

impl ToSql for Encoded {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Wrong> {
        out.extend_from_slice(&self.0);
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

struct Column(Value);

impl<'a> FromSql<'a> for Column {
    fn from_sql(from: &Type, raw: &'a [u8]) -> Result<Self, Wrong> {
        let value = match *from {
            Type::INT2 => Value::Int(i16::from_sql(from, raw)?.into()),
            Type::INT4 => Value::Int(i32::from_sql(from, raw)?.into()),
            Type::OID => Value::Int(u32::from_sql(from, raw)?.into()),
            Type::INT8 => Value::Int(i64::from_sql(from, raw)?),
            Type::BOOL => Value::Int(bool::from_sql(from, raw)?.into()),
            Type::NUMERIC => Value::Int(whole(raw)?),
            Type::BYTEA => Value::Bytes(raw.to_vec()),
            Type::CHAR => Value::Text(String::from_utf8(raw.to_vec())?),
            _ => Value::Text(<&str>::from_sql(from, raw)?.to_owned()),
        };
        Ok(Self(value))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Wrong> {
        Ok(Self(Value::Null))
    }

    fn accepts(from: &Type) -> bool {
        *from.kind() == Kind::Simple
    }
}

/// A sum of whole numbers, which PostgreSQL gives as `NUMERIC`: digits to the base 10,000, the first
/// one with `weight` more before the point (`numeric_send` in PostgreSQL's `numeric.c`).
fn whole(raw: &[u8]) -> Result<i64, Wrong> {
    const BASE: i128 = 10_000;
    /// More digits than any number of 64 bits has.
    const MAX_DIGITS: usize = 5;
    const NEGATIVE: u16 = 0x4000;
    let mut words = raw
        .chunks_exact(2)
        .map(|word| u16::from_be_bytes([word[0], word[1]]));
    let mut header = || words.next().ok_or("a number is cut off");
    let (count, weight, sign) = (header()?, header()?.cast_signed(), header()?);
    header()?;
    let places = usize::try_from(i32::from(weight) + 1).unwrap_or(0);
    if usize::from(count) > places || places > MAX_DIGITS || !matches!(sign, 0 | NEGATIVE) {
        return Err("a number is not whole or too large".into());
    }
    let mut value = 0_i128;
    for place in 0..places {
        let digit = if place < usize::from(count) {
            header()?
        } else {
            0
        };
        value = value * BASE + i128::from(digit);
    }
    let value = if sign == NEGATIVE { -value } else { value };
    Ok(i64::try_from(value)?)
}

pub(super) fn row(row: &tokio_postgres::Row) -> Result<Row, DatabaseError> {
    let mut values = Vec::with_capacity(row.len());
    for column in 0..row.len() {
        let value = row
            .try_get::<_, Column>(column)
            .map_err(|error| DatabaseError::unreadable(column, reason(&error)))?;
        values.push(value.0);
    }
    Ok(Row::new(values))
}

fn reason(error: &tokio_postgres::Error) -> String {
    error
        .source()
        .map_or_else(|| error.to_string(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numeric(words: &[u16]) -> Result<i64, Wrong> {
        let raw: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
        whole(&raw)
    }

    #[test]
    fn sums() {
        assert_eq!(numeric(&[0, 0, 0, 0]).unwrap(), 0);
        assert_eq!(numeric(&[1, 0, 0, 0, 42]).unwrap(), 42);
        assert_eq!(numeric(&[1, 0, 0x4000, 0, 42]).unwrap(), -42);
        // 1,0000: the digit group of zeros is left out.
        assert_eq!(numeric(&[1, 1, 0, 0, 1]).unwrap(), 10_000);
        assert_eq!(numeric(&[2, 1, 0, 0, 12, 3_456]).unwrap(), 123_456);
        let most = numeric(&[5, 4, 0, 0, 922, 3_372, 368, 5_477, 5_807]).unwrap();
        assert_eq!(most, i64::MAX);
        for words in [
            &[5, 4, 0, 0, 922, 3_372, 368, 5_477, 5_808][..],
            // A fraction, not a number, cut off.
            &[1, 0xffff, 0, 1, 5_000],
            &[0, 0, 0xc000, 0],
            &[1, 0, 0, 0],
            &[1],
        ] {
            assert!(numeric(words).is_err(), "{words:?}");
        }
    }
}
