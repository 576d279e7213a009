//! What the bank is sent: customer direct debit initiations, pain.008.001.08, and customer credit
//! transfer initiations, pain.001.001.09.

pub mod decimal;
pub mod rules;
pub mod schema;
pub mod tree;
mod types;

pub use rules::{Message, Payment};

use tree::Node;

/// Which of the two messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// pain.008: the sender collects.
    Collection,
    /// pain.001: the sender pays.
    Transfer,
}

impl Kind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Collection, Self::Transfer];

    /// The message's name, as reports repeat it.
    #[must_use]
    pub const fn message_name(self) -> &'static str {
        match self {
            Self::Collection => "pain.008.001.08",
            Self::Transfer => "pain.001.001.09",
        }
    }

    /// The namespace, of which no other version is taken.
    #[must_use]
    pub const fn namespace(self) -> &'static str {
        match self {
            Self::Collection => "urn:iso:std:iso:20022:tech:xsd:pain.008.001.08",
            Self::Transfer => "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09",
        }
    }

    /// The element within `Document`.
    const fn initiation(self) -> &'static str {
        match self {
            Self::Collection => "CstmrDrctDbtInitn",
            Self::Transfer => "CstmrCdtTrfInitn",
        }
    }
}

/// What came in, as far as it can be understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// A message that the schema allows and that adds up.
    Sound(Message),
    /// One that is refused as a whole.
    Broken {
        /// Which message it is.
        kind: Kind,
        /// `MsgId`, if there is one.
        message_id: Option<String>,
        /// Reason code of ISO 20022.
        reason: &'static str,
        /// What and where.
        text: String,
    },
}

/// Something that is no order to the bank at all: there is nothing to report on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("neither pain.008.001.08 nor pain.001.001.09: {0}")]
pub struct NoMessage(String);

/// Reads a message.
///
/// # Errors
/// When it is not well-formed XML whose root is the `Document` of one of the two messages.
pub fn receive(bytes: &[u8]) -> Result<Received, NoMessage> {
    let (kind, root) = tree::parse(bytes).map_err(NoMessage)?;
    let checked = schema::check(kind, &root)
        .map_err(|text| ("FF01", text))
        .and_then(|()| rules::message(kind, &root));
    Ok(match checked {
        Ok(message) => Received::Sound(message),
        Err((reason, text)) => Received::Broken {
            kind,
            message_id: message_id(kind, &root),
            reason,
            text,
        },
    })
}

fn message_id(kind: Kind, root: &Node) -> Option<String> {
    let id = root.find(&format!("{}/GrpHdr/MsgId", kind.initiation()))?;
    let length = id.text.chars().count();
    (1..=35).contains(&length).then(|| id.text.clone())
}

#[cfg(test)]
mod tests;
