//! What the window knows, and what follows from what happens: pure, without drawing, network or key.
//!
//! [`update`] takes an [`Event`] and answers with [`Effect`]s, which the [worker](crate::worker) carries
//! out; what they bring comes back as events. Whoever looks for a rule of the window finds it here.

pub mod bills;
pub mod history;
pub mod overview;
pub mod pay;
pub mod pin;
pub mod signing;
pub mod unlock;

use std::time::{Duration, Instant};

use wattkey_client::fault::Fault;
use wattkey_client::keys::Identity;
use wattkey_client::lock::Locked;
use wattkey_client::payment::Request;
use wattkey_domain::{BillId, Decision, NoticeId, OrderId};
use wattkey_protocol::api::{Account, BillSummary, Deposit, Mandate, Me, OrderView};
use wattkey_protocol::arrears::Arrears;
use wattkey_protocol::notice::NoticeView;
use wattkey_protocol::usage::ReadingSum;
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
    /// All bills.
    Bills,
    /// Paying.
    Pay,
    /// What awaits a decision.
    Approvals,
    /// What was paid.
    History,
    /// Settings.
    Settings,
}

impl Page {
    /// All, as the sidebar has them.
    pub const ALL: [Page; 6] = [
        Page::Overview,
        Page::Bills,
        Page::Pay,
        Page::Approvals,
        Page::History,
        Page::Settings,
    ];
}

/// What the window knows.
#[derive(Debug)]
pub struct State {
    /// What the user chose for this PC.
    pub settings: Settings,
    /// The page before the session.
    pub unlock: unlock::Unlock,
    /// The session; none while it is locked.
    pub open: Option<Box<Open>>,
    /// Whose forms are kept while it is locked.
    kept: Option<Box<Kept>>,
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
    /// All bills.
    pub bills: bills::Bills,
    /// The form of a payment.
    pub pay: pay::Pay,
    /// What was paid.
    pub history: history::History,
    /// Orders that await a decision.
    pub approvals: Option<Vec<OrderView>>,
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
    /// Energy by month.
    Months(Vec<ReadingSum>),
    /// Payments, and those of unknown outcome that this PC signed.
    Orders(Vec<OrderView>, Vec<OrderId>),
    /// One order.
    Order(Box<OrderView>),
    /// Orders that await a decision.
    Approvals(Vec<OrderView>),
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
    /// Among the payments.
    History(history::Input),
    /// A file was kept, here.
    Saved(String),
    /// It was not.
    NotSaved(Fault),
    /// Settings were changed.
    Settings(Settings),
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
    /// Keep a list of bills.
    SaveBills(Vec<BillSummary>),
    /// Keep a list of payments.
    SavePayments(Vec<OrderView>),
    /// Keep the settings.
    KeepSettings(Settings),
    /// Try to reach the service.
    Test,
}

impl State {
    /// Nothing but settings.
    #[must_use]
    pub fn new(settings: Settings, now: Instant) -> State {
        State {
            settings,
            unlock: unlock::Unlock::default(),
            open: None,
            kept: None,
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
            }));
            self.unlock.lock(said);
        }
        self.tested = None;
        vec![Effect::Lock, Effect::LookForKeys]
    }

    fn opened(&mut self, opened: Opened) -> Vec<Effect> {
        self.unlock.lock(unlock::Said::Nothing);
        let kept = self
            .kept
            .take()
            .filter(|kept| kept.identity == opened.identity);
        let (page, mut pay) = kept.map_or_else(Default::default, |kept| (kept.page, kept.pay));
        pay.preparing = false;
        self.open = Some(Box::new(Open {
            identity: opened.identity,
            serial: opened.serial,
            me: opened.me,
            clock_off: opened.clock_off,
            page,
            overview: overview::Overview::default(),
            bills: bills::Bills::default(),
            pay,
            history: history::History::default(),
            approvals: None,
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
            Event::Loaded(loaded) => self.loaded(loaded),
            Event::Failed(wanted, fault) => self.failed(&wanted, fault),
            Event::Overview(input) => return self.overview(input),
            Event::Bills(input) => return self.bills.update(input),
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
                self.fault = None;
                // What went wrong at the last try stays to be read beside what is shown anew.
                let before = self.signing.take().filter(|signing| signing.can_go_back());
                let mut signing = Signing::new(*shown);
                signing.fault = before.and_then(|before| before.fault);
                self.signing = Some(Box::new(signing));
            }
            Event::NotPrepared(fault) => {
                if self.pay.preparing {
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
            Event::History(input) => return self.history.update(input),
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
        let wanted = match page {
            Page::Approvals => Some(Wanted::Approvals),
            Page::History => Some(Wanted::Orders),
            Page::Pay => Some(Wanted::Mandates),
            _ => None,
        };
        effects.extend(wanted.map(Effect::Load));
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
                self.history.unresolved = unresolved;
                self.history.loaded(orders);
            }
            Loaded::Order(order) => {
                if let Some(signing) = &mut self.signing {
                    signing.seen(&order);
                }
            }
            Loaded::Approvals(orders) => self.approvals = Some(orders),
        }
    }

    fn failed(&mut self, wanted: &Wanted, fault: Fault) {
        match wanted {
            Wanted::Bills => self.bills.fault = Some(fault),
            Wanted::Bill(bill) => {
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
                signing::Kind::Payment => {
                    self.pay.clear();
                    self.bills.chosen.clear();
                    self.bills.version += 1;
                }
                signing::Kind::Acknowledgement => effects.push(Effect::Load(Wanted::Notices)),
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
                signing::Kind::Acknowledgement => Page::Overview,
                _ => Page::Approvals,
            };
            self.signing = None;
            return self.go(page);
        }
        Vec::new()
    }

    fn saved(&mut self, file: String) {
        match &mut self.bills.opened {
            Some(opened) if self.page == Page::Bills => opened.saved = Some(file),
            _ => self.history.saved = Some(file),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
