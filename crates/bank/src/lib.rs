//! ISO 20022 messages as the creditor writes and reads them.
//!
//! A power company collects a bill by direct debit. It sends the bank one customer direct debit
//! initiation per order ([`pain008`], pain.008.001.08), the bank answers with status reports
//! ([`pain002`]) and, when money has moved, with notifications and the day's statement ([`camt`]).
//! Or the customer pays by himself: he gets a creditor reference ([`mod@reference`]) and a credit
//! transfer for his own bank ([`pain001`], pain.001.001.09), and the incoming credit carries the
//! reference. Messages travel over folders ([`exchange`]); the bank's days are in [`calendar`].
//!
//! ```
//! let report = wattkey_bank::pain002::read(br#"<Document
//!     xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt>
//!     <GrpHdr><MsgId>S-1</MsgId></GrpHdr>
//!     <OrgnlGrpInfAndSts><OrgnlMsgId>WK1</OrgnlMsgId><GrpSts>RJCT</GrpSts></OrgnlGrpInfAndSts>
//!     </CstmrPmtStsRpt></Document>"#)?;
//! assert!(report.outcomes()[0].status.is_rejected());
//! # Ok::<(), wattkey_bank::ReadError>(())
//! ```
//!
//! Standards: ISO 20022 pain.008.001.08, pain.001.001.09, pain.002.001.02 and later, camt.053.001.02
//! and camt.054.001.02 and later; ISO 11649 creditor references; the character set of ISO 20022's payment guides (EPC217-08 for what is outside it).
//!
//! What a bank sends is input from outside: every document is bounded in size, depth, number of
//! elements and length of text, has no document type and no entities of its own, and its amounts
//! are read exactly. Elements that this crate does not know are passed over.
//!
//! What it does not do: it keeps nothing but files in folders, and does not decide what an answer
//! means for an order.

pub mod account;
pub mod calendar;
pub mod camt;
pub mod camt053;
pub mod camt054;
pub mod exchange;
pub mod identifier;
pub mod message;
pub mod pain001;
pub mod pain002;
pub mod pain008;
pub mod reference;
pub mod text;

mod amount;
mod write;
mod xml;

pub use account::{Account, AccountError, Agent, AgentError};
pub use amount::AmountError;
pub use identifier::{Identifier, IdentifierError};
pub use reference::{CreditorReference, ReferenceError};
pub use text::CharacterSet;
pub use xml::{MAX_DEPTH, MAX_DOCUMENT_BYTES, MAX_ELEMENTS, MAX_TEXT_BYTES, ReadError};
