//! What was paid, and the receipts.

use wattkey_client::fault::Fault;
use wattkey_domain::OrderId;
use wattkey_protocol::api::OrderView;

use super::{Effect, Wanted};

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
    /// Where a file was kept.
    pub saved: Option<String>,
}

/// What happens on the page.
#[derive(Debug)]
pub enum Input {
    /// Something is searched for.
    Search(String),
    /// A row's receipt as a file.
    SaveReceipt(usize),
    /// The outcome of a row is to be asked for.
    Resolve(usize),
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

    /// The rows, as shown.
    pub fn rows(&self) -> impl Iterator<Item = &OrderView> {
        let all = self.all.as_deref().unwrap_or_default();
        self.shown.iter().filter_map(|place| all.get(*place))
    }

    /// What follows from an input.
    pub fn update(&mut self, input: Input) -> Vec<Effect> {
        match input {
            Input::Search(text) => {
                self.search = text;
                self.arrange();
            }
            Input::SaveReceipt(index) => {
                let order = self.rows().nth(index).map(|row| row.order);
                return order.map(Effect::SaveReceipt).into_iter().collect();
            }
            Input::Resolve(index) => {
                let order = self.rows().nth(index).map(|row| row.order);
                return order.map(Effect::Resolve).into_iter().collect();
            }
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
