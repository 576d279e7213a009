//! Lists that begin with what came last.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use uuid::Uuid;

use super::MalformedCursor;
use crate::database::Value;

/// A place in a list that begins with what came last: when the last one that was seen came, and its
/// id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewestCursor {
    at: Timestamp,
    id: Uuid,
}

impl NewestCursor {
    pub(crate) fn new(at: Timestamp, id: &Uuid) -> Self {
        Self { at, id: *id }
    }

    /// As two parameters: the second, the id.
    pub(crate) fn values(&self) -> [Value; 2] {
        [self.at.as_second().into(), Value::text(self.id)]
    }
}

impl fmt::Display for NewestCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}~{}", self.at.as_second(), self.id.hyphenated())
    }
}

impl FromStr for NewestCursor {
    type Err = MalformedCursor;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (at, id) = text.split_once('~').ok_or(MalformedCursor)?;
        let at = at.parse().map_err(|_| MalformedCursor)?;
        Ok(Self {
            at: Timestamp::from_second(at).map_err(|_| MalformedCursor)?,
            id: Uuid::try_parse(id).map_err(|_| MalformedCursor)?,
        })
    }
}
