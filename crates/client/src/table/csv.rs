//! CSV as RFC 4180 has it: a header, lines that end with CRLF, UTF-8.

use super::Cell;

/// What spreadsheets need before UTF-8, to not take it for the system's own encoding.
pub const BYTE_ORDER_MARK: &str = "\u{feff}";

/// A header and rows.
#[must_use]
pub fn of_rows(header: &[String], rows: &[Vec<Cell>]) -> Vec<u8> {
    let mut text = line(header.iter().map(String::as_str));
    for row in rows {
        let values: Vec<String> = row.iter().map(Cell::value).collect();
        text.push_str(&line(values.iter().map(String::as_str)));
    }
    text.into_bytes()
}

fn line<'a>(values: impl Iterator<Item = &'a str>) -> String {
    let values: Vec<String> = values.map(quoted).collect();
    // A line of one empty value would be an empty line, which readers skip.
    if let [only] = values.as_slice()
        && only.is_empty()
    {
        return "\"\"\r\n".to_owned();
    }
    values.join(",") + "\r\n"
}

fn quoted(value: &str) -> String {
    if value.contains([',', '"', '\r', '\n', ';', '\t']) {
        return format!("\"{}\"", value.replace('"', "\"\""));
    }
    value.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_divides_is_quoted() {
        let header = ["a".to_owned(), "b".to_owned()];
        let rows = [vec![Cell::text("x,\"y\"\n"), Cell::Empty]];
        let text = String::from_utf8(of_rows(&header, &rows)).unwrap();
        assert_eq!(text, "a,b\r\n\"x,\"\"y\"\"\n\",\r\n");
        let one = of_rows(&["a".to_owned()], &[vec![Cell::Empty]]);
        assert_eq!(one, b"a\r\n\"\"\r\n");
    }
}
