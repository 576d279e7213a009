//! What the bank said against the books, and what managers make of it.

use std::str::FromStr;

use clap::{Args, Subcommand, ValueEnum};
use jiff::civil::Date;
use wattkey_domain::{AccountId, BillId, Item, ResolutionId};

use super::{Confirm, ManagerArguments};

#[derive(Debug, Args)]
pub(crate) struct Reconcile {
    /// The day of the statement; today when absent
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) day: Option<Date>,
    #[command(flatten)]
    pub(crate) manager: ManagerArguments,
}

#[derive(Debug, Args)]
pub(crate) struct Resolve {
    /// The item, as `reconcile` shows it; or order:ORDER, an order that the bank does not end, or
    /// return:RESOLUTION, money on its way back that it does not end
    #[arg(value_name = "ITEM")]
    pub(crate) item: Item,
    /// A bill, and how much of the money it gets, penalty included, as in B-1=1200.50; without an
    /// amount as much as it takes of what is left; may be repeated
    #[arg(long = "bill", value_name = "BILL[=AMOUNT]")]
    pub(crate) bills: Vec<Part<BillId>>,
    /// The contract account whose deposit gets an amount, or what is left
    #[arg(long, value_name = "ACCOUNT[=AMOUNT]")]
    pub(crate) deposit: Option<Part<AccountId>>,
    /// Do as `reconcile` proposes: the number of the proposal, from 1
    #[arg(long, value_name = "N", conflicts_with_all = ["bills", "deposit", "note"])]
    pub(crate) proposal: Option<usize>,
    /// Post nothing: somebody looked, and this is why nothing more is to be done
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["bills", "deposit"])]
    pub(crate) note: Option<String>,
    /// Money that the bank booked for an order that it does not fit waits as a receipt; with --reason
    #[arg(long, conflicts_with_all = ["bills", "deposit", "proposal", "note"])]
    pub(crate) receive: bool,
    /// Money that came in goes back to the account that it came from, all of it; with --reason
    #[arg(long = "return", requires = "agent",
        conflicts_with_all = ["bills", "deposit", "proposal", "note", "receive", "order"])]
    pub(crate) send_back: bool,
    /// The bank of that account: a BIC, a CNAPS code of 12 digits, or NOTPROVIDED
    #[arg(long, value_name = "CODE", requires = "send_back")]
    pub(crate) agent: Option<String>,
    /// Who has that account, where the bank does not say it
    #[arg(long, value_name = "NAME", requires = "send_back")]
    pub(crate) name: Option<String>,
    /// The item's order, or money on its way back, ends so, though the bank does not say it; with --reason
    ///
    /// What the bank booked with the item beyond that waits as a receipt, or is its fee.
    #[arg(long, value_name = "END", conflicts_with_all = ["bills", "deposit", "proposal", "note", "receive"])]
    pub(crate) order: Option<OrderEnd>,
    /// Why
    #[arg(long, value_name = "TEXT", default_value = "", conflicts_with = "note")]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) manager: ManagerArguments,
    #[command(flatten)]
    pub(crate) confirm: Confirm,
}

#[derive(Debug, Args)]
pub(crate) struct Resolutions {
    /// Also those that were decided, newest first
    #[arg(long)]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) manager: ManagerArguments,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ResolutionCommand {
    /// Confirm what another manager signed: from then on it is posted
    ///
    /// Fetches the resolution, verifies who signed it, and shows what it says. Reads the manager's
    /// PIN, then the same again for the signature.
    Confirm(Decide),
    /// Refuse a resolution; another one of the same item may come
    ///
    /// Reads the manager's PIN, then the same again for the signature.
    Refuse(Decide),
}

#[derive(Debug, Args)]
pub(crate) struct Decide {
    /// The resolution, as `resolutions` shows it
    pub(crate) resolution: ResolutionId,
    #[command(flatten)]
    pub(crate) manager: ManagerArguments,
    #[command(flatten)]
    pub(crate) confirm: Confirm,
}

/// How an order ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OrderEnd {
    /// The bank will not do it: its bills are open again
    Rejected,
    /// The bank did it
    Settled,
    /// The bank took it back: its bills are open again
    Returned,
}

/// Something, and how much it gets.
#[derive(Debug, Clone)]
pub(crate) struct Part<Id> {
    pub(crate) id: Id,
    /// As it was written: how many decimals there are depends on the currency.
    pub(crate) amount: Option<String>,
}

impl<Id: FromStr> FromStr for Part<Id> {
    type Err = Id::Err;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (id, amount) = match text.split_once('=') {
            Some((id, amount)) => (id, Some(amount.to_owned())),
            None => (text, None),
        };
        let id = id.parse()?;
        Ok(Self { id, amount })
    }
}
