//! What happens: to the window, on its pages, and out of what it had done.

use std::time::Instant;

use wattkey_client::config::Config;
use wattkey_client::fault::Fault;
use wattkey_client::journal::Key;
use wattkey_client::lock::Locked;
use wattkey_client::reckoning::Reckoned;
use wattkey_domain::{BillId, Decision, OrderId};
use wattkey_protocol::api::{Account, BillSummary, Deposit, Mandate, OrderView};
use wattkey_protocol::arrears::Arrears;
use wattkey_protocol::change::{ChangeView, Profile};
use wattkey_protocol::dispute::DisputeView;
use wattkey_protocol::notice::NoticeView;
use wattkey_protocol::statement::Statement;
use wattkey_protocol::usage::MeteringPoint;
use wattkey_protocol::warnings::Warning;

use super::signing::{self, Came, ToSign};
use super::{
    Opened, Page, Wanted, bills, chooser, history, order_file, overview, pay, personal, setup,
    statement, unlock, usage,
};
use crate::settings::Settings;

/// Something that happened.
#[derive(Debug)]
pub enum Event {
    /// A key or a click, anywhere.
    Active(Instant),
    /// Time goes by.
    Tick(Instant),
    /// On the page before the session.
    Unlock(unlock::Input),
    /// The session is open.
    Opened(Box<Opened>),
    /// The session ended by itself.
    Locked(Locked),
    /// The user locks.
    Lock,
    /// Another page.
    Go(Page),
    /// The service gave something.
    Loaded(Loaded),
    /// It did not.
    Failed(Wanted, Fault),
    /// On the first page.
    Overview(overview::Input),
    /// On the page of consumption.
    Usage(usage::Input),
    /// Among the bills.
    Bills(bills::Input),
    /// The bill that is looked at is to be paid.
    PayOpened,
    /// The chosen bills are to be paid.
    PayChosen,
    /// All that is due is to be paid.
    PayDue,
    /// In the form of a payment.
    Pay(pay::Input),
    /// What is to be signed is ready to be shown.
    ToSign(Box<ToSign>),
    /// It could not be prepared.
    NotPrepared(Fault),
    /// Somebody else's order is to be decided on.
    Decide(OrderId, Decision),
    /// On the page of what is signed.
    Signing(signing::Input),
    /// What became of what was signed.
    Came(Came),
    /// Back from what is signed, or done with it.
    Leave,
    /// What became of something that was signed before.
    Resolved(Key, Came),
    /// What is of unknown outcome is to be asked for now.
    AskAgain,
    /// Among the payments.
    History(history::Input),
    /// On the page of statements.
    Statement(statement::Input),
    /// A receipt in a file was looked at.
    Verified(Result<Box<history::Verified>, Fault>),
    /// With a file of orders.
    OrderFile(order_file::Input),
    /// Among own data.
    Personal(personal::Input),
    /// Somebody else's change of rights, in this row, is to be decided on.
    DecideChange(usize, Decision),
    /// The PIN is to be changed: the session ends first.
    ChangePin,
    /// A file was kept, here.
    Saved(String),
    /// It was not.
    NotSaved(Fault),
    /// A file is to be chosen.
    Choose(chooser::For),
    /// What the system's file chooser brought.
    Picked(chooser::For, chooser::Picked),
    /// Settings were changed.
    Settings(Settings),
    /// There is no configuration: this is the first start.
    FirstStart(Box<setup::Setup>),
    /// At the first start.
    Setup(setup::Input),
    /// The configuration is written.
    SetUp(Box<Config>),
    /// It cannot be worked with.
    NotStarted(Fault),
    /// Which service it is.
    Service(setup::Service),
    /// The connection is to be tested.
    Test,
    /// What the test brought.
    Tested(Result<&'static str, Fault>),
}

impl Event {
    /// Whether somebody did it on a page: what its foot tells is over then.
    pub(super) fn is_by_hand(&self) -> bool {
        matches!(
            self,
            Event::Go(_)
                | Event::Bills(_)
                | Event::History(_)
                | Event::OrderFile(order_file::Input::Open(_))
                | Event::Overview(_)
                | Event::Personal(_)
                | Event::Statement(_)
                | Event::ToSign(_)
                | Event::Usage(_)
        )
    }
}

/// What the service gave.
#[derive(Debug)]
pub enum Loaded {
    /// Contract accounts.
    Accounts(Vec<Account>),
    /// All bills.
    Bills(Vec<BillSummary>),
    /// A bill.
    Bill(Box<bills::Loaded>),
    /// A bill reckoned again.
    Reckoned(BillId, Box<Reckoned>),
    /// The disputes of a bill.
    Disputes(BillId, Vec<DisputeView>),
    /// Metering points.
    Points(Vec<MeteringPoint>),
    /// Consumption of one.
    Readings(Box<usage::Shown>),
    /// A contract account's statement.
    Statement(Box<Statement>),
    /// Debit mandates.
    Mandates(Vec<Mandate>),
    /// Deposits.
    Deposits(Vec<Deposit>),
    /// Open bills by age.
    Arrears(Box<Arrears>),
    /// What is coming.
    Warnings(Vec<Warning>),
    /// Notices.
    Notices(Vec<NoticeView>),
    /// Energy by month, as far as it is summed.
    Months(overview::Months),
    /// Payments, and those of unknown outcome that this PC signed.
    Orders(Vec<OrderView>, Vec<OrderId>),
    /// One order.
    Order(Box<OrderView>),
    /// Orders that await a decision.
    Approvals(Vec<OrderView>),
    /// What was signed on this PC and is of unknown outcome.
    Unresolved(Vec<Key>),
    /// Own data.
    Profile(Box<Profile>),
    /// Changes of own data, newest first.
    Changes(Vec<ChangeView>),
    /// The own key.
    Key(Box<personal::KeyFacts>),
}
