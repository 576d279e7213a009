//! The message as a tree, strictly: well formed, one namespace, no document type, no entities.

use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;

use super::Kind;

/// The deepest nesting that is read.
const MAX_DEPTH: usize = 30;
/// The most elements that are read.
const MAX_NODES: usize = 100_000;

/// An element. Text is kept exactly; a node has text or children, white space aside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// Local name.
    pub name: String,
    /// Attributes but namespace declarations, with their values.
    pub attributes: Vec<(String, String)>,
    /// Text of this element itself.
    pub text: String,
    /// Elements within.
    pub children: Vec<Node>,
}

impl Node {
    /// The node at the end of `path`, names divided by `/`, the first of each name.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<&Self> {
        path.split('/').try_fold(self, |node, name| {
            node.children.iter().find(|child| child.name == name)
        })
    }

    /// Text at the end of `path`.
    #[must_use]
    pub fn value(&self, path: &str) -> Option<&str> {
        self.find(path).map(|node| node.text.as_str())
    }

    /// Children of this name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }
}

/// Reads a document whose root is `Document` in the namespace of a message that the bank takes, like
/// everything in it.
///
/// # Errors
/// What is wrong.
pub fn parse(bytes: &[u8]) -> Result<(Kind, Node), String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "not UTF-8".to_owned())?;
    let mut parser = Parser {
        reader: NsReader::from_str(text),
        nodes: 0,
        kind: None,
    };
    parser.reader.config_mut().expand_empty_elements = true;
    let root = parser.document()?;
    let kind = parser.kind.ok_or_else(|| "empty".to_owned())?;
    Ok((kind, root))
}

struct Parser<'a> {
    reader: NsReader<&'a [u8]>,
    nodes: usize,
    /// Whose namespace the root has.
    kind: Option<Kind>,
}

impl<'a> Parser<'a> {
    fn next(&mut self) -> Result<Event<'a>, String> {
        let event = self.reader.read_event().map_err(|e| e.to_string())?;
        match event {
            Event::DocType(_) => Err("a document type is refused".into()),
            Event::PI(_) => Err("processing instructions are refused".into()),
            other => Ok(other),
        }
    }

    fn document(&mut self) -> Result<Node, String> {
        let mut root = None;
        loop {
            match self.next()? {
                Event::Start(start) if root.is_none() => {
                    let node = self.element(&start, 1)?;
                    if node.name != "Document" {
                        return Err(format!("the root is {}", node.name));
                    }
                    root = Some(node);
                }
                Event::Text(text) if is_blank(&text) => {}
                Event::Decl(_) | Event::Comment(_) => {}
                Event::Eof => return root.ok_or_else(|| "empty".into()),
                _ => return Err("content beside the root".into()),
            }
        }
    }

    fn element(&mut self, start: &BytesStart<'_>, depth: usize) -> Result<Node, String> {
        self.nodes += 1;
        if depth > MAX_DEPTH || self.nodes > MAX_NODES {
            return Err("too deep or too many elements".into());
        }
        let mut node = self.open(start)?;
        loop {
            match self.next()? {
                Event::Start(start) => {
                    let child = self.element(&start, depth + 1)?;
                    node.children.push(child);
                }
                Event::End(_) => break,
                Event::Text(text) => {
                    node.text += &text.xml10_content().map_err(|e| e.to_string())?;
                }
                Event::CData(text) => {
                    node.text += &text.xml10_content().map_err(|e| e.to_string())?;
                }
                Event::GeneralRef(reference) => {
                    let name = reference.decode().map_err(|e| e.to_string())?;
                    let entity = format!("&{name};");
                    let resolved = quick_xml::escape::unescape(&entity);
                    node.text += &resolved.map_err(|e| e.to_string())?;
                }
                Event::Comment(_) => {}
                _ => return Err(format!("unexpected content in {}", node.name)),
            }
        }
        if !node.children.is_empty() {
            if !is_blank(node.text.as_bytes()) {
                return Err(format!("text between the elements of {}", node.name));
            }
            node.text.clear();
        }
        Ok(node)
    }

    fn open(&mut self, start: &BytesStart<'_>) -> Result<Node, String> {
        let (namespace, local) = self.reader.resolver().resolve_element(start.name());
        let name = String::from_utf8_lossy(local.as_ref()).into_owned();
        let kind = match namespace {
            ResolveResult::Bound(bound) => Kind::ALL
                .into_iter()
                .find(|kind| bound.0 == kind.namespace().as_bytes()),
            _ => None,
        };
        // The first element is the root.
        let root = self.kind.or(kind);
        if kind.is_none() || kind != root {
            return Err(format!("{name} is of another namespace"));
        }
        self.kind = root;
        let mut attributes = Vec::new();
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|e| e.to_string())?;
            if attribute.key.as_namespace_binding().is_none() {
                let key = String::from_utf8_lossy(attribute.key.as_ref()).into_owned();
                let value = attribute.unescape_value().map_err(|e| e.to_string())?;
                attributes.push((key, value.into_owned()));
            }
        }
        Ok(Node {
            name,
            attributes,
            ..Node::default()
        })
    }
}

fn is_blank(text: &[u8]) -> bool {
    text.iter().all(u8::is_ascii_whitespace)
}
