//! Files to and from the internal network (`PROTOCOL.md` section 16): signed, numbered,
//! acknowledged.
//!
//! A file is UTF-8, one JSON object a line. Its first line is a header; a detached signature
//! ([`FileSignature`]) covers its bytes; whoever has taken it in says so in an
//! [`Acknowledgement`], which is always the same one for the same file.
//!
//! Here are the header, the two signed documents, and the JSON of the managers' requests that
//! carry files. The records of an import are the store's.

mod acknowledgement;
mod api;
mod header;
mod line;
mod news;
mod signature;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use wattkey_domain::{Currency, MAX_MINOR};

pub use acknowledgement::{ACKNOWLEDGEMENT_TYPE, Acknowledgement, JournalPlace};
pub use api::{
    Export, Exports, FileError, Import, ImportCounts, ImportState, Imports, NewExport, NewImport,
    Progress, ReceivedChunk,
};
pub use header::{ChainPlace, ExportHeader, ImportHeader, MAX_HEADER};
pub use line::{ExportKind, ExportLine};
pub use news::ExportNews;
pub use signature::{FileSignature, MAX_SIGNATURE, SIGNATURE_TYPE};

/// Media type of a file (<https://github.com/ndjson/ndjson-spec>).
pub const MEDIA_NDJSON: &str = "application/x-ndjson";
/// Media type of a chunk.
pub const MEDIA_CHUNK: &str = "application/octet-stream";
/// Bytes of each chunk of a file that is handed in; the last one has what is left.
pub const CHUNK: usize = 4 * 1024 * 1024;
/// Most bytes of a file that is handed in.
pub const MAX_FILE: u64 = 16 * 1024 * 1024 * 1024;
/// Most records of a file that is handed in.
pub const MAX_RECORDS: u64 = 2_000_000;
/// JSON Schema (draft 2020-12) of the lines of a file that comes in.
pub const IMPORT_SCHEMA: &str = include_str!("../schema/import.schema.json");
/// JSON Schema (draft 2020-12) of the lines of a file that goes out.
pub const EXPORT_SCHEMA: &str = include_str!("../schema/export.schema.json");
/// Most types, and most currencies of one type, in the totals of a header.
const MAX_TOTALS: usize = 32;
/// Longest name of a source.
const MAX_SOURCE: usize = 32;
/// Longest name of a type of records.
const MAX_TYPE: usize = 32;

/// Why a file, its signature or an acknowledgement cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum FileProblem {
    /// Longer than any header.
    #[error("the header has over {MAX_HEADER} bytes")]
    HeaderTooLong,
    /// Something else than an object.
    #[error("the line is not a JSON object")]
    NoObject,
    /// Not the JSON of a header.
    #[error("the first line is not a header of this format")]
    Header(#[source] serde_json::Error),
    /// Longer than any line.
    #[error("the line is too long")]
    LineTooLong,
    /// Not the JSON of a line of a file that goes out.
    #[error("the line is not one of this format")]
    Line(#[source] serde_json::Error),
    /// An amount that cannot be.
    #[error("`amount` is out of bounds")]
    Amount,
    /// Not a compact JWS of the right type.
    #[error("the signature is malformed")]
    Jws(#[from] wattkey_pki::jws::JwsError),
    /// Not the payload of such a signature.
    #[error("the signed document is not one of a file")]
    Payload(#[source] serde_json::Error),
    /// It names another certificate than that of the source.
    #[error("the signature names another certificate than the one that is configured")]
    OtherCertificate,
    /// The certificate is not valid at this time.
    #[error("the certificate of the source is not valid now")]
    CertificateTime,
    /// The key of the certificate did not sign it.
    #[error("the signature does not verify")]
    Signature(#[from] wattkey_pki::BadSignature),
}

/// The system that a file comes from: 1 to 32 characters of `a-z 0-9 -`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SourceName(Box<str>);

/// The text is not the name of a source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a source: write 1 to {MAX_SOURCE} characters of a-z 0-9 -")]
pub struct MalformedSource;

impl SourceName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SourceName {
    type Err = MalformedSource;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if text.is_empty() || text.len() > MAX_SOURCE || !text.bytes().all(allowed) {
            return Err(MalformedSource);
        }
        Ok(Self(text.into()))
    }
}

impl TryFrom<String> for SourceName {
    type Error = MalformedSource;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<SourceName> for String {
    fn from(name: SourceName) -> Self {
        name.0.into()
    }
}

impl fmt::Display for SourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for SourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// How many records of each type a file has, and what they sum to. A type that does not occur is
/// absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Totals(BTreeMap<String, Total>);

/// The records of one type.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Total {
    /// How many.
    pub count: u64,
    /// Sums of their amounts in minor units, for each currency; none of types without amounts.
    pub amounts: BTreeMap<Currency, i64>,
}

/// The amounts sum to more than any amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the amounts sum to over 9007199254740991 minor units")]
pub struct TotalOverflow;

impl Totals {
    /// Counts a record, and its amount if it has one.
    ///
    /// # Errors
    /// [`TotalOverflow`].
    pub fn count(
        &mut self,
        of: &str,
        amount: Option<(Currency, i64)>,
    ) -> Result<(), TotalOverflow> {
        // Most records are of a type that is there already.
        if !self.0.contains_key(of) {
            self.0.insert(of.to_owned(), Total::default());
        }
        let Some(total) = self.0.get_mut(of) else {
            return Ok(());
        };
        total.count += 1;
        if let Some((currency, minor)) = amount {
            let sum = total.amounts.entry(currency).or_default();
            *sum = sum
                .checked_add(minor)
                .filter(|sum| (0..=MAX_MINOR).contains(sum))
                .ok_or(TotalOverflow)?;
        }
        Ok(())
    }

    /// The totals by type.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Total)> {
        self.0.iter().map(|(name, total)| (name.as_str(), total))
    }

    /// Of one type.
    #[must_use]
    pub fn of(&self, name: &str) -> Option<&Total> {
        self.0.get(name)
    }

    /// The types in which two totals differ.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let names = self.0.keys().chain(other.0.keys());
        let names: std::collections::BTreeSet<_> = names.collect();
        names
            .into_iter()
            .filter(|name| self.of(name) != other.of(name))
            .cloned()
            .collect()
    }
}

impl<'de> Deserialize<'de> for Totals {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let totals: Unique<String, Total> = Unique::deserialize(deserializer)?;
        let bad = |name: &String| {
            let allowed = |b: u8| b.is_ascii_lowercase() || b == b'-';
            name.is_empty() || name.len() > MAX_TYPE || !name.bytes().all(allowed)
        };
        if totals.0.keys().any(bad) {
            return Err(D::Error::custom("not a type of records in `totals`"));
        }
        if totals.0.values().any(|total| total.count == 0) {
            return Err(D::Error::custom("`count` is at least 1"));
        }
        Ok(Self(totals.0))
    }
}

impl<'de> Deserialize<'de> for Total {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Raw {
            count: u64,
            amounts: Unique<Currency, i64>,
        }
        let raw = Raw::deserialize(deserializer)?;
        let amounts = raw.amounts.0;
        if !amounts.values().all(|sum| (0..=MAX_MINOR).contains(sum)) {
            return Err(D::Error::custom("an amount of `totals` is out of bounds"));
        }
        Ok(Self {
            count: raw.count,
            amounts,
        })
    }
}

/// A map that refuses a key that is there twice, and more entries than there can be.
struct Unique<K, V>(BTreeMap<K, V>);

impl<'de, K: Deserialize<'de> + Ord, V: Deserialize<'de>> Deserialize<'de> for Unique<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<K, V>(std::marker::PhantomData<(K, V)>);

        impl<'de, K: Deserialize<'de> + Ord, V: Deserialize<'de>> Visitor<'de> for Entries<K, V> {
            type Value = BTreeMap<K, V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "an object of at most {MAX_TOTALS} members")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = BTreeMap::new();
                while let Some((key, value)) = map.next_entry()? {
                    if entries.len() >= MAX_TOTALS {
                        return Err(A::Error::custom("too many members"));
                    }
                    if entries.insert(key, value).is_some() {
                        return Err(A::Error::custom("a member is there twice"));
                    }
                }
                Ok(entries)
            }
        }

        deserializer
            .deserialize_map(Entries(std::marker::PhantomData))
            .map(Self)
    }
}

#[cfg(test)]
mod tests;
