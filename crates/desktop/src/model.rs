//! What the window knows, and what follows from what happens: pure, without drawing, network or key.
//!
//! [`update`] takes an [`Event`] and answers with [`Effect`]s, which the [worker](crate::worker) carries
//! out; what they bring comes back as events. Whoever looks for a rule of the window finds it here.

pub mod bills;
pub mod chooser;
pub mod dispute;
pub mod history;
pub mod order_file;
pub mod overview;
pub mod pay;
pub mod personal;
pub mod pin;
pub mod setup;
pub mod signing;
pub mod statement;
pub mod unlock;
pub mod usage;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use wattkey_client::batch::BatchId;
use wattkey_client::config::Config;
use wattkey_client::fault::Fault;
use wattkey_client::keys::Identity;
use wattkey_client::lock::Locked;
use wattkey_client::payment::Request;
use wattkey_client::reckoning::Reckoned;
use wattkey_client::table::Table;
use wattkey_client::words::Lang;
use wattkey_domain::{BillId, ChangeId, Decision, DisputeId, NoticeId, OrderId};
use wattkey_protocol::api::{Account, BillSummary, Deposit, Mandate, Me, OrderView};
use wattkey_protocol::arrears::Arrears;
use wattkey_protocol::change::{ChangeView, Profile, What};
use wattkey_protocol::dispute::DisputeView;
use wattkey_protocol::notice::NoticeView;
use wattkey_protocol::statement::Statement;
use wattkey_protocol::usage::MeteringPoint;
use wattkey_protocol::warnings::Warning;
use wattkey_token::Pin;

use crate::settings::Settings;
use signing::{Came, Signing, ToSign};

/// So long without a key or a click, and the session is locked.
pub const IDLE: Duration = Duration::from_secs(15 * 60);
/// So often an order that is on its way is asked for.
pub const FOLLOW: Duration = Duration::from_secs(2);
/// So often the outcome of what is unknown is asked for.
pub const RESOLVE: Duration = Duration::from_secs(20);

/// A page.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// What is due.
    #[default]
    Overview,
    /// Consumption of each metering point.
    Usage,
    /// All bills.
    Bills,
    /// Paying.
    Pay,
    /// What awaits a decision.
    Approvals,
    /// What was paid.
    History,
    /// Contacts, invoice data, rights, and the own USB key.
    Personal,
    /// Settings.
    Settings,
}

impl Page {
    /// All, as the sidebar has them.
    pub const ALL: [Page; 8] = [
        Page::Overview,
        Page::Usage,
        Page::Bills,
        Page::Pay,
        Page::Approvals,
        Page::History,
        Page::Personal,
        Page::Settings,
    ];
}

/// What the window knows.
#[derive(Debug)]
pub struct State {
    /// What the user chose for this PC.
    pub settings: Settings,
    /// The first start, while there is no configuration.
    pub setup: Option<Box<setup::Setup>>,
    /// Which service it is.
    pub service: Option<setup::Service>,
    /// The page before the session.
    pub unlock: unlock::Unlock,
    /// The session; none while it is locked.
    pub open: Option<Box<Open>>,
    /// Whose forms are kept while it is locked.
    kept: Option<Box<Kept>>,
    /// The system's file chooser.
    pub chooser: chooser::Chooser,
    /// What the connection test brought.
    pub tested: Option<Result<&'static str, Fault>>,
    /// It is running.
    pub testing: bool,
    /// When a key or click was last seen.
    active: Instant,
    followed: Instant,
}

/// A session: what is the customer's, and goes when it is locked.
#[derive(Debug)]
pub struct Open {
    /// Which key.
    pub identity: Identity,
    /// Its serial number.
    pub serial: String,
    /// Who.
    pub me: Me,
    /// By how many seconds this PC's clock is off, when that is worth saying.
    pub clock_off: Option<i64>,
    /// The page.
    pub page: Page,
    /// The first page.
    pub overview: overview::Overview,
    /// Consumption.
    pub usage: usage::Usage,
    /// All bills.
    pub bills: bills::Bills,
    /// The form of a payment.
    pub pay: pay::Pay,
    /// What was paid.
    pub history: history::History,
    /// A contract account's statement.
    pub statement: statement::Statements,
    /// Orders that await a decision.
    pub approvals: Option<Vec<OrderView>>,
    /// Own data, rights, the own key.
    pub personal: personal::Personal,
    /// A file of orders.
    pub order_file: order_file::OrderFile,
    /// What is being signed.
    pub signing: Option<Box<Signing>>,
    /// What it cost to look at something that could not be had.
    pub fault: Option<Fault>,
}

/// Forms of a session that was locked.
#[derive(Debug)]
struct Kept {
    identity: Identity,
    page: Page,
    pay: pay::Pay,
    forms: personal::Forms,
    order_file: String,
}

/// A session that was opened.
#[derive(Debug)]
pub struct Opened {
    /// Which key.
    pub identity: Identity,
    /// Its serial number.
    pub serial: String,
    /// Who.
    pub me: Me,
    /// By how many seconds this PC's clock is off.
    pub clock_off: Option<i64>,
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
    /// Own data.
    Profile,
    /// Changes of own data.
    Changes,
    /// The own key's certificates.
    Key,
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
    /// Own data.
    Profile(Box<Profile>),
    /// Changes of own data, newest first.
    Changes(Vec<ChangeView>),
    /// The own key.
    Key(Box<personal::KeyFacts>),
}

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
    /// What became of an order that was signed before.
    Resolved(OrderId, Came),
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
    /// Ask what became of an order.
    Resolve(OrderId),
    /// Ask what became of everything that is unknown.
    ResolveAll,
    /// Keep a receipt.
    SaveReceipt(OrderId),
    /// Keep a receipt as a document.
    ReceiptPdf(OrderId, Lang),
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

impl State {
    /// Nothing but settings.
    #[must_use]
    pub fn new(settings: Settings, now: Instant) -> State {
        State {
            settings,
            setup: None,
            service: None,
            unlock: unlock::Unlock::default(),
            open: None,
            kept: None,
            chooser: chooser::Chooser::default(),
            tested: None,
            testing: false,
            active: now,
            followed: now,
        }
    }

    /// Ends the session: what is the customer's goes, its forms stay for the same key.
    fn lock(&mut self, said: unlock::Said) -> Vec<Effect> {
        if let Some(open) = self.open.take() {
            self.kept = Some(Box::new(Kept {
                identity: open.identity,
                page: open.page,
                pay: open.pay,
                forms: open.personal.forms,
                order_file: open.order_file.path,
            }));
            self.unlock.lock(said);
        }
        self.tested = None;
        vec![Effect::Lock, Effect::LookForKeys]
    }

    /// The key takes a new PIN from somebody who types the old one: the session ends before.
    fn change_pin(&mut self) -> Vec<Effect> {
        let effects = self.lock(unlock::Said::Nothing);
        let _ = self.unlock.update(unlock::Input::AskChange);
        effects
    }

    fn opened(&mut self, opened: Opened) -> Vec<Effect> {
        self.unlock.lock(unlock::Said::Nothing);
        let kept = self
            .kept
            .take()
            .filter(|kept| kept.identity == opened.identity);
        let (page, mut pay, forms, file) = kept.map_or_else(Default::default, |kept| {
            (kept.page, kept.pay, kept.forms, kept.order_file)
        });
        pay.preparing = false;
        self.open = Some(Box::new(Open {
            identity: opened.identity,
            serial: opened.serial,
            me: opened.me,
            clock_off: opened.clock_off,
            page,
            overview: overview::Overview::default(),
            usage: usage::Usage::default(),
            bills: bills::Bills::default(),
            pay,
            history: history::History::default(),
            statement: statement::Statements::default(),
            approvals: None,
            personal: personal::Personal::with(forms),
            order_file: order_file::OrderFile::with(file),
            signing: None,
            fault: None,
        }));
        let mut effects = vec![Effect::ResolveAll];
        effects.extend(overview::wanted());
        let rest = [
            Wanted::Bills,
            Wanted::Mandates,
            Wanted::Orders,
            Wanted::Approvals,
        ];
        effects.extend(rest.map(Effect::Load));
        effects.extend(personal::wanted());
        effects
    }

    fn tick(&mut self, now: Instant) -> Vec<Effect> {
        let Some(open) = &self.open else {
            return Vec::new();
        };
        // What is on its way is not cut off by nobody's moving the mouse.
        let busy = open
            .signing
            .as_ref()
            .is_some_and(|signing| !signing.is_over() && !signing.can_go_back());
        if now.duration_since(self.active) >= IDLE && !busy {
            return self.lock(unlock::Said::Idle);
        }
        let since = now.duration_since(self.followed);
        let moving = open.signing.as_ref().filter(|signing| signing.is_moving());
        if let Some(order) = moving.and_then(|signing| signing.order)
            && since >= FOLLOW
        {
            self.followed = now;
            return vec![Effect::Load(Wanted::Order(order))];
        }
        if open.order_file.is_moving() && since >= FOLLOW * 2 {
            self.followed = now;
            return vec![Effect::Load(Wanted::Orders)];
        }
        let unknown = matches!(
            open.signing.as_ref().map(|signing| &signing.step),
            Some(signing::Step::Unknown(_))
        );
        if (unknown || !open.history.unresolved.is_empty()) && since >= RESOLVE {
            self.followed = now;
            return vec![Effect::ResolveAll];
        }
        Vec::new()
    }
}

/// What follows from an event.
pub fn update(state: &mut State, event: Event) -> Vec<Effect> {
    match event {
        Event::Active(now) => state.active = now,
        Event::Tick(now) => return state.tick(now),
        Event::Unlock(input) => return state.unlock.update(input),
        Event::Opened(opened) => return state.opened(*opened),
        Event::Locked(why) => return state.lock(unlock::Said::Locked(why)),
        Event::Lock => return state.lock(unlock::Said::Nothing),
        Event::ChangePin => return state.change_pin(),
        Event::FirstStart(setup) => {
            state.setup = Some(setup);
            return vec![Effect::Setup(Box::new(setup::Wanted::Modules))];
        }
        Event::Setup(input) => {
            if let Some(setup) = &mut state.setup {
                return setup.update(input);
            }
        }
        Event::SetUp(config) => {
            state.setup = None;
            state.service = Some(setup::Service::from(&*config));
            return vec![Effect::Start(config)];
        }
        Event::NotStarted(fault) => state.unlock.said = unlock::Said::Fault(fault),
        Event::Choose(what) => return state.choose(what),
        Event::Picked(what, picked) => return state.picked(what, picked),
        Event::Service(service) => state.service = Some(service),
        Event::Settings(settings) => {
            state.settings = settings.clone();
            return vec![Effect::KeepSettings(settings)];
        }
        Event::Test if !state.testing => {
            state.testing = true;
            state.tested = None;
            return vec![Effect::Test];
        }
        Event::Tested(brought) => {
            state.testing = false;
            state.tested = Some(brought);
        }
        event => {
            if let Some(open) = &mut state.open {
                return open.update(event);
            }
        }
    }
    Vec::new()
}

impl Open {
    fn update(&mut self, event: Event) -> Vec<Effect> {
        match event {
            Event::Go(page) => return self.go(page),
            Event::Loaded(Loaded::Points(points)) => {
                return self.usage.points_loaded(points, &self.me.time_zone);
            }
            Event::Loaded(loaded) => self.loaded(loaded),
            Event::Failed(wanted, fault) => self.failed(&wanted, fault),
            Event::Overview(input) => return self.overview(input),
            Event::Usage(input) => return self.usage(input),
            Event::Bills(input) => {
                self.fault = None;
                return self.bills.update(input);
            }
            Event::PayChosen => {
                self.pay.add(self.bills.chosen_bills());
                return self.go(Page::Pay);
            }
            Event::PayOpened => {
                let bill = self
                    .bills
                    .opened
                    .as_ref()
                    .and_then(|opened| opened.detail.as_ref());
                if let Some(loaded) = bill {
                    self.pay.add([&loaded.detail.summary].into_iter());
                }
                return self.go(Page::Pay);
            }
            Event::PayDue => {
                let due = self
                    .bills
                    .all
                    .iter()
                    .flatten()
                    .filter(|bill| bill.state == wattkey_protocol::api::BillState::Overdue);
                self.pay.add(due);
                return self.go(Page::Pay);
            }
            Event::Pay(input) => return self.pay.update(input),
            Event::ToSign(shown) => {
                self.pay.preparing = false;
                self.personal.preparing = false;
                self.order_file.settle();
                self.fault = None;
                // What went wrong at the last try stays to be read beside what is shown anew.
                let before = self.signing.take().filter(|signing| signing.can_go_back());
                let mut signing = Signing::new(*shown);
                signing.fault = before.and_then(|before| before.fault);
                self.signing = Some(Box::new(signing));
            }
            Event::NotPrepared(fault) => {
                if self.personal.preparing {
                    self.personal.preparing = false;
                    self.personal.fault = Some(fault);
                } else if self.pay.preparing {
                    self.pay.preparing = false;
                    self.pay.fault = Some(fault);
                } else {
                    self.fault = Some(fault);
                }
            }
            Event::Decide(order, decision) => return vec![Effect::Review(order, decision)],
            Event::Signing(input) => {
                if let Some(signing) = &mut self.signing {
                    return signing.update(input);
                }
            }
            Event::Came(came) => return self.came(came),
            Event::Leave => return self.leave(),
            Event::Resolved(order, came) => return self.resolved(order, came),
            Event::History(input) => return self.history(input),
            Event::Statement(input) => return self.statement(input),
            Event::Verified(verified) => self.history.verified(verified),
            Event::Personal(input) => return self.personal.update(input),
            Event::OrderFile(input) => return self.order_file.update(input),
            Event::DecideChange(index, decision) => {
                return self.personal.decide(self.me.user.id, index, decision);
            }
            Event::Saved(file) => self.saved(file),
            Event::NotSaved(fault) => self.fault = Some(fault),
            _ => {}
        }
        Vec::new()
    }

    fn go(&mut self, page: Page) -> Vec<Effect> {
        let stays = self
            .signing
            .as_ref()
            .is_some_and(|signing| !signing.is_over() && !signing.can_go_back());
        if stays {
            return Vec::new();
        }
        let mut effects = Vec::new();
        if self
            .signing
            .take()
            .is_some_and(|signing| signing.can_go_back())
        {
            effects.push(Effect::Forget);
        }
        self.page = page;
        self.fault = None;
        self.history.saved = None;
        self.usage.saved = None;
        self.bills.saved = None;
        let wanted = match page {
            Page::Approvals => Some(Wanted::Approvals),
            Page::History => Some(Wanted::Orders),
            Page::Pay => Some(Wanted::Mandates),
            _ => None,
        };
        if matches!(page, Page::Personal | Page::Approvals) {
            effects.extend(personal::wanted());
        }
        effects.extend(wanted.map(Effect::Load));
        if page == Page::Usage {
            effects.extend(self.usage.opened());
        }
        effects
    }

    fn overview(&mut self, input: overview::Input) -> Vec<Effect> {
        match input {
            overview::Input::Again => {
                self.overview.fault = None;
                overview::wanted()
            }
            overview::Input::PayArrears => self.update(Event::PayDue),
            overview::Input::Acknowledge(index) => {
                let notice = self.overview.notice(index);
                notice.map(Effect::Notice).into_iter().collect()
            }
            overview::Input::Act(index) => {
                match self.overview.warning(index).map(overview::leads) {
                    Some(overview::Leads::PayBill(bill)) => {
                        let bills = self.bills.all.iter().flatten();
                        self.pay.add(bills.filter(|row| row.bill == bill));
                        self.go(Page::Pay)
                    }
                    _ => Vec::new(),
                }
            }
        }
    }

    fn loaded(&mut self, loaded: Loaded) {
        match loaded {
            Loaded::Accounts(accounts) => self.overview.accounts = Some(accounts),
            Loaded::Bills(bills) => {
                self.pay.refresh(&bills);
                self.bills.loaded(bills);
            }
            Loaded::Bill(bill) => self.bills.one_loaded(*bill),
            Loaded::Reckoned(bill, reckoned) => self.bills.reckoned(&bill, Ok(reckoned)),
            Loaded::Disputes(bill, disputes) => self.bills.disputes(&bill, disputes),
            // Readings follow them.
            Loaded::Points(_) => {}
            Loaded::Readings(shown) => self.usage.loaded(*shown),
            Loaded::Statement(statement) => self.statement.loaded(*statement),
            Loaded::Mandates(mandates) => self.pay.mandates = mandates,
            Loaded::Deposits(deposits) => {
                self.pay.deposits.clone_from(&deposits);
                self.overview.deposits = Some(deposits);
            }
            Loaded::Arrears(arrears) => self.overview.arrears = Some(arrears),
            Loaded::Warnings(warnings) => self.overview.warnings = Some(warnings),
            Loaded::Notices(notices) => self.overview.notices = Some(notices),
            Loaded::Months(months) => self.overview.months = Some(months),
            Loaded::Orders(orders, unresolved) => {
                if let Some(signing) = &mut self.signing {
                    orders.iter().for_each(|order| signing.seen(order));
                }
                self.order_file.seen(&orders, &unresolved);
                if let Some(signing) = &mut self.signing {
                    signing.seen_file(&self.order_file);
                }
                self.history.unresolved = unresolved;
                self.history.loaded(orders);
            }
            Loaded::Order(order) => {
                if let Some(signing) = &mut self.signing {
                    signing.seen(&order);
                }
            }
            Loaded::Approvals(orders) => self.approvals = Some(orders),
            Loaded::Profile(profile) => self.personal.loaded(*profile),
            Loaded::Changes(changes) => self.personal.changes = Some(changes),
            Loaded::Key(key) => self.personal.key = Some(key),
        }
    }

    fn failed(&mut self, wanted: &Wanted, fault: Fault) {
        match wanted {
            Wanted::Bills => self.bills.fault = Some(fault),
            Wanted::Reckoned(bill) => self.bills.reckoned(bill, Err(fault)),
            Wanted::Points | Wanted::Readings(_) => self.usage.fault = Some(fault),
            Wanted::Statement(_) => self.statement.failed(fault),
            Wanted::Bill(bill) | Wanted::Disputes(bill) => {
                if let Some(opened) = &mut self.bills.opened
                    && &opened.bill == bill
                {
                    opened.fault = Some(fault);
                }
            }
            Wanted::Orders => self.history.fault = Some(fault),
            Wanted::Mandates => self.pay.fault = Some(fault),
            // It is asked for again by itself.
            Wanted::Order(_) => {}
            Wanted::Approvals => self.fault = Some(fault),
            Wanted::Profile | Wanted::Changes | Wanted::Key => self.personal.fault = Some(fault),
            _ => self.overview.fault = Some(fault),
        }
    }

    fn came(&mut self, came: Came) -> Vec<Effect> {
        let Some(signing) = &mut self.signing else {
            return Vec::new();
        };
        let mut effects = signing.came(came);
        if matches!(signing.step, signing::Step::Accepted) {
            match signing.kind {
                signing::Kind::OrderFile => {}
                signing::Kind::Payment => {
                    self.pay.clear();
                    self.bills.chosen.clear();
                    self.bills.version += 1;
                }
                signing::Kind::Acknowledgement => effects.push(Effect::Load(Wanted::Notices)),
                signing::Kind::Dispute | signing::Kind::Withdrawal => {
                    effects.extend(self.bills.disputed());
                }
                kind if kind.is_of_change() => effects.extend(self.personal.signed(kind)),
                _ => effects.push(Effect::Load(Wanted::Approvals)),
            }
            effects.extend([Wanted::Accounts, Wanted::Arrears, Wanted::Deposits].map(Effect::Load));
        }
        effects
    }

    /// Back, as long as nothing was signed; otherwise on, once it is over.
    fn leave(&mut self) -> Vec<Effect> {
        let Some(signing) = &self.signing else {
            return Vec::new();
        };
        if signing.can_go_back() {
            self.signing = None;
            return vec![Effect::Forget];
        }
        if signing.is_over() {
            let page = match signing.kind {
                signing::Kind::Payment => Page::History,
                signing::Kind::OrderFile => {
                    self.order_file.leave();
                    Page::History
                }
                signing::Kind::Acknowledgement => Page::Overview,
                signing::Kind::Dispute | signing::Kind::Withdrawal => Page::Bills,
                signing::Kind::Change => Page::Personal,
                _ => Page::Approvals,
            };
            self.signing = None;
            return self.go(page);
        }
        Vec::new()
    }
}

#[cfg(test)]
pub(crate) mod tests;
