//! ISO 20022 messages as the creditor writes and reads them.
//!
//! A power company collects a bill by direct debit. It sends the bank one customer direct debit
//! initiation per order ([`pain008`], pain.008.001.08), the bank answers with status reports
//! ([`pain002`]) and, when money has moved, with a debit/credit notification ([`camt054`]).
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
//! Standards: ISO 20022 pain.008.001.08, pain.002.001.03 and later, camt.054.001.02 and later;
//! the character set of ISO 20022's payment guides (EPC217-08 for what is outside it).
//!
//! What a bank sends is input from outside: every document is bounded in size, depth, number of
//! elements and length of text, has no document type and no entities of its own, and its amounts
//! are read exactly. Elements that this crate does not know are passed over.
//!
//! What it does not do: it sends nothing, keeps nothing, and does not decide what an answer means
//! for an order. It writes no other message than the direct debit.

pub mod account;
pub mod camt054;
pub mod identifier;
pub mod pain002;
pub mod pain008;
pub mod text;

mod amount;
mod xml;

pub use account::{Account, AccountError, Agent, AgentError};
pub use amount::AmountError;
pub use identifier::{Identifier, IdentifierError};
pub use text::CharacterSet;
pub use xml::{MAX_DEPTH, MAX_DOCUMENT_BYTES, MAX_ELEMENTS, MAX_TEXT_BYTES, ReadError};
