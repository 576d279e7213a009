//! What a capsule holds: Binary HTTP ([RFC 9292](https://www.rfc-editor.org/rfc/rfc9292)) messages of
//! known length (§3.1), padded with zeros (§3.8) to one of [`SIZE_CLASSES`], so that the length of a
//! capsule says little about what is in it.
//!
//! Refused, beyond what RFC 9292 calls invalid: indeterminate length, interim responses, trailers,
//! and whatever exceeds the bounds named here. They have no use in one request with one answer.

mod check;
mod outline;

use bhttp::{ControlData, Message, Mode, StatusCode};
use std::io::Cursor;

/// Lengths of padded messages, in bytes.
pub const SIZE_CLASSES: [usize; 6] = [1 << 10, 4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20];

/// The longest encapsulated request or response, in bytes: a message of the largest size class, and
/// room for what encapsulation adds (88 bytes to a request, at most 48 to a response).
pub const MAX_CAPSULE: usize = (1 << 20) + (1 << 10);

/// The longest message, in bytes.
pub const MAX_MESSAGE: usize = SIZE_CLASSES[SIZE_CLASSES.len() - 1];

/// The most header fields of a message.
pub const MAX_FIELDS: usize = 64;

/// The longest header section, in bytes.
pub const MAX_FIELD_SECTION: usize = 64 << 10;

/// The longest path with query, and the longest authority, in bytes.
pub const MAX_TARGET: usize = 8 << 10;

/// The longest method or scheme, in bytes.
pub const MAX_TOKEN: usize = 32;

/// A request; content without the message's framing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `POST`, …
    pub method: String,
    /// `https`.
    pub scheme: String,
    /// Host, and port where it is not the scheme's; may be empty (RFC 9292 §3.4).
    pub authority: String,
    /// Path with query.
    pub path: String,
    /// Header fields in order; names in lower case.
    pub fields: Vec<(String, Vec<u8>)>,
    /// The content.
    pub body: Vec<u8>,
}

/// A response; content without the message's framing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// 200 to 599.
    pub status: u16,
    /// Header fields in order; names in lower case.
    pub fields: Vec<(String, Vec<u8>)>,
    /// The content.
    pub body: Vec<u8>,
}

/// Why a message could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    /// Longer than the largest size class.
    #[error("message of {0} bytes is longer than the largest size class")]
    TooLarge(usize),
    /// Not a known-length request where one is wanted, or response.
    #[error("framing indicator is {found}, not {wanted}")]
    Framing {
        /// 0 request, 1 response (RFC 9292 §3.3).
        wanted: u64,
        /// What the message begins with.
        found: u64,
    },
    /// A part is longer than its bound.
    #[error("{part} of {length} bytes is over the bound")]
    Bound {
        /// Which part.
        part: &'static str,
        /// Its length in bytes.
        length: u64,
    },
    /// More than [`MAX_FIELDS`] fields.
    #[error("{0} header fields are too many")]
    Fields(usize),
    /// It has trailer fields.
    #[error("message has a trailer section")]
    Trailers,
    /// A status under 200 or over 599.
    #[error("status {0} is not a final one")]
    Status(u64),
    /// Padding that is not zero.
    #[error("padding is not zero")]
    Padding,
    /// It ends within a part.
    #[error("message ends early")]
    Truncated,
    /// Method, scheme, authority or path have characters that they may not.
    #[error("{0} is not well formed")]
    Target(&'static str),
    /// A field name is empty, not in lower case, or no token (RFC 9292 §3.6).
    #[error("name of header field {0} is not well formed")]
    FieldName(usize),
    /// A field value has control characters or white space around it.
    #[error("value of header field {0} is not well formed")]
    FieldValue(usize),
    /// Reading or writing Binary HTTP failed.
    #[error("message is not Binary HTTP")]
    Binary(#[source] bhttp::Error),
}

impl Request {
    /// Writes the message and pads it to its size class.
    pub fn encode_padded(&self) -> Result<Vec<u8>, MessageError> {
        self.check()?;
        let message = Message::request(
            self.method.as_bytes().to_vec(),
            self.scheme.as_bytes().to_vec(),
            self.authority.as_bytes().to_vec(),
            self.path.as_bytes().to_vec(),
        );
        encode_padded(message, outline::REQUEST, &self.fields, &self.body)
    }

    /// Reads a message, padded or not.
    pub fn decode(bytes: &[u8]) -> Result<Self, MessageError> {
        let message = decode(bytes, outline::REQUEST)?;
        let ControlData::Request {
            method,
            scheme,
            authority,
            path,
        } = message.control()
        else {
            return Err(MessageError::Truncated);
        };
        let request = Self {
            method: text(method, "method")?,
            scheme: text(scheme, "scheme")?,
            authority: text(authority, "authority")?,
            path: text(path, "path")?,
            fields: fields(&message)?,
            body: message.content().to_vec(),
        };
        request.check()?;
        Ok(request)
    }

    /// The first value of the field `name`, in lower case.
    pub fn field(&self, name: &str) -> Option<&[u8]> {
        field(&self.fields, name)
    }

    fn check(&self) -> Result<(), MessageError> {
        check::target(self)?;
        check::fields(&self.fields)
    }
}

impl Response {
    /// Writes the message and pads it to its size class.
    pub fn encode_padded(&self) -> Result<Vec<u8>, MessageError> {
        self.check()?;
        let status = StatusCode::try_from(self.status).map_err(MessageError::Binary)?;
        let message = Message::response(status);
        encode_padded(message, outline::RESPONSE, &self.fields, &self.body)
    }

    /// Reads a message, padded or not.
    pub fn decode(bytes: &[u8]) -> Result<Self, MessageError> {
        let message = decode(bytes, outline::RESPONSE)?;
        let status = message.control().status().ok_or(MessageError::Truncated)?;
        let response = Self {
            status: status.code(),
            fields: fields(&message)?,
            body: message.content().to_vec(),
        };
        response.check()?;
        Ok(response)
    }

    /// The first value of the field `name`, in lower case.
    pub fn field(&self, name: &str) -> Option<&[u8]> {
        field(&self.fields, name)
    }

    fn check(&self) -> Result<(), MessageError> {
        if !(200..=599).contains(&self.status) {
            return Err(MessageError::Status(self.status.into()));
        }
        check::fields(&self.fields)
    }
}

fn encode_padded(
    mut message: Message,
    framing: u64,
    fields: &[(String, Vec<u8>)],
    body: &[u8],
) -> Result<Vec<u8>, MessageError> {
    for (name, value) in fields {
        message.put_header(name.as_bytes(), value.as_slice());
    }
    message.write_content(body);
    let mut bytes = Vec::new();
    message
        .write_bhttp(Mode::KnownLength, &mut bytes)
        .map_err(MessageError::Binary)?;
    outline::check(&bytes, framing)?;
    let class = SIZE_CLASSES
        .into_iter()
        .find(|class| *class >= bytes.len())
        .ok_or(MessageError::TooLarge(bytes.len()))?;
    bytes.resize(class, 0);
    Ok(bytes)
}

fn decode(bytes: &[u8], framing: u64) -> Result<Message, MessageError> {
    outline::check(bytes, framing)?;
    Message::read_bhttp(&mut Cursor::new(bytes)).map_err(MessageError::Binary)
}

fn text(bytes: &[u8], part: &'static str) -> Result<String, MessageError> {
    String::from_utf8(bytes.to_vec()).map_err(|_| MessageError::Target(part))
}

fn fields(message: &Message) -> Result<Vec<(String, Vec<u8>)>, MessageError> {
    message
        .header()
        .iter()
        .enumerate()
        .map(|(index, field)| {
            let name = String::from_utf8(field.name().to_vec())
                .map_err(|_| MessageError::FieldName(index))?;
            Ok((name, field.value().to_vec()))
        })
        .collect()
}

fn field<'a>(fields: &'a [(String, Vec<u8>)], name: &str) -> Option<&'a [u8]> {
    fields
        .iter()
        .find(|(field, _)| field == name)
        .map(|(_, value)| value.as_slice())
}
