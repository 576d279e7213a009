//! Arguments of what moves money, and of decisions on it.

use std::path::PathBuf;

use clap::Subcommand;
use jiff::civil::Date;

use super::{Signing, day};

/// How a person, or a script in his place, agrees to what has a total.
#[derive(Debug, clap::Args)]
pub(crate) struct Agreement {
    #[arg(long, value_name = "AMOUNT")]
    pub(crate) expect_total: Option<String>,
    #[arg(long, requires = "expect_total")]
    pub(crate) yes: bool,
    #[arg(long, value_name = "N")]
    pub(crate) sign_pin_fd: Option<u32>,
}

/// How long to wait for the bank.
#[derive(Debug, clap::Args)]
pub(crate) struct Waiting {
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub(crate) wait: Option<u32>,
}

/// How a customer pays himself.
#[derive(Debug, clap::Args)]
pub(crate) struct Transfer {
    #[arg(long, conflicts_with = "mandate")]
    pub(crate) by_transfer: bool,
    #[arg(long, value_name = "FILE", requires = "by_transfer")]
    pub(crate) save_transfer: Option<PathBuf>,
}

/// With these no new order is made.
const NOTHING_NEW: [&str; 2] = ["resume", "signed"];
/// What says which bills are paid.
const CHOICES: [&str; 4] = ["bills", "amount", "oldest_first", "all_due"];
/// How a new order is agreed to and paid.
const OF_NEW: [&str; 4] = ["expect_total", "yes", "sign_pin_fd", "by_transfer"];

#[derive(Debug, clap::Args)]
pub(crate) struct Pay {
    #[arg(value_name = "BILL", required_unless_present_any = [
        "resume", "signed", "amount", "oldest_first", "all_due", "to_deposit",
    ])]
    pub(crate) bills: Vec<String>,
    #[arg(long, value_name = "BILL=AMOUNT", conflicts_with_all = NOTHING_NEW)]
    pub(crate) amount: Vec<String>,
    #[arg(long, value_name = "AMOUNT", conflicts_with_all = ["bills", "amount", "all_due"])]
    pub(crate) oldest_first: Option<String>,
    #[arg(long, conflicts_with_all = ["bills", "amount"])]
    pub(crate) all_due: bool,
    #[arg(long, value_name = "ACCOUNT", conflicts_with_all = ["bills", "amount", "resume", "signed"])]
    pub(crate) account: Vec<String>,
    #[arg(long, value_name = "ACCOUNT=AMOUNT", conflicts_with_all = NOTHING_NEW)]
    pub(crate) to_deposit: Option<String>,
    #[arg(long, value_name = "ACCOUNT", requires = "oldest_first",
        conflicts_with_all = ["to_deposit", "bills", "amount", "all_due"])]
    pub(crate) rest_to_deposit: Option<String>,
    #[arg(long, value_name = "ACCOUNT", conflicts_with_all = [
        "mandate", "by_transfer", "to_deposit", "rest_to_deposit", "on", "resume", "signed",
    ])]
    pub(crate) from_deposit: Option<String>,
    #[command(flatten)]
    pub(crate) transfer: Transfer,
    #[arg(long, value_name = "DATE", value_parser = day, conflicts_with_all = NOTHING_NEW,
        conflicts_with = "by_transfer")]
    pub(crate) on: Option<Date>,
    #[arg(long, value_name = "MANDATE", conflicts_with_all = NOTHING_NEW)]
    pub(crate) mandate: Option<String>,
    #[arg(long, value_name = "TEXT", conflicts_with_all = NOTHING_NEW)]
    pub(crate) reference: Option<String>,
    #[command(flatten)]
    pub(crate) agreement: Agreement,
    #[command(flatten)]
    pub(crate) waiting: Waiting,
    #[arg(long, conflicts_with_all = CHOICES, conflicts_with_all = OF_NEW, conflicts_with = "signed")]
    pub(crate) resume: bool,
    #[arg(long, value_name = "FILE", conflicts_with_all = CHOICES, conflicts_with_all = OF_NEW)]
    pub(crate) signed: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct TopUp {
    #[arg(value_name = "ACCOUNT")]
    pub(crate) account: String,
    #[arg(value_name = "AMOUNT")]
    pub(crate) amount: String,
    #[command(flatten)]
    pub(crate) transfer: Transfer,
    #[command(flatten)]
    pub(crate) order: SmallOrder,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Refund {
    #[arg(value_name = "ACCOUNT")]
    pub(crate) account: String,
    #[arg(value_name = "AMOUNT")]
    pub(crate) amount: String,
    #[command(flatten)]
    pub(crate) order: SmallOrder,
}

/// What the small forms of an order share.
#[derive(Debug, clap::Args)]
pub(crate) struct SmallOrder {
    #[arg(long, value_name = "MANDATE")]
    pub(crate) mandate: Option<String>,
    #[arg(long, value_name = "TEXT")]
    pub(crate) reference: Option<String>,
    #[command(flatten)]
    pub(crate) agreement: Agreement,
    #[command(flatten)]
    pub(crate) waiting: Waiting,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Decide {
    #[arg(value_name = "ORDER")]
    pub(crate) order: String,
    #[command(flatten)]
    pub(crate) agreement: Agreement,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Standing {
    List,
    Give(StandingGive),
    End(StandingEnd),
}

#[derive(Debug, clap::Args)]
pub(crate) struct StandingGive {
    #[arg(value_name = "ACCOUNT")]
    pub(crate) deposit: String,
    #[arg(long, value_name = "ACCOUNT")]
    pub(crate) account: Vec<String>,
    #[arg(long, value_name = "AMOUNT")]
    pub(crate) most: Option<String>,
    #[arg(long, value_name = "AMOUNT")]
    pub(crate) keep: Option<String>,
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub(crate) from: Option<Date>,
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub(crate) until: Option<Date>,
    #[command(flatten)]
    pub(crate) signing: Signing,
}

#[derive(Debug, clap::Args)]
pub(crate) struct StandingEnd {
    #[arg(value_name = "INSTRUCTION")]
    pub(crate) instruction: String,
    #[command(flatten)]
    pub(crate) signing: Signing,
}
