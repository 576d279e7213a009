use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{FileProblem, SourceName, Totals};
use crate::time;

/// Longest header of a file, in bytes, without the end of its line.
pub const MAX_HEADER: usize = 16 * 1024;

/// `type` of the first line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum HeaderType {
    #[default]
    Header,
}

/// `format` of a file that comes in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
enum ImportFormat {
    #[default]
    #[serde(rename = "wattkey-import-1")]
    One,
}

/// `format` of a file that goes out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
enum ExportFormat {
    #[default]
    #[serde(rename = "wattkey-export-1")]
    One,
}

/// The first line of a file that comes in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportHeader {
    #[serde(rename = "type")]
    kind: HeaderType,
    format: ImportFormat,
    /// Who wrote it.
    pub source: SourceName,
    /// Its number, from 1, without gaps for each source.
    pub number: u64,
    /// When it was written.
    #[serde(with = "time")]
    pub created: Timestamp,
    /// Lines that follow.
    pub records: u64,
    /// What they are.
    pub totals: Totals,
}

/// The first line of a file that goes out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportHeader {
    #[serde(rename = "type")]
    kind: HeaderType,
    format: ExportFormat,
    /// Its number, from 1, without gaps.
    pub number: u64,
    /// When it was made.
    #[serde(with = "time")]
    pub created: Timestamp,
    /// How far the chains of the journal were at the end of the file before.
    pub from: Vec<ChainPlace>,
    /// How far they are at the end of this one.
    pub to: Vec<ChainPlace>,
    /// Lines that follow.
    pub records: u64,
    /// What they are.
    pub totals: Totals,
}

/// A link of a chain of the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainPlace {
    /// The process whose chain it is.
    pub process: Uuid,
    /// Number of the link.
    pub sequence: u64,
}

impl ImportHeader {
    /// A header of the present format.
    #[must_use]
    pub fn new(
        source: SourceName,
        number: u64,
        created: Timestamp,
        records: u64,
        totals: Totals,
    ) -> Self {
        Self {
            kind: HeaderType::Header,
            format: ImportFormat::One,
            source,
            number,
            created,
            records,
            totals,
        }
    }

    /// Reads the first line of a file, without its end.
    ///
    /// # Errors
    /// [`FileProblem::HeaderTooLong`], [`FileProblem::Header`].
    pub fn parse(line: &[u8]) -> Result<Self, FileProblem> {
        read(line)
    }

    /// The line, without its end.
    #[must_use]
    pub fn to_line(&self) -> String {
        serde_json::to_string(self).expect("a header is JSON")
    }
}

impl ExportHeader {
    /// A header of the present format.
    #[must_use]
    pub fn new(
        number: u64,
        created: Timestamp,
        [from, to]: [Vec<ChainPlace>; 2],
        records: u64,
        totals: Totals,
    ) -> Self {
        Self {
            kind: HeaderType::Header,
            format: ExportFormat::One,
            number,
            created,
            from,
            to,
            records,
            totals,
        }
    }

    /// Reads the first line of a file, without its end.
    ///
    /// # Errors
    /// [`FileProblem::HeaderTooLong`], [`FileProblem::Header`].
    pub fn parse(line: &[u8]) -> Result<Self, FileProblem> {
        read(line)
    }

    /// The line, without its end.
    #[must_use]
    pub fn to_line(&self) -> String {
        serde_json::to_string(self).expect("a header is JSON")
    }
}

fn read<T: serde::de::DeserializeOwned>(line: &[u8]) -> Result<T, FileProblem> {
    if line.len() > MAX_HEADER {
        return Err(FileProblem::HeaderTooLong);
    }
    // serde would take a list of the members too.
    if line.trim_ascii_start().first() != Some(&b'{') {
        return Err(FileProblem::NoObject);
    }
    serde_json::from_slice(line).map_err(FileProblem::Header)
}
