//! An open session: its pages, and which of them something that happens belongs to.

use wattkey_client::fault::Fault;
use wattkey_client::journal::Key;
use wattkey_client::keys::Identity;
use wattkey_protocol::api::{BillState, Me, OrderView};

use super::signing::Signing;
use super::unknown::Told;
use super::{
    Effect, Event, Loaded, Page, Wanted, bills, history, order_file, overview, pay, personal,
    statement, usage,
};

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
    /// What is told at the foot of the page.
    pub told: Option<Told>,
    /// What was signed on this PC and is of unknown outcome.
    pub unresolved: Vec<Key>,
}

impl Open {
    pub(super) fn update(&mut self, event: Event) -> Vec<Effect> {
        if event.is_by_hand() {
            self.told = None;
        }
        match event {
            Event::Go(page) => return self.go(page),
            Event::Loaded(Loaded::Points(points)) => {
                return self.usage.points_loaded(points, &self.me.time_zone);
            }
            Event::Loaded(loaded) => self.loaded(loaded),
            Event::Failed(wanted, fault) => self.failed(&wanted, fault),
            Event::Overview(input) => return self.overview(&input),
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
                    .filter(|bill| bill.state == BillState::Overdue);
                self.pay.add(due);
                return self.go(Page::Pay);
            }
            Event::Pay(pay::Input::ChooseBills) => {
                let _ = self.bills.update(bills::Input::Close);
                return self.go(Page::Bills);
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
            Event::Resolved(document, came) => return self.resolved(document, came),
            Event::AskAgain => return vec![Effect::ResolveAll],
            Event::History(input) => return self.history(input),
            Event::Statement(input) => return self.statement(input),
            Event::Verified(verified) => self.history.verified(verified),
            Event::Personal(input) => return self.personal.update(input),
            Event::OrderFile(input) => return self.order_file.update(input),
            Event::DecideChange(index, decision) => {
                return self.personal.decide(self.me.user.id, index, decision);
            }
            Event::Saved(file) => self.saved(file),
            Event::NotSaved(fault) => self.told = Some(Told::NotSaved(fault)),
            _ => {}
        }
        Vec::new()
    }

    pub(super) fn go(&mut self, page: Page) -> Vec<Effect> {
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
        let wanted = match page {
            Page::Approvals => Some(Wanted::Approvals),
            Page::History => Some(Wanted::Orders),
            Page::Pay => Some(Wanted::Mandates),
            _ => None,
        };
        if matches!(page, Page::Personal | Page::Approvals) {
            effects.extend(personal::wanted());
        }
        if page == Page::Settings {
            // What is told to support is how the key stands now.
            effects.push(Effect::LookForKeys);
        }
        effects.extend(wanted.map(Effect::Load));
        if page == Page::Usage {
            effects.extend(self.usage.opened());
        }
        effects
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
                self.unresolved
                    .retain(|document| document.order().is_none());
                let documents = unresolved.iter().copied();
                self.unresolved.extend(documents.map(Key::Order));
                self.history.unresolved = unresolved;
                self.history.loaded(orders);
            }
            Loaded::Unresolved(documents) => self.unresolved = documents,
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
            // They are asked for again by themselves.
            Wanted::Order(_) | Wanted::Unresolved => {}
            Wanted::Approvals => self.fault = Some(fault),
            Wanted::Profile | Wanted::Changes | Wanted::Key => self.personal.fault = Some(fault),
            _ => self.overview.fault = Some(fault),
        }
    }
}
