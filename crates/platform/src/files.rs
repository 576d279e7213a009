//! Files to and from the internal network (PROTOCOL.md, section 16).
//!
//! What comes in is staged in the state folder, chunk by chunk, checked and rehearsed, and then
//! taken into the books in one transaction ([`staging`], [`import`]). What goes out is made from the
//! journal and kept in the books ([`export`]).

pub mod export;
pub mod import;
pub mod reader;
pub mod staging;

use std::collections::BTreeMap;
use std::path::Path;

use wattkey_pki::Certificate;
use wattkey_protocol::file::SourceName;

use staging::{Staging, StagingError};

/// Whose files are taken, and those that are on their way.
#[derive(Debug)]
pub struct Files {
    /// The one certificate of each source.
    pub sources: BTreeMap<SourceName, Certificate>,
    /// What is staged.
    pub staging: Staging,
}

impl Files {
    /// Finds what is staged in the state folder.
    ///
    /// # Errors
    /// [`StagingError`].
    pub fn open(
        state: &Path,
        sources: BTreeMap<SourceName, Certificate>,
    ) -> Result<Self, StagingError> {
        Ok(Self {
            sources,
            staging: Staging::open(&state.join("imports"))?,
        })
    }
}
