//! What is to be done outside: by the worker, with the key, the service and files.

use std::path::PathBuf;

use wattkey_client::batch::BatchId;
use wattkey_client::config::Config;
use wattkey_client::journal::Key;
use wattkey_client::payment::Request;
use wattkey_client::table::Table;
use wattkey_client::words::Lang;
use wattkey_domain::{BillId, ChangeId, Decision, DisputeId, NoticeId, OrderId};
use wattkey_protocol::api::{BillSummary, OrderView};
use wattkey_protocol::change::What;
use wattkey_protocol::statement::Statement;
use wattkey_token::Pin;

use super::{chooser, dispute, setup, statement, usage};
use crate::settings::Settings;

/// Something to be done outside.
#[derive(Debug)]
pub enum Effect {
    /// Look which keys are plugged in.
    LookForKeys,
    /// Unlock a key and open a session.
    Unlock {
        /// Its serial number.
        serial: String,
        /// The PIN, once.
        pin: Pin,
    },
    /// Change a PIN.
    ChangePin {
        /// Serial number of the key.
        serial: String,
        /// The PIN.
        old: Pin,
        /// The new one.
        new: Pin,
    },
    /// Set a new PIN with the PUK.
    Unblock {
        /// Serial number of the key.
        serial: String,
        /// The PUK.
        puk: Pin,
        /// The new PIN.
        new: Pin,
    },
    /// End the session.
    Lock,
    /// Ask the service.
    Load(Wanted),
    /// Prepare an order.
    Prepare(Box<Request>),
    /// Fetch somebody's order, verified, to be decided on.
    Review(OrderId, Decision),
    /// Fetch a notice to be acknowledged.
    Notice(NoticeId),
    /// Prepare a dispute.
    Dispute(Box<dispute::Wanted>),
    /// Prepare to take a dispute back.
    Withdraw(DisputeId),
    /// Prepare a change of own data that replaces this version.
    Change(Box<What>, i64),
    /// Fetch somebody's change, verified, to be decided on.
    DecideChange(ChangeId, Decision),
    /// Look for files of orders.
    FindOrderFiles,
    /// Read a file of orders and ask what it comes to.
    ImportOrders(String),
    /// Build the orders of a preview, to be shown.
    BuildOrders(BatchId),
    /// No more of what takes long.
    Stop,
    /// Sign what is shown, and send it.
    Sign(Pin),
    /// Forget what is shown.
    Forget,
    /// Ask what became of something that was signed.
    Resolve(Key),
    /// Ask what became of everything that is unknown.
    ResolveAll,
    /// Keep a receipt.
    SaveReceipt(OrderId),
    /// Keep a receipt as a document.
    ReceiptPdf(OrderId, Lang),
    /// Keep a transfer of the customer's own, for his bank.
    SaveTransfer(OrderId),
    /// Look at the receipt in a file.
    VerifyReceipt(PathBuf),
    /// Keep a bill as a document, with its recomputation or without.
    BillPdf(BillId, bool, Lang),
    /// Keep a statement as a document.
    StatementPdf(Box<Statement>, Lang),
    /// Keep a table, under this name.
    SaveTable(String, Box<Table>),
    /// Keep a picture, under this name.
    SavePicture(String, usage::Picture),
    /// Keep a list of bills.
    SaveBills(Vec<BillSummary>),
    /// Keep a list of payments.
    SavePayments(Vec<OrderView>),
    /// Have a file chosen; what is written where it goes.
    Choose(chooser::For, String),
    /// Keep the settings.
    KeepSettings(Settings),
    /// Try to reach the service.
    Test,
    /// Something of the first start.
    Setup(Box<setup::Wanted>),
    /// Begin with this configuration.
    Start(Box<Config>),
}

/// What is wanted of the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// Contract accounts.
    Accounts,
    /// All bills.
    Bills,
    /// A bill with its document.
    Bill(BillId),
    /// A bill reckoned again.
    Reckoned(BillId),
    /// The disputes of a bill.
    Disputes(BillId),
    /// Metering points.
    Points,
    /// Consumption of one.
    Readings(usage::Asked),
    /// A contract account's statement.
    Statement(statement::Asked),
    /// Debit mandates.
    Mandates,
    /// Deposits.
    Deposits,
    /// Open bills by age.
    Arrears,
    /// What is coming.
    Warnings,
    /// Notices.
    Notices,
    /// Energy by month of this year and the last.
    Months,
    /// Payments.
    Orders,
    /// One order.
    Order(OrderId),
    /// Orders that await a decision.
    Approvals,
    /// What was signed on this PC and is of unknown outcome; known without the service.
    Unresolved,
    /// Own data.
    Profile,
    /// Changes of own data.
    Changes,
    /// The own key's certificates.
    Key,
}
