//! The books on disk: SQLite, written by one thread that commits many callers together.
//!
//! A caller of an async method of [`Store`] that writes is answered only after `COMMIT` returned
//! with `synchronous = FULL`, so what it is told is durable. All callers that wait at one moment
//! share one transaction (group commit); each works in a savepoint of its own, so that the failure
//! of one does not undo its neighbours. Readers have connections of their own and never wait for
//! the writer.
//!
//! Outcomes are exact: [`AcceptOutcome`], [`BankEventOutcome`] and the like say what is, and never
//! only that something is in the way. [`StoreError`] is for faults.
//!
//! Transfers, links of the journal, the history of orders, receipts, binding steps and what the
//! bank said are only ever added; triggers refuse the rest, and [`Store::verify`] finds what was
//! changed behind their back. A chain that is cut at its end is found where something else still
//! points at it, such as an order's history; checkpoints for the rest come later.
//!
//! What is open of a bill is the sum of the transfers of its receivable. `bills.open_minor` repeats
//! it for the reads; it is written in the same transaction, and checked by [`Store::verify`].
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! # let folder = tempfile::tempdir()?;
//! use wattkey_store::{Record, Store};
//!
//! let store = Store::open(&folder.path().join("books.sqlite"))?;
//! let line = br#"{"type":"customer","id":"50c99710-6a8d-4cb2-8905-ed89a25afa74","name":"Example Steel","locale":"en"}"#;
//! let now = "2026-09-01T00:00:00Z".parse()?;
//! let report = store.import(vec![Record::parse(line)?], now).await?;
//! assert_eq!(report.added, 1);
//! assert!(store.verify().await?.is_sound());
//! # Ok::<(), Box<dyn std::error::Error>>(()) })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What is not here: deposits, partial payments, other databases, checkpoints of the journal.

mod digest;
mod error;
mod open;
mod outcome;
mod read;
mod record;
mod row;
mod store;
mod verify;
mod write;

pub use error::StoreError;
pub use outcome::{
    AcceptBill, AcceptOrder, AcceptOutcome, AppendOutcome, BankEventOutcome, BankMessage,
    BankMessageOutcome, BankRemark, BankReport, BindingHead, BindingStep, Counters,
    JournalPosition, OrderPosted, OutboxMessage, ReceiptSaved,
};
pub use read::bills::{BillCursor, BillDocumentBytes, BillOrder, BillQuery, BillRow, BillState};
pub use read::orders::{OrderCursor, OrderEvent, OrderRecord, Receipt};
pub use read::people::{AccountRow, AccountSums};
pub use read::{MAX_PAGE, MalformedCursor, Page};
pub use record::{
    Account, BillRecord, Customer, Mandate, Payee, Payment, Record, RecordError, User,
};
pub use store::Store;
pub use verify::{Finding, VerifyReport};
pub use write::import::{ImportError, ImportReport};
