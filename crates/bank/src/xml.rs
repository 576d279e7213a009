//! A bounded tree of a bank's message.
//!
//! Messages name their elements in one namespace, in which the message's name and version stand. The
//! tree holds local names of that namespace only; what banks add in other namespaces is passed over,
//! within the same bounds.

use quick_xml::NsReader;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;

/// The largest document that is read, in bytes.
pub const MAX_DOCUMENT_BYTES: usize = 8 * 1024 * 1024;
/// The deepest nesting of elements. The schemas need less than twenty.
pub const MAX_DEPTH: usize = 40;
/// The most elements in one document.
pub const MAX_ELEMENTS: usize = 250_000;
/// The longest text of one element, in bytes: the schemas allow 2,048 characters.
pub const MAX_TEXT_BYTES: usize = 8 * 1024;
/// The longest name, number or code, in bytes: the schemas allow 35 characters. They stand once in a
/// message and then with everything within it, so that longer ones would multiply.
pub(crate) const MAX_SHORT_BYTES: usize = 4 * 35;
/// The most attributes of one element.
const MAX_ATTRIBUTES: usize = 16;

/// Why a bank's message cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// A bound of this crate is exceeded.
    #[error("the message exceeds the bound on its {what} ({limit})")]
    Bound {
        /// What is bounded.
        what: &'static str,
        /// The bound.
        limit: usize,
    },
    /// Not UTF-8, or declared as another encoding.
    #[error("the message is not in UTF-8")]
    Encoding,
    /// Not well formed.
    #[error("not well-formed XML near byte {position}")]
    Syntax {
        /// Where.
        position: u64,
        /// What the parser says.
        #[source]
        source: quick_xml::Error,
    },
    /// A document type, or an entity that XML itself does not define.
    #[error("document types and entities are refused (near byte {position})")]
    Entity {
        /// Where.
        position: u64,
    },
    /// A character that XML 1.0 §2.2 does not allow, such as NUL.
    #[error("the text holds U+{:04X}, which XML forbids (near byte {position})", u32::from(*.character))]
    Character {
        /// Which.
        character: char,
        /// Where.
        position: u64,
    },
    /// Text, elements or nothing where one root element belongs.
    #[error("the message does not have exactly one root element")]
    Root,
    /// Another message than asked for.
    #[error("expected {wanted}, this is {found:?}")]
    Message {
        /// Names of the messages.
        wanted: String,
        /// The root's namespace and name.
        found: String,
    },
    /// A mandatory element is missing or empty.
    #[error("{parent} has no {element}")]
    Missing {
        /// The element that should hold it.
        parent: String,
        /// What is missing.
        element: &'static str,
    },
    /// A value that the standard does not have.
    #[error("{element} may not be {value:?}")]
    Value {
        /// The element.
        element: &'static str,
        /// What it holds, shortened.
        value: String,
    },
}

/// A message as documents name it.
#[derive(Debug)]
pub(crate) struct MessageName {
    /// What stands in its namespaces, such as `camt.054.`.
    pub(crate) namespace: &'static str,
    /// The element that holds it.
    pub(crate) element: &'static str,
}

/// One element of the message's own namespace.
#[derive(Debug, Default)]
pub(crate) struct Element {
    pub(crate) name: String,
    /// The attribute `Ccy`, the only one that the messages have.
    pub(crate) currency: Option<String>,
    text: String,
    children: Vec<Element>,
}

impl Element {
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    pub(crate) fn children<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The element at the end of `path`, first child at each step.
    pub(crate) fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter()
            .try_fold(self, |element, name| element.child(name))
    }

    /// Trimmed text of this element, unless empty.
    pub(crate) fn text(&self) -> Option<&str> {
        Some(self.text.trim_matches([' ', '\t', '\r', '\n'])).filter(|text| !text.is_empty())
    }

    /// Trimmed text at the end of `path`, unless empty.
    pub(crate) fn text_at(&self, path: &[&str]) -> Option<String> {
        self.at(path)?.text().map(str::to_owned)
    }

    /// As [`text_at`](Self::text_at), where the schemas allow 35 characters.
    ///
    /// # Errors
    /// [`ReadError::Bound`].
    pub(crate) fn short_at(&self, path: &[&str]) -> Result<Option<String>, ReadError> {
        self.at(path).map_or(Ok(None), Self::short)
    }

    fn short(&self) -> Result<Option<String>, ReadError> {
        let text = self.text();
        if text.is_some_and(|text| text.len() > MAX_SHORT_BYTES) {
            return Err(ReadError::Bound {
                what: "bytes of an identifier",
                limit: MAX_SHORT_BYTES,
            });
        }
        Ok(text.map(str::to_owned))
    }

    pub(crate) fn required_short(&self, name: &'static str) -> Result<String, ReadError> {
        self.required_text(name)?;
        let short = self.required(name)?.short()?;
        Ok(short.unwrap_or_default())
    }

    pub(crate) fn required(&self, name: &'static str) -> Result<&Self, ReadError> {
        self.child(name).ok_or_else(|| ReadError::Missing {
            parent: self.name.clone(),
            element: name,
        })
    }

    pub(crate) fn required_text(&self, name: &'static str) -> Result<String, ReadError> {
        let text = self.required(name)?.text();
        text.map(str::to_owned).ok_or_else(|| ReadError::Missing {
            parent: self.name.clone(),
            element: name,
        })
    }
}

/// Reads `bytes` as a `Document` of one of `messages`, such as `camt.054.`, and returns its tree
/// and the message's place in the list.
///
/// Banks write the namespace of ISO (`urn:iso:std:iso:20022:tech:xsd:camt.054.001.08`), of their
/// country's scheme (`http://www.six-interbank-clearing.com/de/pain.002.001.03.ch.02.xsd`) or none
/// at all: the message is the one whose name stands in it, or whose element is in the document.
/// Envelopes around the document are passed over.
pub(crate) fn read(bytes: &[u8], messages: &[MessageName]) -> Result<(Element, usize), ReadError> {
    if bytes.len() > MAX_DOCUMENT_BYTES {
        return Err(ReadError::Bound {
            what: "size in bytes",
            limit: MAX_DOCUMENT_BYTES,
        });
    }
    let text = std::str::from_utf8(bytes).map_err(|_| ReadError::Encoding)?;
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let mut reader = NsReader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut tree = Tree::new(messages);
    loop {
        let position = reader.buffer_position();
        let event = reader
            .read_event()
            .map_err(|source| ReadError::Syntax { position, source })?;
        match event {
            Event::Start(start) => {
                let (bound, local) = reader.resolver().resolve_element(start.name());
                let name = String::from_utf8_lossy(local.as_ref()).into_owned();
                tree.open(&bound, name, &start, position)?;
            }
            Event::End(_) => tree.close()?,
            Event::Text(part) => {
                let part = part.xml10_content().map_err(|_| ReadError::Encoding)?;
                tree.push(&part, position)?;
            }
            Event::CData(part) => {
                let part = part.xml10_content().map_err(|_| ReadError::Encoding)?;
                tree.push(&part, position)?;
            }
            Event::GeneralRef(reference) => {
                let character = predefined(&reference).ok_or(ReadError::Entity { position })?;
                tree.push(character.encode_utf8(&mut [0; 4]), position)?;
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

/// The character of a numeric reference that XML 1.0 §2.2 allows, or of the five entities that
/// XML itself defines.
fn predefined(reference: &quick_xml::events::BytesRef<'_>) -> Option<char> {
    let character = match reference.resolve_char_ref() {
        Ok(Some(character)) => character,
        Ok(None) => match reference.as_ref() {
            b"amp" => '&',
            b"lt" => '<',
            b"gt" => '>',
            b"quot" => '"',
            b"apos" => '\'',
            _ => return None,
        },
        Err(_) => return None,
    };
    is_legal(character).then_some(character)
}

/// Whether XML 1.0 §2.2 allows the character.
fn is_legal(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{D7FF}'
        | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

/// The tree while it grows.
struct Tree<'m> {
    messages: &'m [MessageName],
    /// Of the document, once it is open.
    namespace: Vec<u8>,
    /// Which message the namespace names.
    place: Option<usize>,
    open: Vec<Element>,
    /// How deep we are in an element of another namespace; 0 when we are not.
    foreign: usize,
    /// How deep we are in what stands around the document.
    envelope: usize,
    /// The outermost element, for the error.
    outermost: Option<String>,
    elements: usize,
    root: Option<Element>,
}

impl<'m> Tree<'m> {
    fn new(messages: &'m [MessageName]) -> Self {
        Self {
            messages,
            namespace: Vec::new(),
            place: None,
            open: Vec::new(),
            foreign: 0,
            envelope: 0,
            outermost: None,
            elements: 0,
            root: None,
        }
    }

    fn open(
        &mut self,
        bound: &ResolveResult<'_>,
        name: String,
        start: &BytesStart<'_>,
        position: u64,
    ) -> Result<(), ReadError> {
        self.count()?;
        let currency = currency(start, position)?;
        let namespace: &[u8] = match bound {
            ResolveResult::Bound(namespace) => namespace.0,
            ResolveResult::Unbound | ResolveResult::Unknown(_) => b"",
        };
        if self.open.is_empty() && self.foreign == 0 && !self.begins(namespace, &name)? {
            self.envelope += 1;
        } else if self.foreign > 0 || namespace != self.namespace {
            self.foreign += 1;
        } else {
            self.open.push(Element {
                name,
                currency,
                ..Element::default()
            });
        }
        if self.open.len() + self.foreign + self.envelope > MAX_DEPTH {
            return Err(ReadError::Bound {
                what: "depth",
                limit: MAX_DEPTH,
            });
        }
        Ok(())
    }

    fn count(&mut self) -> Result<(), ReadError> {
        self.elements += 1;
        if self.elements > MAX_ELEMENTS {
            return Err(ReadError::Bound {
                what: "number of elements",
                limit: MAX_ELEMENTS,
            });
        }
        Ok(())
    }

    /// Whether the document begins here; else this is an envelope's element.
    fn begins(&mut self, namespace: &[u8], name: &str) -> Result<bool, ReadError> {
        let outermost = self.outermost.is_none();
        if outermost {
            self.outermost = Some(shown(namespace, name));
        }
        if name != "Document" {
            // A second root.
            return if outermost || self.envelope > 0 {
                Ok(false)
            } else {
                Err(ReadError::Root)
            };
        }
        if self.root.is_some() || (!outermost && self.envelope == 0) {
            return Err(ReadError::Root);
        }
        let text = String::from_utf8_lossy(namespace);
        let named = |message: &MessageName| text.contains(message.namespace);
        self.place = self.messages.iter().position(named);
        if self.place.is_none() && !namespace.is_empty() {
            return Err(self.another(shown(namespace, name)));
        }
        namespace.clone_into(&mut self.namespace);
        Ok(true)
    }

    fn another(&self, found: String) -> ReadError {
        let names: Vec<&str> = self
            .messages
            .iter()
            .map(|message| message.namespace.trim_end_matches('.'))
            .collect();
        ReadError::Message {
            wanted: names.join(" or "),
            found,
        }
    }

    fn close(&mut self) -> Result<(), ReadError> {
        if self.foreign > 0 {
            self.foreign -= 1;
            return Ok(());
        }
        if self.open.is_empty() && self.envelope > 0 {
            self.envelope -= 1;
            return Ok(());
        }
        let element = self.open.pop().ok_or(ReadError::Root)?;
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None => self.root = Some(element),
        }
        Ok(())
    }

    fn push(&mut self, part: &str, position: u64) -> Result<(), ReadError> {
        if let Some(character) = part.chars().find(|character| !is_legal(*character)) {
            return Err(ReadError::Character {
                character,
                position,
            });
        }
        if self.foreign > 0 {
            return Ok(());
        }
        let Some(element) = self.open.last_mut() else {
            if self.envelope > 0 {
                return Ok(());
            }
            let blank = part.trim_matches([' ', '\t', '\r', '\n']).is_empty();
            return if blank { Ok(()) } else { Err(ReadError::Root) };
        };
        if element.text.len() + part.len() > MAX_TEXT_BYTES {
            return Err(ReadError::Bound {
                what: "length of a text",
                limit: MAX_TEXT_BYTES,
            });
        }
        element.text.push_str(part);
        Ok(())
    }

    fn finish(mut self) -> Result<(Element, usize), ReadError> {
        if !self.open.is_empty() || self.foreign > 0 || self.envelope > 0 {
            return Err(ReadError::Root);
        }
        let Some(root) = self.root.take() else {
            return Err(match self.outermost.take() {
                Some(outermost) => self.another(outermost),
                None => ReadError::Root,
            });
        };
        let holds = |message: &MessageName| root.child(message.element).is_some();
        match self.place.or_else(|| self.messages.iter().position(holds)) {
            Some(place) => Ok((root, place)),
            None => Err(self.another("a document without namespace".to_owned())),
        }
    }
}

/// Namespace and name, shortened.
fn shown(namespace: &[u8], name: &str) -> String {
    let namespace: String = String::from_utf8_lossy(namespace)
        .chars()
        .take(80)
        .collect();
    let name: String = name.chars().take(40).collect();
    format!("{namespace} {name}").trim_start().to_owned()
}

fn currency(start: &BytesStart<'_>, position: u64) -> Result<Option<String>, ReadError> {
    let mut found = None;
    for (index, attribute) in start.attributes().enumerate() {
        if index == MAX_ATTRIBUTES {
            return Err(ReadError::Bound {
                what: "number of attributes",
                limit: MAX_ATTRIBUTES,
            });
        }
        let attribute = attribute.map_err(|error| ReadError::Syntax {
            position,
            source: error.into(),
        })?;
        if attribute.key.as_ref() == b"Ccy" {
            let value = String::from_utf8_lossy(&attribute.value);
            found = Some(value.chars().take(8).collect());
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
