//! JSON of the managers' requests for files (`PROTOCOL.md` section 16).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use wattkey_pki::Digest;

use super::{SourceName, Totals};
use crate::time;

/// `POST /v1/imports`: what a file will be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewImport {
    /// The first line of the file, without its end.
    pub header: String,
    /// The signature: compact JWS.
    pub signature: String,
    /// Length of the file.
    pub bytes: u64,
}

/// Where a file that comes in stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ImportState {
    /// Chunks are missing.
    Uploading,
    /// All of it is there.
    Uploaded,
    /// It is being read and rehearsed.
    Checking,
    /// It can be taken in as it is.
    Checked,
    /// It cannot be taken in; `errors` say why.
    Bad,
    /// It is being taken in.
    Committing,
    /// It is in the books.
    Taken,
}

/// A file that comes in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// Who wrote it.
    pub source: SourceName,
    /// Its number.
    pub number: u64,
    /// SHA-256 of its bytes.
    pub digest: Digest,
    /// Lines after the header.
    pub records: u64,
    /// Where it stands.
    pub state: ImportState,
    /// How its bytes come in; absent once it is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload: Option<ReceivedChunk>,
    /// How far the work on it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<Progress>,
    /// Totals, as they were counted; the header's once it is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub totals: Option<Totals>,
    /// New records, known ones, replaced ones, those that posted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<ImportCounts>,
    /// What is wrong, at most a hundred.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FileError>,
    /// When it was taken in.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional")]
    pub taken: Option<Timestamp>,
}

/// Where an upload goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceivedChunk {
    /// Length of the file.
    pub bytes: u64,
    /// Bytes of each chunk but the last.
    pub chunk: u64,
    /// Number of the next chunk, from 0.
    pub next: u64,
    /// How many chunks there are.
    pub chunks: u64,
}

/// How far the work on a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Records that are done.
    pub done: u64,
    /// Of how many.
    pub of: u64,
}

/// What an import did, or would do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportCounts {
    /// Records that are new.
    pub added: u64,
    /// Records that were there with the same content.
    pub unchanged: u64,
    /// Customers, users and accounts whose content is replaced.
    pub replaced: u64,
    /// New records that moved money.
    pub posted: u64,
    /// Payments and credit notes of which something went to a deposit.
    pub surpluses: u64,
}

/// Something that is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileError {
    /// The line, from 1; the header is line 1. 0 when it is the file as a whole.
    pub line: u64,
    /// The member to blame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What is wrong.
    pub problem: String,
}

/// `GET /v1/imports`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imports {
    /// Those that are staged, then those that were taken in, the last one first.
    pub items: Vec<Import>,
}

/// `POST /v1/exports`: makes the file with this number, unless it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewExport {
    /// The number after the last one.
    pub number: u64,
}

/// A file that goes out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Export {
    /// Its number.
    pub number: u64,
    /// When it was made.
    #[serde(with = "time")]
    pub created: Timestamp,
    /// SHA-256 of its bytes.
    pub digest: Digest,
    /// Length of the file.
    pub bytes: u64,
    /// Lines after the header.
    pub records: u64,
    /// What they are.
    pub totals: Totals,
    /// Its signature: compact JWS.
    pub signature: String,
    /// When its acknowledgement came in.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional")]
    pub acknowledged: Option<Timestamp>,
}

/// `GET /v1/exports`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exports {
    /// The last ones, the last one first.
    pub items: Vec<Export>,
    /// Number of the one that would be next.
    pub next: u64,
}

/// A time that may be absent.
mod optional {
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::time;

    #[expect(clippy::ref_option, reason = "the form that serde calls")]
    pub(super) fn serialize<S: Serializer>(
        time: &Option<Timestamp>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match time {
            Some(time) => time::serialize(time, to),
            None => to.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Timestamp>, D::Error> {
        #[derive(Deserialize)]
        struct Time(#[serde(with = "time")] Timestamp);
        Ok(Option::<Time>::deserialize(from)?.map(|time| time.0))
    }
}
