//! The bank's statement of an account's day: bank to customer statement, camt.053.001.02 and
//! later. What it holds is in [`crate::camt`].

use crate::camt::{self, Kind, Message};
use crate::xml::ReadError;

/// Reads a statement.
///
/// # Errors
/// As [`camt::read`]; a notification is another message.
pub fn read(bytes: &[u8]) -> Result<Message, ReadError> {
    camt::read_only(bytes, Kind::Statement)
}
