//! The bank's notification of entries: bank to customer debit/credit notification,
//! camt.054.001.02 and later. What it holds is in [`crate::camt`].

use crate::camt::{self, Kind, Message};
use crate::xml::ReadError;

pub use crate::camt::{Booking, Direction};

/// Reads a notification.
///
/// # Errors
/// As [`camt::read`]; a statement is another message.
pub fn read(bytes: &[u8]) -> Result<Message, ReadError> {
    camt::read_only(bytes, Kind::Notification)
}
