//! A file of orders: read, previewed, reviewed as a whole, signed order by order with one PIN.
//!
//! ```text
//! path ──Import──▶ read, previewed ──Review──▶ built anew ──▶ shown ──PIN──▶ signed one after the other
//!                   │ not right: each line is named            └ another than previewed: nothing is signed
//! ```

use jiff::Timestamp;
use wattkey_client::batch::{BatchId, Preview};
use wattkey_client::fault::Fault;
use wattkey_client::order_file::Problem;
use wattkey_domain::{Currency, OrderId, OrderState};
use wattkey_protocol::api::OrderView;

use super::Effect;

/// How names of files that may hold orders end, without the point.
pub const ENDINGS: [&str; 4] = ["csv", "ndjson", "jsonl", "tsv"];

/// What the page knows of a file.
#[derive(Debug, Default)]
pub struct OrderFile {
    /// The page shows files instead of the form.
    pub opened: bool,
    /// The file, as it is written. It outlives a lock.
    pub path: String,
    /// Order files in the folders of documents and downloads, the newest first.
    pub found: Vec<String>,
    /// What is done with it now.
    pub busy: Busy,
    /// What it comes to.
    pub previewed: Option<Box<Previewed>>,
    /// Why it is not.
    pub fault: Option<Fault>,
    /// The orders that are, or were, signed.
    pub run: Vec<Row>,
    /// The user wants no more of them.
    pub stopping: bool,
    /// Goes up when the rows become others.
    pub version: u64,
}

/// What is done with a file.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Busy {
    /// Nothing.
    #[default]
    No,
    /// It is read, and asked about: so many of so many lines.
    Previewing(usize, usize),
    /// Its orders are built to be shown: so many of so many.
    Building(usize, usize),
}

/// What a file comes to.
#[derive(Debug, Clone)]
pub struct Previewed {
    /// The import.
    pub batch: BatchId,
    /// Name of the file.
    pub name: String,
    /// When it was imported.
    pub imported: Timestamp,
    /// It was imported before.
    pub again: bool,
    /// How many lines it has.
    pub lines: usize,
    /// What would be signed; none with problems, or when nothing is left.
    pub preview: Option<Preview>,
    /// What is not right.
    pub problems: Vec<Problem>,
    /// Lines that were ordered before, and the order.
    pub done: Vec<(u32, OrderId)>,
}

/// An order of the file on its way.
#[derive(Debug)]
pub struct Row {
    /// Its id.
    pub order: OrderId,
    /// Its total.
    pub total: i64,
    /// Of the total.
    pub currency: Currency,
    /// The customer's reference.
    pub reference: String,
    /// Where it is.
    pub at: At,
}

/// Where an order of the file is.
#[derive(Debug)]
pub enum At {
    /// Nothing was signed of it.
    NotSigned,
    /// The key signs it.
    Signing,
    /// It is signed and sent.
    Sent,
    /// The service has it, in this state.
    Known(OrderState),
    /// It was refused; nothing was posted.
    Refused(Fault),
    /// It ended without having been accepted.
    NeverAccepted,
    /// Not known yet.
    Unknown,
}

/// What happens with a file.
#[derive(Debug)]
pub enum Input {
    /// To the files, or back to the form.
    Open(bool),
    /// A path is written.
    Path(String),
    /// One that was found is chosen.
    Choose(usize),
    /// One is chosen with the system's file chooser.
    Picked(String),
    /// Order files that are there.
    Found(Vec<String>),
    /// Read it and ask what it comes to.
    Import,
    /// So many of so many.
    Progress(usize, usize),
    /// What it comes to.
    Previewed(Box<Previewed>),
    /// It was not read, or not asked about.
    Failed(Fault),
    /// Go on to what will be signed.
    Review,
    /// No more.
    Stop,
    /// It was stopped, and nothing was signed.
    Stopped,
    /// Orders that are about to be signed.
    Ready(Vec<Row>),
    /// One of them moved on.
    Moved(OrderId, At),
}

impl OrderFile {
    /// With a path that was kept.
    #[must_use]
    pub fn with(path: String) -> OrderFile {
        OrderFile {
            opened: !path.is_empty(),
            path,
            ..OrderFile::default()
        }
    }

    /// Whether it can be read.
    #[must_use]
    pub fn can_import(&self) -> bool {
        !self.path.trim().is_empty() && self.busy == Busy::No
    }

    /// Whether it can be shown to be signed.
    #[must_use]
    pub fn can_review(&self) -> bool {
        let preview = self.previewed.as_ref().and_then(|one| one.preview.as_ref());
        preview.is_some() && self.busy == Busy::No
    }

    /// Nothing is under way.
    pub fn settle(&mut self) {
        self.busy = Busy::No;
    }

    /// Whether an order of it moves on by itself.
    #[must_use]
    pub fn is_moving(&self) -> bool {
        let moves = |row: &Row| {
            matches!(
                row.at,
                At::Unknown | At::Known(OrderState::Accepted | OrderState::Submitted)
            )
        };
        self.run.iter().any(moves)
    }

    /// How many of its orders the service has.
    #[must_use]
    pub fn accepted(&self) -> usize {
        let known = |row: &&Row| matches!(row.at, At::Known(_));
        self.run.iter().filter(known).count()
    }

    /// What the service says now of the customer's orders, and which are of unknown outcome.
    pub fn seen(&mut self, orders: &[OrderView], unresolved: &[OrderId]) {
        for row in &mut self.run {
            let known = orders.iter().find(|order| order.order == row.order);
            match (&row.at, known) {
                (At::Known(_) | At::Unknown, Some(view)) => row.at = At::Known(view.state),
                (At::Unknown, None) if !unresolved.contains(&row.order) => {
                    row.at = At::NeverAccepted;
                }
                _ => {}
            }
        }
    }

    /// What was signed is done with.
    pub fn leave(&mut self) {
        self.run.clear();
        self.stopping = false;
        self.previewed = None;
        self.path.clear();
        self.version += 1;
    }

    /// What follows from an input.
    pub fn update(&mut self, input: Input) -> Vec<Effect> {
        match input {
            Input::Open(on) if self.busy == Busy::No => {
                self.opened = on;
                self.fault = None;
                return match on {
                    true => vec![Effect::FindOrderFiles],
                    false => Vec::new(),
                };
            }
            Input::Path(path) => self.path = path,
            Input::Choose(index) if self.busy == Busy::No => {
                if let Some(path) = self.found.get(index) {
                    self.path.clone_from(path);
                    self.version += 1;
                    return self.import();
                }
            }
            Input::Picked(path) if self.busy == Busy::No => {
                self.path = path;
                self.version += 1;
                return self.import();
            }
            Input::Found(found) => self.found = found,
            Input::Import if self.can_import() => return self.import(),
            Input::Progress(number, of) => {
                self.busy = match self.busy {
                    Busy::Building(..) => Busy::Building(number, of),
                    _ => Busy::Previewing(number, of),
                };
            }
            Input::Previewed(previewed) => {
                self.busy = Busy::No;
                self.previewed = Some(previewed);
                self.version += 1;
            }
            Input::Failed(fault) => {
                self.busy = Busy::No;
                self.fault = Some(fault);
            }
            Input::Review if self.can_review() => {
                let batch = self.previewed.as_ref().map(|one| one.batch.clone());
                self.busy = Busy::Building(0, 0);
                self.fault = None;
                return batch.map(Effect::BuildOrders).into_iter().collect();
            }
            Input::Stop => {
                self.stopping = true;
                return vec![Effect::Stop];
            }
            Input::Stopped => {
                self.busy = Busy::No;
                self.stopping = false;
            }
            Input::Ready(rows) => {
                self.run = rows;
                self.stopping = false;
            }
            Input::Moved(order, at) => {
                if let Some(row) = self.run.iter_mut().find(|row| row.order == order) {
                    row.at = at;
                }
            }
            _ => {}
        }
        Vec::new()
    }

    fn import(&mut self) -> Vec<Effect> {
        self.busy = Busy::Previewing(0, 0);
        self.fault = None;
        self.previewed = None;
        self.stopping = false;
        vec![Effect::ImportOrders(self.path.trim().to_owned())]
    }
}

#[cfg(test)]
mod tests;
