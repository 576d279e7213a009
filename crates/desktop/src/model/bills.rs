//! All bills of the customer: searched, filtered, sorted, chosen; and one with its lines.

use std::collections::BTreeSet;

use wattkey_client::fault::Fault;
use wattkey_client::reckoning::Reckoned;
use wattkey_client::words::Lang;
use wattkey_domain::{BillDocument, BillId};
use wattkey_protocol::api::{BillDetail, BillState, BillSummary};
use wattkey_protocol::dispute::DisputeView;

use super::{Effect, Wanted, dispute};

/// The list, and the bill that is looked at.
#[derive(Debug, Default)]
pub struct Bills {
    /// All of them, as the service gave them; none before the first time.
    pub all: Option<Vec<BillSummary>>,
    /// Why they are not there.
    pub fault: Option<Fault>,
    /// What is searched for.
    pub search: String,
    /// The state that is wanted.
    pub state: Option<BillState>,
    /// What they are sorted by.
    pub sorted_by: Column,
    /// The other way round.
    pub ascending: bool,
    /// Those that are to be paid.
    pub chosen: BTreeSet<BillId>,
    /// Places in `all`, as shown.
    pub shown: Vec<usize>,
    /// Goes up when `shown`, or what is chosen, becomes another.
    pub version: u64,
    /// The bill that is looked at.
    pub opened: Option<Opened>,
}

/// A bill that is looked at.
#[derive(Debug)]
pub struct Opened {
    /// Which.
    pub bill: BillId,
    /// What the service says of it, once it is there.
    pub detail: Option<Box<Loaded>>,
    /// What went wrong last.
    pub fault: Option<Fault>,
    /// How it was reckoned.
    pub reckoned: Recomputed,
    /// Its disputes, newest first.
    pub disputes: Vec<DisputeView>,
    /// The form of a dispute.
    pub form: Option<dispute::Form>,
}

/// A bill with its document.
#[derive(Debug)]
pub struct Loaded {
    /// As the service has it.
    pub detail: BillDetail,
    /// What it says.
    pub document: BillDocument,
}

/// A recomputation.
#[derive(Debug, Default)]
pub enum Recomputed {
    /// Nobody asked for it.
    #[default]
    Unasked,
    /// It is being made.
    Under,
    /// Here it is.
    There(Box<Reckoned>),
    /// It cannot be made.
    Failed(Fault),
}

/// A column of the list.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// Its number.
    Bill,
    /// Its contract account.
    Account,
    /// Its month.
    #[default]
    Period,
    /// The last day to pay it.
    Due,
    /// Its amount.
    Total,
    /// What is open of it.
    Open,
    /// Its state.
    State,
}

impl Column {
    /// All, from left to right.
    pub const ALL: [Column; 7] = [
        Column::Bill,
        Column::Account,
        Column::Period,
        Column::Due,
        Column::Total,
        Column::Open,
        Column::State,
    ];
}

/// The states that can be filtered by, as they are shown.
pub const STATES: [Option<BillState>; 5] = [
    None,
    Some(BillState::Open),
    Some(BillState::Overdue),
    Some(BillState::InCollection),
    Some(BillState::Paid),
];

/// What happens on the page.
#[derive(Debug)]
pub enum Input {
    /// Something is searched for.
    Search(String),
    /// A state is wanted.
    State(Option<BillState>),
    /// A column's heading was clicked.
    Sort(Column),
    /// A row was chosen, or not.
    Select(usize, bool),
    /// All that are shown and can be paid, or none.
    SelectAll(bool),
    /// A row is to be looked at.
    Open(usize),
    /// Back to the list.
    Close,
    /// Again from the service.
    Again,
    /// The list as a file.
    SaveCsv,
    /// How the bill was reckoned.
    Reckon,
    /// The bill as a document.
    SavePdf(Lang),
    /// In the form of a dispute.
    Dispute(dispute::Input),
}

/// Whether something of a bill can be paid now.
#[must_use]
pub fn is_payable(bill: &BillSummary) -> bool {
    bill.open > 0
}

impl Bills {
    /// What the service gave.
    pub fn loaded(&mut self, bills: Vec<BillSummary>) {
        let there: BTreeSet<&BillId> = bills
            .iter()
            .filter(|bill| is_payable(bill))
            .map(|bill| &bill.bill)
            .collect();
        self.chosen.retain(|bill| there.contains(bill));
        self.all = Some(bills);
        self.fault = None;
        self.arrange();
    }

    /// A bill with its document is there.
    pub fn one_loaded(&mut self, loaded: Loaded) {
        if let Some(opened) = &mut self.opened
            && opened.bill == loaded.detail.summary.bill
        {
            opened.detail = Some(Box::new(loaded));
            opened.fault = None;
        }
    }

    /// The chosen ones, in the order of the list.
    pub fn chosen_bills(&self) -> impl Iterator<Item = &BillSummary> {
        let all = self.all.iter().flatten();
        all.filter(|bill| self.chosen.contains(&bill.bill))
    }

    /// The rows, as shown.
    pub fn rows(&self) -> impl Iterator<Item = &BillSummary> {
        let all = self.all.as_deref().unwrap_or_default();
        self.shown.iter().filter_map(|place| all.get(*place))
    }

    fn row(&self, index: usize) -> Option<&BillSummary> {
        self.all.as_deref()?.get(*self.shown.get(index)?)
    }

    /// What follows from an input.
    pub fn update(&mut self, input: Input) -> Vec<Effect> {
        match input {
            Input::Search(text) => {
                self.search = text;
                self.arrange();
            }
            Input::State(state) => {
                self.state = state;
                self.arrange();
            }
            Input::Sort(column) => {
                self.ascending = self.sorted_by == column && !self.ascending;
                self.sorted_by = column;
                self.arrange();
            }
            Input::Select(index, on) => {
                let payable = self.row(index).filter(|bill| is_payable(bill));
                if let Some(bill) = payable.map(|bill| bill.bill.clone()) {
                    match on {
                        true => self.chosen.insert(bill),
                        false => self.chosen.remove(&bill),
                    };
                    self.version += 1;
                }
            }
            Input::SelectAll(on) => {
                let shown = self.rows().filter(|bill| is_payable(bill));
                let shown: Vec<BillId> = shown.map(|bill| bill.bill.clone()).collect();
                for bill in shown {
                    match on {
                        true => self.chosen.insert(bill),
                        false => self.chosen.remove(&bill),
                    };
                }
                self.version += 1;
            }
            Input::Open(index) => {
                if let Some(bill) = self.row(index).map(|row| row.bill.clone()) {
                    return self.open(bill);
                }
            }
            Input::Close => self.opened = None,
            Input::Again => {
                self.fault = None;
                return vec![Effect::Load(Wanted::Bills)];
            }
            Input::SaveCsv => {
                let rows = self.rows().cloned().collect();
                return vec![Effect::SaveBills(rows)];
            }
            Input::Reckon => {
                if let Some(opened) = &mut self.opened {
                    opened.reckoned = Recomputed::Under;
                    return vec![Effect::Load(Wanted::Reckoned(opened.bill.clone()))];
                }
            }
            Input::SavePdf(lang) => {
                if let Some(opened) = &mut self.opened {
                    let recompute = matches!(opened.reckoned, Recomputed::There(_));
                    return vec![Effect::BillPdf(opened.bill.clone(), recompute, lang)];
                }
            }
            Input::Dispute(input) => {
                if let Some(opened) = &mut self.opened
                    && let Some(loaded) = &opened.detail
                {
                    let (form, disputes) = (&mut opened.form, &opened.disputes);
                    return dispute::update(form, input, &loaded.document, disputes);
                }
            }
        }
        Vec::new()
    }

    /// Looks at a bill.
    pub fn open(&mut self, bill: BillId) -> Vec<Effect> {
        self.opened = Some(Opened {
            bill: bill.clone(),
            detail: None,
            fault: None,
            reckoned: Recomputed::default(),
            disputes: Vec::new(),
            form: None,
        });
        vec![
            Effect::Load(Wanted::Bill(bill.clone())),
            Effect::Load(Wanted::Disputes(bill)),
        ]
    }

    fn opened(&mut self, bill: &BillId) -> Option<&mut Opened> {
        self.opened.as_mut().filter(|opened| opened.bill == *bill)
    }

    /// How a bill was reckoned, or why that cannot be said.
    pub fn reckoned(&mut self, bill: &BillId, reckoned: Result<Box<Reckoned>, Fault>) {
        if let Some(opened) = self.opened(bill) {
            opened.reckoned = match reckoned {
                Ok(reckoned) => Recomputed::There(reckoned),
                Err(fault) => Recomputed::Failed(fault),
            };
        }
    }

    /// The disputes of a bill came.
    pub fn disputes(&mut self, bill: &BillId, disputes: Vec<DisputeView>) {
        if let Some(opened) = self.opened(bill) {
            opened.disputes = disputes;
        }
    }

    /// A dispute was taken: the form is done with, and the bill owes another penalty.
    pub fn disputed(&mut self) -> Vec<Effect> {
        let Some(opened) = &mut self.opened else {
            return Vec::new();
        };
        opened.form = None;
        let bill = opened.bill.clone();
        vec![
            Effect::Load(Wanted::Bill(bill.clone())),
            Effect::Load(Wanted::Disputes(bill)),
        ]
    }

    /// Filters and sorts anew.
    fn arrange(&mut self) {
        let all = self.all.as_deref().unwrap_or_default();
        let words: Vec<String> = self
            .search
            .split_whitespace()
            .map(str::to_lowercase)
            .collect();
        let fits = |bill: &BillSummary| {
            let text = format!("{} {} {}", bill.bill, bill.account, bill.period);
            let text = text.to_lowercase();
            self.state.is_none_or(|state| is_of(bill.state, state))
                && words.iter().all(|word| text.contains(word))
        };
        let mut shown: Vec<usize> = (0..all.len()).filter(|place| fits(&all[*place])).collect();
        shown.sort_by(|one, other| {
            let (one, other) = (&all[*one], &all[*other]);
            let by = match self.sorted_by {
                Column::Bill => one.bill.cmp(&other.bill),
                Column::Account => one.account.cmp(&other.account),
                Column::Period => one.period.cmp(&other.period),
                Column::Due => one.due.cmp(&other.due),
                Column::Total => one.total.cmp(&other.total),
                Column::Open => one.open.cmp(&other.open),
                Column::State => rank(one.state).cmp(&rank(other.state)),
            };
            let by = if self.ascending { by } else { by.reverse() };
            // Equal ones always stand in the same order.
            by.then_with(|| one.bill.cmp(&other.bill))
        });
        self.shown = shown;
        self.version += 1;
    }
}

/// What is overdue is open too.
fn is_of(is: BillState, wanted: BillState) -> bool {
    is == wanted || (wanted, is) == (BillState::Open, BillState::Overdue)
}

/// The most pressing is the greatest.
fn rank(state: BillState) -> u8 {
    match state {
        BillState::Overdue => 4,
        BillState::Open => 3,
        BillState::InCollection => 2,
        BillState::Paid => 1,
        BillState::Cancelled => 0,
    }
}

#[cfg(test)]
mod tests;
