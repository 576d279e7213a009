//! The books: SQLite in a file, or PostgreSQL, written by a posting engine that commits many callers
//! together.
//!
//! A caller of an async method of [`Store`] that writes is answered only after its commit, so what
//! it is told is durable. All callers that wait at one moment share one transaction: it loads what
//! they name, lets each of them decide in plain Rust, writes all rows at once, and commits. The
//! failure of one changes nothing for its neighbours. Readers have connections of their own and
//! never wait for the engine.
//!
//! Several processes may share one PostgreSQL. What they must agree on is held by row locks and
//! unique keys; a transaction that loses against another is run again. After
//! [`StoreError::Commit`] nobody knows whether a call happened: asking again looks first.
//!
//! Outcomes are exact: [`AcceptOutcome`], [`BankEventOutcome`] and the like say what is, and never
//! only that something is in the way. [`StoreError`] is for faults.
//!
//! Transfers, links of the journal, checkpoints, the history of orders, receipts, binding steps and
//! what the bank said are only ever added; triggers refuse the rest, and [`Store::verify`] finds
//! what was changed behind their back. Whoever keeps the last signed [`Checkpoint`] elsewhere also
//! finds a journal that was cut or written anew.
//!
//! What is open of a bill is the sum of the transfers of its receivable. `bills.open_minor` repeats
//! it for the reads, and `deposits.balance` does so for deposits; both are written in the same
//! transaction, and checked by [`Store::verify`].
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

pub mod backup;
mod block;
mod checkpoint;
mod database;
mod digest;
mod engine;
mod error;
mod outcome;
mod packed;
mod read;
mod record;
mod store;
mod thread;
mod verify;

pub use checkpoint::{Checkpoint, CheckpointHead, CheckpointSaved, KeptCheckpoint};
pub use database::{DatabaseError, Location, PostgresSettings, SettingsError};
pub use engine::export::{
    ExportDraft, ExportFile, ExportHead, ExportOutcome, KeptExport, Movement, MovementKind, News,
    NewsOf, NewsOfTerms,
};
pub use engine::import::{
    FileOutcome, ImportError, ImportReport, KeptFile, NumberedFile, RecordSource, SourceError,
};
pub use engine::notice::{NewNotice, NewNoticeBill, PlanCutOff, PlanTaken};
pub use error::StoreError;
pub use outcome::{
    AcceptBill, AcceptDeposit, AcceptOrder, AcceptOutcome, AcceptRefund, AcknowledgeNotice,
    AcknowledgementTaken, AppendOutcome, Applied, BankCredit, BankEventOutcome, BankMessage,
    BankMessageDraft, BankMessageOutcome, BankRemark, BankReport, BankSubject, BindingHead,
    BindingStep, ChangeOutcome, Counters, Debtor, DecideChange, DecideOrder, DecideOutcome,
    DecideResolution, DecideResolutionOutcome, DisputeTaken, EndInstruction, FundsSource,
    InstructionOutcome, JournalPosition, MatchedBill, MessageOf, MissingRight, OpenDispute,
    OrderPosted, OutboxMessage, ProposeChange, ProposeOutcome, ProposeResolution, ReceiptMatch,
    ReceiptSaved, Remedy, ResolutionRefusal, Resolving, SendBack, StandingInstruction,
    StandingTerms, WithdrawDispute,
};
pub use read::bank::{BANK_OUTCOMES_POSTED, KeptBankEvent, KeptBankMessage, KeptCredit, Remark};
pub use read::bills::{BillCursor, BillDocumentBytes, BillOrder, BillQuery, BillRow, BillState};
pub use read::candidates::{OpenBill, TakenBack};
pub use read::changes::{ChangeCursor, ChangeDecided, ChangeDocument, ChangeRecord, OwnDataRow};
pub use read::close::{
    CloseOf, Collection, CountedSum, Covered, DayBounds, DepositBalance, EventSum, InTransit,
    LedgerDay, LedgerLine, LedgerSink, TrialBalance,
};
pub use read::deposits::{
    Deposit, InstructionCursor, InstructionDocument, InstructionEnded, InstructionRecord, Limits,
};
pub use read::disputes::{
    ArrearsRow, DisputeAnswered, DisputeDocument, DisputeQuery, DisputeRecord, DisputeState,
    DisputeWithdrawn, WithdrawalDocument,
};
pub use read::newest::NewestCursor;
pub use read::notices::{
    AcknowledgementDocument, CutOffBill, CutOffCase, CutOffPlanned, CutOffStanding, Demanded,
    NoticeBytes, NoticeQuery, NoticeRead, NoticeRecord, OverdueBill,
};
pub use read::orders::{DecisionRecord, OrderCursor, OrderEvent, OrderRecord, Receipt};
pub use read::people::{AccountRow, AccountSums};
pub use read::resolutions::{
    BankItem, KeptResolution, KeptResolutionDecision, KeptReturn, MAX_WAITING, ResolutionVerdict,
    Resolved, Waiting, WhichResolutions,
};
pub use read::statement::{
    StatementBalances, StatementCursor, StatementEntry, StatementKind, StatementLedger,
    StatementQuery, StatementRecord, StatementWay,
};
pub use read::tax_invoices::{TaxInvoiceBytes, TaxInvoiceFileRow, TaxInvoiceRow};
pub use read::usage::{AccountUsage, CurveEnds, LastBill, MeteringPointRow, UnpaidBill};
pub use read::viewer::Viewer;
pub use read::{MAX_PAGE, MalformedCursor, Page};
pub use record::{
    Account, BillRecord, CreditNote, Customer, DisputeAnswer, Document, Mandate, MandateEnd,
    MeteredRecord, MeteringPoint, OpeningBalance, Payee, Payment, Readings, Record, RecordError,
    ScheduleRecord, TaxInvoice, TaxInvoiceFile, User, UserLimits,
};
pub use store::Store;
pub use verify::{Finding, VerifyReport};

/// The target of spans that a collector of traces gets, where the program has one.
const TRACED: &str = "wattkey_trace";
