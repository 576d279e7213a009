//! Rows in the binary format of `COPY` (PostgreSQL's documentation, `COPY`, "Binary Format").

use bytes::{BufMut as _, Bytes, BytesMut};

use crate::database::{DatabaseError, Type, Value, names};

const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";
/// No object identifiers.
const FLAGS: i32 = 0;
const HEADER_EXTENSION: i32 = 0;
const NULL: i32 = -1;
const END: i16 = -1;
const LONG: i32 = 8;

/// The statement that such rows go with.
pub(super) fn statement(table: &str, columns: &[(&str, Type)]) -> String {
    let names = names(columns);
    format!("COPY {table} ({names}) FROM STDIN (FORMAT binary)")
}

/// The rows, header and end included.
pub(super) fn encoded(
    columns: &[(&str, Type)],
    rows: &[Vec<Value>],
) -> Result<Bytes, DatabaseError> {
    let count = i16::try_from(columns.len()).map_err(too_much)?;
    let mut out = BytesMut::with_capacity(rows.iter().map(|row| size(row)).sum::<usize>() + 32);
    out.put_slice(SIGNATURE);
    out.put_i32(FLAGS);
    out.put_i32(HEADER_EXTENSION);
    for row in rows {
        out.put_i16(count);
        for (place, (name, kind)) in columns.iter().enumerate() {
            match (row.get(place), kind) {
                (None | Some(Value::Null), _) => out.put_i32(NULL),
                (Some(Value::Int(value)), Type::Int) => {
                    out.put_i32(LONG);
                    out.put_i64(*value);
                }
                (Some(Value::Text(value)), Type::Text) => put(&mut out, value.as_bytes())?,
                (Some(Value::Bytes(value)), Type::Bytes) => put(&mut out, value)?,
                (Some(_), kind) => {
                    let why = format!("column {name}: a value is no {}", kind.name());
                    return Err(DatabaseError::Other(why.into()));
                }
            }
        }
    }
    out.put_i16(END);
    Ok(out.freeze())
}

fn put(out: &mut BytesMut, bytes: &[u8]) -> Result<(), DatabaseError> {
    out.put_i32(i32::try_from(bytes.len()).map_err(too_much)?);
    out.put_slice(bytes);
    Ok(())
}

fn too_much(error: std::num::TryFromIntError) -> DatabaseError {
    DatabaseError::Other(error.into())
}

fn size(row: &[Value]) -> usize {
    let sizes = row.iter().map(|value| match value {
        Value::Text(value) => 4 + value.len(),
        Value::Bytes(value) => 4 + value.len(),
        _ => 12,
    });
    2 + sizes.sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &[(&str, Type)] = &[("n", Type::Int), ("t", Type::Text), ("b", Type::Bytes)];

    #[test]
    fn rows_are_lengths_and_bytes() {
        let rows = [
            vec![Value::Int(-2), "电".into(), [7_u8].into()],
            vec![Value::Null, "".into(), Value::Null],
        ];
        let bytes = encoded(COLUMNS, &rows).unwrap();
        let mut expected = SIGNATURE.to_vec();
        expected.extend([0; 8]);
        expected.extend([0, 3, 0, 0, 0, 8, 255, 255, 255, 255, 255, 255, 255, 254]);
        expected.extend([0, 0, 0, 3, 0xe7, 0x94, 0xb5, 0, 0, 0, 1, 7]);
        expected.extend([0, 3, 255, 255, 255, 255, 0, 0, 0, 0, 255, 255, 255, 255]);
        expected.extend([255, 255]);
        assert_eq!(bytes, expected);
        assert!(encoded(COLUMNS, &[vec!["x".into()]]).is_err());
    }
}
