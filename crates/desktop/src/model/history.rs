//! What was paid, and the receipts.

use std::path::PathBuf;

use wattkey_client::fault::Fault;
use wattkey_client::journal::Key;
use wattkey_client::review;
use wattkey_client::words::Lang;
use wattkey_domain::OrderId;
use wattkey_protocol::api::{AwaitingWhat, Me, OrderView};
use wattkey_protocol::receipt::{Receipt, ReceiptCode};

use super::unknown::Told;
use super::{Effect, Open, Page, Wanted};

/// Files of receipts are called so.
pub const RECEIPT: &str = "receipt-";

/// The payments of the customer.
#[derive(Debug, Default)]
pub struct History {
    /// All of them, newest first; none before the first time.
    pub all: Option<Vec<OrderView>>,
    /// Orders of unknown outcome that this PC signed.
    pub unresolved: Vec<OrderId>,
    /// Why they are not there.
    pub fault: Option<Fault>,
    /// What is searched for.
    pub search: String,
    /// Places in `all`, as shown.
    pub shown: Vec<usize>,
    /// Goes up when `shown` becomes another.
    pub version: u64,
    /// The payment that is looked at.
    pub opened: Option<OrderId>,
    /// Payments, a statement, or a receipt in a file.
    pub tab: Tab,
    /// The file of a receipt, as it is written.
    pub file: String,
    /// What was found in it.
    pub verified: Option<Result<Box<Verified>, Fault>>,
}

/// What is looked at.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    /// Payments.
    #[default]
    Payments,
    /// A contract account's statement.
    Statement,
    /// A receipt in a file.
    Receipt,
}

impl Tab {
    /// All, as they are offered.
    pub const ALL: [Tab; 3] = [Tab::Payments, Tab::Statement, Tab::Receipt];
}

/// A receipt that was verified.
#[derive(Debug)]
pub struct Verified {
    /// What it says.
    pub receipt: Receipt,
    /// What the code of its paper says.
    pub code: ReceiptCode,
}

/// What happens on the page.
#[derive(Debug)]
pub enum Input {
    /// Something is searched for.
    Search(String),
    /// Something else is looked at.
    Tab(Tab),
    /// A payment is to be looked at.
    Open(OrderId),
    /// Back to the list.
    Close,
    /// A payment's receipt as a file.
    SaveReceipt(OrderId),
    /// A payment's receipt as a document.
    ReceiptPdf(OrderId, Lang),
    /// A transfer of one's own as a file for the bank.
    SaveTransfer(OrderId),
    /// The file of a receipt is written.
    File(String),
    /// The receipt in that file is to be verified.
    Verify,
    /// The outcome of a payment is to be asked for.
    Resolve(OrderId),
    /// The list as a file.
    SaveCsv,
    /// Again from the service.
    Again,
}

impl History {
    /// What the service gave.
    pub fn loaded(&mut self, orders: Vec<OrderView>) {
        self.all = Some(orders);
        self.fault = None;
        self.arrange();
    }

    /// What was found in the file of a receipt.
    pub fn verified(&mut self, verified: Result<Box<Verified>, Fault>) {
        self.verified = Some(verified);
    }

    /// The rows, as shown.
    pub fn rows(&self) -> impl Iterator<Item = &OrderView> {
        let all = self.all.as_deref().unwrap_or_default();
        self.shown.iter().filter_map(|place| all.get(*place))
    }

    /// The payment that is looked at.
    #[must_use]
    pub fn opened(&self) -> Option<&OrderView> {
        let order = self.opened.filter(|_| self.tab == Tab::Payments)?;
        self.all.iter().flatten().find(|one| one.order == order)
    }

    /// Whether this user may cancel a payment; not before its own outcome is known.
    #[must_use]
    pub fn may_cancel(&self, me: &Me, order: &OrderView) -> bool {
        !self.unresolved.contains(&order.order) && review::may_cancel(me, order)
    }

    /// What follows from an input.
    pub fn update(&mut self, input: Input) -> Vec<Effect> {
        match input {
            Input::Search(text) => {
                self.search = text;
                self.arrange();
            }
            Input::Open(order) => self.opened = Some(order),
            Input::Close => self.opened = None,
            Input::SaveReceipt(order) => return vec![Effect::SaveReceipt(order)],
            Input::Tab(tab) => {
                self.tab = tab;
            }
            Input::ReceiptPdf(order, lang) => return vec![Effect::ReceiptPdf(order, lang)],
            Input::SaveTransfer(order) => return vec![Effect::SaveTransfer(order)],
            Input::File(file) => {
                self.file = file;
                self.verified = None;
            }
            Input::Verify if !self.file.trim().is_empty() => {
                self.verified = None;
                return vec![Effect::VerifyReceipt(PathBuf::from(self.file.trim()))];
            }
            Input::Verify => {}
            Input::Resolve(order) => return vec![Effect::Resolve(Key::Order(order))],
            Input::SaveCsv => {
                return vec![Effect::SavePayments(self.rows().cloned().collect())];
            }
            Input::Again => return vec![Effect::Load(Wanted::Orders)],
        }
        Vec::new()
    }

    fn arrange(&mut self) {
        let all = self.all.as_deref().unwrap_or_default();
        let words: Vec<String> = self
            .search
            .split_whitespace()
            .map(str::to_lowercase)
            .collect();
        let fits = |order: &OrderView| {
            let mut text = format!(
                "{} {} {} {}",
                order.order,
                order.user.name,
                order.reference,
                order.state.as_str()
            );
            for bill in &order.bills {
                text.push(' ');
                text.push_str(bill.bill.as_str());
            }
            let text = text.to_lowercase();
            words.iter().all(|word| text.contains(word))
        };
        self.shown = (0..all.len()).filter(|place| fits(&all[*place])).collect();
        self.version += 1;
    }
}

/// Whether the customer's own transfer is awaited: only then is there a file of it.
#[must_use]
pub fn awaits_transfer(order: &OrderView) -> bool {
    let awaiting = order.awaiting.as_ref();
    awaiting.is_some_and(|awaiting| awaiting.what == AwaitingWhat::Transfer)
}

impl Open {
    pub(super) fn history(&mut self, input: Input) -> Vec<Effect> {
        self.fault = None;
        let statement = matches!(input, Input::Tab(Tab::Statement));
        let mut effects = self.history.update(input);
        if statement {
            let accounts = self.overview.accounts.as_deref().unwrap_or_default();
            effects.extend(self.statement.opened(accounts));
        }
        effects
    }

    /// The foot of the page says where a file was kept.
    pub(super) fn saved(&mut self, file: String) {
        // What was just kept is what somebody would check first.
        if !matches!(self.page, Page::Usage | Page::Bills) && file.contains(RECEIPT) {
            self.history.file.clone_from(&file);
        }
        self.told = Some(Told::Saved(file));
    }
}
