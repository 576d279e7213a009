//! Whether a message has what the schema demands: which elements, in which order, how often, and
//! with which values.

use super::Kind;
use super::decimal::Decimal;
use super::tree::Node;
use super::types;

/// What an element holds.
#[derive(Clone, Copy, Debug)]
pub enum Content {
    /// Elements in this order.
    Sequence(&'static [Element]),
    /// Exactly one of these elements.
    Choice(&'static [Element]),
    /// Text.
    Value(Facet),
    /// A number that is not negative, with its currency.
    Amount,
    /// Anything: the bank does not look at it.
    Any,
}

/// An element of a sequence or choice.
#[derive(Clone, Copy, Debug)]
pub struct Element {
    /// Its name.
    pub name: &'static str,
    /// How often at least.
    pub min: usize,
    /// How often at most.
    pub max: usize,
    /// What it holds.
    pub content: Content,
}

/// What a text must be.
#[derive(Clone, Copy, Debug)]
pub enum Facet {
    /// 1 to so many characters.
    Text(usize),
    /// So many to so many decimal digits.
    Digits(usize, usize),
    /// Exactly so many capital letters.
    Letters(usize),
    /// One of these.
    OneOf(&'static [&'static str]),
    /// `xs:date`.
    Date,
    /// `xs:dateTime`.
    DateTime,
    /// `xs:boolean`.
    Boolean,
    /// `xs:decimal` of 18 digits, 17 of them behind the point.
    Decimal,
    /// ISO 13616.
    Iban,
    /// ISO 9362.
    Bic,
    /// ISO 17442.
    Lei,
    /// RFC 9562, version 4.
    Uuid4,
}

pub(super) const fn one(name: &'static str, content: Content) -> Element {
    let (min, max) = (1, 1);
    Element {
        name,
        min,
        max,
        content,
    }
}

pub(super) const fn maybe(name: &'static str, content: Content) -> Element {
    let (min, max) = (0, 1);
    Element {
        name,
        min,
        max,
        content,
    }
}

pub(super) const fn many(name: &'static str, content: Content) -> Element {
    let (min, max) = (1, usize::MAX);
    Element {
        name,
        min,
        max,
        content,
    }
}

pub(super) const fn several(name: &'static str, content: Content) -> Element {
    let (min, max) = (0, usize::MAX);
    Element {
        name,
        min,
        max,
        content,
    }
}

/// Checks the whole message.
///
/// # Errors
/// The first thing that is wrong, with the path to it.
pub fn check(kind: Kind, root: &Node) -> Result<(), String> {
    no_attributes(root, "")?;
    content(root, types::document(kind), "")
}

fn content(node: &Node, content: Content, path: &str) -> Result<(), String> {
    match content {
        Content::Sequence(elements) => {
            no_text(node, path).and_then(|()| sequence(node, elements, path))
        }
        Content::Choice(elements) => {
            no_text(node, path).and_then(|()| choice(node, elements, path))
        }
        Content::Value(facet) => value(node, facet, path),
        Content::Amount => amount(node, path),
        Content::Any => Ok(()),
    }
}

fn sequence(node: &Node, elements: &[Element], path: &str) -> Result<(), String> {
    let mut rest = node.children.as_slice();
    for element in elements {
        let count = rest
            .iter()
            .take_while(|child| child.name == element.name)
            .count();
        if count < element.min {
            return Err(format!(
                "{path}: {} is missing or out of place",
                element.name
            ));
        }
        if count > element.max {
            return Err(format!("{path}: {} too often", element.name));
        }
        let (these, others) = rest.split_at(count);
        for child in these {
            inner(child, element, path)?;
        }
        rest = others;
    }
    match rest.first() {
        Some(child) => Err(format!("{path}: {} does not belong here", child.name)),
        None => Ok(()),
    }
}

fn choice(node: &Node, elements: &[Element], path: &str) -> Result<(), String> {
    let [child] = node.children.as_slice() else {
        return Err(format!("{path}: exactly one element belongs here"));
    };
    match elements.iter().find(|element| element.name == child.name) {
        Some(element) => inner(child, element, path),
        None => Err(format!("{path}: {} does not belong here", child.name)),
    }
}

fn inner(child: &Node, element: &Element, path: &str) -> Result<(), String> {
    let path = format!("{path}/{}", child.name);
    if !matches!(element.content, Content::Amount | Content::Any) {
        no_attributes(child, &path)?;
    }
    content(child, element.content, &path)
}

fn no_attributes(node: &Node, path: &str) -> Result<(), String> {
    // xsi:schemaLocation is allowed on every element.
    let own = |(name, _): &&(String, String)| !name.starts_with("xsi:");
    match node.attributes.iter().find(own) {
        Some((name, _)) => Err(format!("{path}: attribute {name} does not belong here")),
        None => Ok(()),
    }
}

fn no_text(node: &Node, path: &str) -> Result<(), String> {
    if node.text.trim_ascii().is_empty() {
        Ok(())
    } else {
        Err(format!("{path}: text does not belong here"))
    }
}

fn value(node: &Node, facet: Facet, path: &str) -> Result<(), String> {
    if node.children.is_empty() && facet.allows(&node.text) {
        Ok(())
    } else {
        Err(format!("{path}: not {facet:?}"))
    }
}

fn amount(node: &Node, path: &str) -> Result<(), String> {
    let number = Decimal::parse(node.text.trim_ascii(), 5);
    let currency = match node.attributes.as_slice() {
        [(name, value)] if name == "Ccy" => Facet::Letters(3).allows(value),
        _ => false,
    };
    let sound = number.is_some_and(|number| number >= Decimal::ZERO);
    if sound && currency && node.children.is_empty() {
        Ok(())
    } else {
        Err(format!("{path}: not an amount with a currency"))
    }
}

impl Facet {
    fn allows(self, text: &str) -> bool {
        let bytes = text.as_bytes();
        let upper = |range: std::ops::Range<usize>| {
            bytes
                .get(range)
                .is_some_and(|part| part.iter().all(u8::is_ascii_uppercase))
        };
        let digits = |range: std::ops::Range<usize>| {
            bytes
                .get(range)
                .is_some_and(|part| part.iter().all(u8::is_ascii_digit))
        };
        let capitals = || {
            bytes
                .iter()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        };
        // Numbers and truth values ignore white space around them. So would dates in the
        // standard of schemas, but xmllint refuses it, and the bank with it.
        let trimmed = text.trim_ascii();
        match self {
            Self::Text(max) => (1..=max).contains(&text.chars().count()),
            Self::Digits(min, max) => (min..=max).contains(&bytes.len()) && digits(0..bytes.len()),
            Self::Letters(count) => bytes.len() == count && upper(0..count),
            Self::OneOf(values) => values.contains(&text),
            Self::Date => is_date(text),
            Self::DateTime => is_date_time(text),
            Self::Boolean => matches!(trimmed, "true" | "false" | "1" | "0"),
            Self::Decimal => Decimal::parse(trimmed, 17).is_some(),
            Self::Iban => {
                (5..=34).contains(&bytes.len())
                    && upper(0..2)
                    && digits(2..4)
                    && bytes[4..].iter().all(u8::is_ascii_alphanumeric)
            }
            Self::Bic => matches!(bytes.len(), 8 | 11) && capitals() && upper(4..6),
            Self::Lei => bytes.len() == 20 && capitals() && digits(18..20),
            Self::Uuid4 => is_uuid4(text),
        }
    }
}

/// `2026-08-31`, with a time zone if need be.
fn is_date(text: &str) -> bool {
    let Some((date, zone)) = text.split_at_checked(10) else {
        return false;
    };
    is_day(date) && is_zone(zone)
}

/// `2026-08-31T16:00:00`, with a fraction and a time zone if need be.
fn is_date_time(text: &str) -> bool {
    let Some((date, time)) = text.split_once('T') else {
        return false;
    };
    let Some((time, rest)) = time.split_at_checked(8) else {
        return false;
    };
    let zone = match rest.strip_prefix('.') {
        Some(fraction) => {
            let zone = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
            if zone.len() == fraction.len() {
                return false;
            }
            zone
        }
        None => rest,
    };
    is_day(date) && is_time(time) && is_zone(zone)
}

/// `16:00:00`. Leap seconds have no place in the schema.
fn is_time(text: &str) -> bool {
    text.len() == 8 && !text.ends_with("60") && text.parse::<jiff::civil::Time>().is_ok()
}

fn is_day(text: &str) -> bool {
    let shape = text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    shape
        && text
            .parse::<jiff::civil::Date>()
            .is_ok_and(|date| date.year() > 0)
}

fn is_zone(text: &str) -> bool {
    let bytes = text.as_bytes();
    match bytes {
        b"" | b"Z" => true,
        [b'+' | b'-', h @ .., b':', m1, m2] if h.len() == 2 => {
            let minutes = text[1..3]
                .parse::<u32>()
                .ok()
                .zip(text[4..6].parse::<u32>().ok());
            let all_digits = [h[0], h[1], *m1, *m2].iter().all(u8::is_ascii_digit);
            all_digits && minutes.is_some_and(|(h, m)| m < 60 && h * 60 + m <= 14 * 60)
        }
        _ => false,
    }
}

fn is_uuid4(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 36
        && bytes.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            14 => *byte == b'4',
            19 => b"89ab".contains(byte),
            _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(byte),
        })
}
