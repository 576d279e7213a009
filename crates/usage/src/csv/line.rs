//! One line of RFC 4180.

use std::borrow::Cow;

/// The fields of a line; `None` when a quote is not where quotes belong.
pub(super) fn fields(line: &str, delimiter: char) -> Option<Vec<Cow<'_, str>>> {
    let mut fields = Vec::new();
    let mut rest = line;
    loop {
        let (field, after) = match rest.strip_prefix('"') {
            Some(quoted) => {
                let (field, after) = quoted_field(quoted)?;
                (Cow::Owned(field), after)
            }
            None => {
                let end = rest.find(delimiter).unwrap_or(rest.len());
                if rest[..end].contains('"') {
                    return None;
                }
                (Cow::Borrowed(rest[..end].trim()), &rest[end..])
            }
        };
        fields.push(field);
        match after.strip_prefix(delimiter) {
            Some(next) => rest = next,
            None if after.is_empty() => return Some(fields),
            None => return None,
        }
    }
}

/// A quoted field and what follows its closing quote.
fn quoted_field(text: &str) -> Option<(String, &str)> {
    let mut field = String::new();
    let mut rest = text;
    loop {
        let end = rest.find('"')?;
        field.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('"') {
            Some(more) => {
                field.push('"');
                rest = more;
            }
            None => return Some((field, rest)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_delimiters() {
        for (line, wanted) in [
            ("a,b", Some(vec!["a", "b"])),
            ("a, b ,", Some(vec!["a", "b", ""])),
            ("\"a,\"\"b\",c", Some(vec!["a,\"b", "c"])),
            ("", Some(vec![""])),
            ("a\"b", None),
            ("\"a", None),
            ("\"a\"b,c", None),
        ] {
            assert_eq!(
                fields(line, ','),
                wanted.map(|all| all.into_iter().map(Cow::from).collect()),
                "{line}"
            );
        }
    }
}
