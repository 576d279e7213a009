//! A bounded reading of a feed: one entry at a time, of the names that are known.

use quick_xml::NsReader;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;

use super::error::ReadError;
use crate::{MAX_FILE_BYTES, MAX_READINGS, shown};

/// The deepest nesting of elements. Feeds need less than ten.
pub const MAX_DEPTH: usize = 40;
/// The most elements of a feed.
pub const MAX_ELEMENTS: usize = 12 * MAX_READINGS;
/// The longest text of an element that is read, in bytes.
pub const MAX_TEXT_BYTES: usize = 4 * 1024;
/// The most elements of one entry besides its readings, and the most entries.
const MAX_ENTRY_ELEMENTS: usize = 20_000;
/// The longest link, in bytes.
const MAX_LINK_BYTES: usize = 512;
/// The most attributes of one element.
const MAX_ATTRIBUTES: usize = 16;

const ATOM: &[u8] = b"http://www.w3.org/2005/Atom";
const ESPI: &[u8] = b"http://naesb.org/espi";

/// Names of Atom that are read.
const ATOM_NAMES: &[&str] = &["feed", "entry", "link", "title", "content"];
/// Names of ESPI that are read.
const ESPI_NAMES: &[&str] = &[
    "UsagePoint",
    "MeterReading",
    "ReadingType",
    "IntervalBlock",
    "LocalTimeParameters",
    "TimeConfiguration",
    "ServiceCategory",
    "kind",
    "interval",
    "IntervalReading",
    "timePeriod",
    "duration",
    "start",
    "value",
    "ReadingQuality",
    "quality",
    "accumulationBehaviour",
    "commodity",
    "defaultQuality",
    "flowDirection",
    "intervalLength",
    "powerOfTenMultiplier",
    "uom",
    "dstEndRule",
    "dstOffset",
    "dstStartRule",
    "tzOffset",
];

/// One element with a known name.
#[derive(Debug, Default)]
pub(super) struct Element {
    pub(super) name: &'static str,
    text: String,
    /// Of a link.
    pub(super) rel: String,
    pub(super) href: String,
    pub(super) children: Vec<Element>,
    /// Of an interval block.
    pub(super) readings: Vec<Reading>,
}

/// An `IntervalReading`, as it stands there.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Reading {
    pub(super) start: Option<i64>,
    pub(super) duration: Option<u32>,
    pub(super) value: Option<i64>,
    pub(super) quality: Option<u16>,
}

impl Element {
    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    pub(super) fn children<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// Trimmed text.
    pub(super) fn text(&self) -> &str {
        self.text.trim_matches([' ', '\t', '\r', '\n'])
    }

    /// The number in a child; `None` when the child is not there.
    pub(super) fn number<T: std::str::FromStr>(
        &self,
        name: &'static str,
    ) -> Result<Option<T>, ReadError> {
        let Some(child) = self.child(name) else {
            return Ok(None);
        };
        let text = child.text();
        match text.parse() {
            Ok(number) => Ok(Some(number)),
            Err(_) => Err(ReadError::Value {
                element: name,
                value: shown(text),
            }),
        }
    }
}

/// Reads a feed and gives each of its entries to `take`.
pub(super) fn entries(
    bytes: &[u8],
    mut take: impl FnMut(Element) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    if bytes.len() > MAX_FILE_BYTES {
        return Err(bound("size in bytes", MAX_FILE_BYTES));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| ReadError::Encoding)?;
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let mut reader = NsReader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut tree = Tree::default();
    loop {
        let position = reader.buffer_position();
        let event = reader
            .read_event()
            .map_err(|source| ReadError::Syntax { position, source })?;
        match event {
            Event::Start(start) => {
                let (bound, local) = reader.resolver().resolve_element(start.name());
                let name = known(&bound, local.as_ref());
                tree.open(name, &start, position)?;
            }
            Event::End(_) => {
                if let Some(entry) = tree.close()? {
                    take(entry)?;
                }
            }
            Event::Text(part) => {
                let part = part.xml10_content().map_err(|_| ReadError::Encoding)?;
                tree.push(&part)?;
            }
            Event::CData(part) => {
                let part = part.xml10_content().map_err(|_| ReadError::Encoding)?;
                tree.push(&part)?;
            }
            Event::GeneralRef(reference) => {
                let character = predefined(&reference).ok_or(ReadError::Entity { position })?;
                tree.push(character.encode_utf8(&mut [0; 4]))?;
            }
            Event::Decl(declaration) => {
                let utf8 = match declaration.encoding() {
                    None => true,
                    Some(Ok(name)) => name.eq_ignore_ascii_case(b"utf-8"),
                    Some(Err(_)) => false,
                };
                if !utf8 {
                    return Err(ReadError::Encoding);
                }
            }
            Event::DocType(_) => return Err(ReadError::Entity { position }),
            Event::Comment(_) | Event::PI(_) => {}
            Event::Empty(_) => unreachable!("empty elements are expanded"),
            Event::Eof => return tree.finish(),
        }
    }
}

fn bound(what: &'static str, limit: usize) -> ReadError {
    ReadError::Bound { what, limit }
}

fn known(bound: &ResolveResult<'_>, local: &[u8]) -> Option<&'static str> {
    let names = match bound {
        ResolveResult::Bound(namespace) if namespace.0 == ATOM => ATOM_NAMES,
        ResolveResult::Bound(namespace) if namespace.0 == ESPI => ESPI_NAMES,
        _ => return None,
    };
    names.iter().find(|name| name.as_bytes() == local).copied()
}

/// The character of a numeric reference, or of the five entities that XML itself defines.
fn predefined(reference: &quick_xml::events::BytesRef<'_>) -> Option<char> {
    match reference.resolve_char_ref() {
        Ok(Some(character)) => Some(character),
        Ok(None) => match reference.as_ref() {
            b"amp" => Some('&'),
            b"lt" => Some('<'),
            b"gt" => Some('>'),
            b"quot" => Some('"'),
            b"apos" => Some('\''),
            _ => None,
        },
        Err(_) => None,
    }
}

/// The entry that is being read.
#[derive(Debug, Default)]
struct Tree {
    open: Vec<Element>,
    /// How deep we are in an element that is not read; 0 when we are not.
    skipped: usize,
    root: bool,
    ended: bool,
    elements: usize,
    entries: usize,
    readings: usize,
    /// Of the entry, without readings.
    kept: usize,
}

impl Tree {
    fn open(
        &mut self,
        name: Option<&'static str>,
        start: &BytesStart<'_>,
        position: u64,
    ) -> Result<(), ReadError> {
        self.elements += 1;
        if self.elements > MAX_ELEMENTS {
            return Err(bound("number of elements", MAX_ELEMENTS));
        }
        if self.open.len() + self.skipped >= MAX_DEPTH {
            return Err(bound("depth", MAX_DEPTH));
        }
        if self.open.is_empty() && self.skipped == 0 {
            let first = !self.root && matches!(name, Some("feed" | "entry"));
            if !first {
                return Err(ReadError::Root);
            }
            self.root = true;
        }
        let Some(name) = name.filter(|_| self.skipped == 0) else {
            self.skipped += 1;
            return Ok(());
        };
        let mut element = Element {
            name,
            ..Element::default()
        };
        if name == "link" {
            links(&mut element, start, position)?;
        }
        self.kept += 1;
        if self.kept > MAX_ENTRY_ELEMENTS {
            return Err(bound("number of elements of an entry", MAX_ENTRY_ELEMENTS));
        }
        self.open.push(element);
        Ok(())
    }

    /// The entry that has ended with this.
    fn close(&mut self) -> Result<Option<Element>, ReadError> {
        if self.skipped > 0 {
            self.skipped -= 1;
            return Ok(None);
        }
        let element = self.open.pop().ok_or(ReadError::Root)?;
        if element.name == "entry" {
            self.kept = 0;
            self.entries += 1;
            if self.entries > MAX_ENTRY_ELEMENTS {
                return Err(bound("number of entries", MAX_ENTRY_ELEMENTS));
            }
            self.ended = self.open.is_empty();
            return Ok(Some(element));
        }
        let Some(parent) = self.open.last_mut() else {
            self.ended = true;
            return Ok(None);
        };
        if element.name == "IntervalReading" && parent.name == "IntervalBlock" {
            self.readings += 1;
            if self.readings > MAX_READINGS {
                return Err(bound("number of readings", MAX_READINGS));
            }
            // Back to what the block was before: readings are counted by themselves.
            self.kept -= 1 + count(&element);
            parent.readings.push(reading(&element)?);
        } else if parent.name != "feed" {
            parent.children.push(element);
        }
        Ok(None)
    }

    fn push(&mut self, part: &str) -> Result<(), ReadError> {
        if self.skipped > 0 {
            return Ok(());
        }
        let Some(element) = self.open.last_mut() else {
            let blank = part.trim_matches([' ', '\t', '\r', '\n']).is_empty();
            return if blank { Ok(()) } else { Err(ReadError::Root) };
        };
        if element.text.len() + part.len() > MAX_TEXT_BYTES {
            // Between the elements of a feed there may be any amount of space.
            let blank = part.trim_matches([' ', '\t', '\r', '\n']).is_empty();
            return if blank {
                Ok(())
            } else {
                Err(bound("length of a text", MAX_TEXT_BYTES))
            };
        }
        element.text.push_str(part);
        Ok(())
    }

    fn finish(self) -> Result<(), ReadError> {
        if self.ended && self.open.is_empty() {
            Ok(())
        } else {
            Err(ReadError::Root)
        }
    }
}

fn count(element: &Element) -> usize {
    element.children.iter().map(|child| 1 + count(child)).sum()
}

fn reading(element: &Element) -> Result<Reading, ReadError> {
    let mut reading = Reading {
        value: element.number("value")?,
        ..Reading::default()
    };
    if let Some(period) = element.child("timePeriod") {
        reading.start = period.number("start")?;
        reading.duration = period.number("duration")?;
    }
    if let Some(quality) = element.child("ReadingQuality") {
        reading.quality = quality.number("quality")?;
    }
    Ok(reading)
}

fn links(element: &mut Element, start: &BytesStart<'_>, position: u64) -> Result<(), ReadError> {
    for (index, attribute) in start.attributes().enumerate() {
        if index == MAX_ATTRIBUTES {
            return Err(bound("number of attributes", MAX_ATTRIBUTES));
        }
        let attribute = attribute.map_err(|error| ReadError::Syntax {
            position,
            source: error.into(),
        })?;
        let place = match attribute.key.as_ref() {
            b"rel" => &mut element.rel,
            b"href" => &mut element.href,
            _ => continue,
        };
        if attribute.value.len() > MAX_LINK_BYTES {
            return Err(bound("length of a link", MAX_LINK_BYTES));
        }
        // Links are compared with each other as they stand there.
        *place = String::from_utf8_lossy(&attribute.value).trim().to_owned();
    }
    Ok(())
}
