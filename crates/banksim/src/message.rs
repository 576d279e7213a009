//! Customer direct debit initiations, pain.008.001.08, as the bank reads them.

pub mod decimal;
pub mod rules;
pub mod schema;
pub mod tree;
mod types;

pub use rules::{Collection, Message};

use tree::Node;

/// The only namespace that is taken.
pub const NAMESPACE: &str = "urn:iso:std:iso:20022:tech:xsd:pain.008.001.08";

/// What came in, as far as it can be understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// A message that the schema allows and that adds up.
    Sound(Message),
    /// One that is refused as a whole.
    Broken {
        /// `MsgId`, if there is one.
        message_id: Option<String>,
        /// Reason code of ISO 20022.
        reason: &'static str,
        /// What and where.
        text: String,
    },
}

/// Something that is not a direct debit initiation at all: there is nothing to report on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a message of {NAMESPACE}: {0}")]
pub struct NoMessage(String);

/// Reads a message.
///
/// # Errors
/// When it is not well-formed XML whose root is this message's `Document`.
pub fn receive(bytes: &[u8]) -> Result<Received, NoMessage> {
    let root = tree::parse(bytes).map_err(NoMessage)?;
    let checked = schema::check(&root)
        .map_err(|text| ("FF01", text))
        .and_then(|()| rules::message(&root));
    Ok(match checked {
        Ok(message) => Received::Sound(message),
        Err((reason, text)) => Received::Broken {
            message_id: message_id(&root),
            reason,
            text,
        },
    })
}

fn message_id(root: &Node) -> Option<String> {
    let id = root.find("CstmrDrctDbtInitn/GrpHdr/MsgId")?;
    let length = id.text.chars().count();
    (1..=35).contains(&length).then(|| id.text.clone())
}

#[cfg(test)]
mod tests;
