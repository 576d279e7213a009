//! What is wrong with a line, and which member of it is to blame.

use serde::de::DeserializeOwned;
use wattkey_domain::tariff::{MeteredError, TariffError};
use wattkey_domain::usage::ScheduleError;
use wattkey_domain::{BillDocumentError, MoneyError};

use super::{
    Account, Customer, MAX_RIGHTS, MAX_TEXT, Mandate, MandateEnd, MeteringPoint, Payee, RawBill,
    RawCreditNote, RawDocument, RawMetered, RawOpeningBalance, RawPayment, RawReadings,
    RawSchedule, RawTaxInvoice, User,
};

/// The line is not a record.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// Not JSON, or not of one of the known types with exactly its members.
    #[error("not a record of the import file")]
    Json {
        /// The member to blame, where one is.
        field: Option<String>,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// Something else than an object.
    #[error("not a record of the import file: it must be a JSON object")]
    NoObject,
    /// A text is empty, too long, or has control characters.
    #[error("`{field}` must have 1 to {MAX_TEXT} characters and no control characters")]
    Text {
        /// Which member.
        field: &'static str,
    },
    /// More rights than there are.
    #[error("`rights` must have at most {MAX_RIGHTS} entries")]
    Rights,
    /// A limit that cannot be.
    #[error("`limits` must be minor units, from 0 to 9007199254740991")]
    Limits,
    /// The time zone is not known on this machine.
    #[error("`time_zone` is not a known time zone: write an IANA name such as Asia/Shanghai")]
    TimeZone,
    /// An amount cannot be.
    #[error("`{field}` is out of bounds")]
    Amount {
        /// Which member.
        field: &'static str,
        /// Why.
        source: MoneyError,
    },
    /// An amount is zero.
    #[error("`{field}` must be more than zero")]
    NoAmount {
        /// Which member.
        field: &'static str,
    },
    /// The id of a credit note cannot be.
    #[error("`id` must have 1 to 32 characters of A-Z a-z 0-9 . -")]
    Id,
    /// The name of a tax invoice's file is no plain name.
    #[error(
        "`file.name` must have at most 60 characters, none of / \\ : * ? \" < > |, and no dot first"
    )]
    FileName,
    /// The file of a tax invoice is something else.
    #[error("`file.media_type` must be application/pdf, application/ofd or application/xml")]
    FileType,
    /// The file of a tax invoice cannot be.
    #[error("`file.bytes` must be 1 byte to 256 KiB as base64url without padding")]
    FileBytes,
    /// The name of a channel has a slash.
    #[error("`channel` must have no `/`")]
    Channel,
    /// The document is not base64url without padding.
    #[error("`document` is not base64url without padding")]
    Encoding,
    /// The document is not a bill that adds up.
    #[error("`document` is not a bill document")]
    Document(#[source] BillDocumentError),
    /// The document is not a tariff.
    #[error("`document` is not a tariff")]
    Tariff(#[source] TariffError),
    /// The document is not a schedule.
    #[error("`document` is not a schedule")]
    Schedule(#[source] ScheduleError),
    /// The document is not a metered month.
    #[error("`document` is not a metered month")]
    Metered(#[source] MeteredError),
    /// A member is not what it must be.
    #[error("`{field}`: {problem}")]
    Unfit {
        /// Which member.
        field: &'static str,
        /// What is wrong, and what to write.
        problem: &'static str,
    },
}

impl RecordError {
    /// The member to blame, where one is.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::NoObject => None,
            Self::Json { field, .. } => field.as_deref(),
            Self::Text { field } | Self::Amount { field, .. } | Self::NoAmount { field } => {
                Some(field)
            }
            Self::Rights => Some("rights"),
            Self::Limits => Some("limits"),
            Self::TimeZone => Some("time_zone"),
            Self::Id => Some("id"),
            Self::Channel => Some("channel"),
            Self::FileName => Some("file.name"),
            Self::FileType => Some("file.media_type"),
            Self::FileBytes => Some("file.bytes"),
            Self::Encoding
            | Self::Document(_)
            | Self::Tariff(_)
            | Self::Schedule(_)
            | Self::Metered(_) => Some("document"),
            Self::Unfit { field, .. } => Some(field),
        }
    }
}

/// Reads the line once more, only to find out which member is to blame.
pub(super) fn fault(line: &[u8], source: serde_json::Error) -> RecordError {
    let said = source.to_string();
    let field = named(&said).or_else(|| found(line));
    RecordError::Json { field, source }
}

/// The member that serde names: `missing field `x``.
fn named(said: &str) -> Option<String> {
    let beginnings = ["missing field `", "unknown field `", "duplicate field `"];
    beginnings.iter().find_map(|beginning| {
        let rest = said.strip_prefix(beginning)?;
        rest.split_once('`').map(|(name, _)| name.to_owned())
    })
}

/// The member that has another type or form than it must.
fn found(line: &[u8]) -> Option<String> {
    let mut value: serde_json::Value = serde_json::from_slice(line).ok()?;
    let kind = value.as_object_mut()?.remove("type");
    match kind.as_ref()?.as_str()? {
        "payee" => path::<Payee>(value),
        "customer" => path::<Customer>(value),
        "user" => path::<User>(value),
        "account" => path::<Account>(value),
        "mandate" => path::<Mandate>(value),
        "bill" => path::<RawBill>(value),
        "payment" => path::<RawPayment>(value),
        "credit-note" => path::<RawCreditNote>(value),
        "opening-balance" => path::<RawOpeningBalance>(value),
        "mandate-end" => path::<MandateEnd>(value),
        "tax-invoice" => path::<RawTaxInvoice>(value),
        "tariff" => path::<RawDocument>(value),
        "schedule" => path::<RawSchedule>(value),
        "metering-point" => path::<MeteringPoint>(value),
        "metered" => path::<RawMetered>(value),
        "readings" => path::<RawReadings>(value),
        _ => Some("type".to_owned()),
    }
}

fn path<T: DeserializeOwned>(value: serde_json::Value) -> Option<String> {
    let error = serde_path_to_error::deserialize::<_, T>(value).err()?;
    let path = error.path().to_string();
    (path != ".").then_some(path)
}
