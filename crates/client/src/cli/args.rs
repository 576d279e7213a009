//! The command line, in two languages: clap's structure, our words.

mod bills;
mod described;
mod keys;
mod own;
mod pay;
mod pdf;
mod treasury;
mod usage;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{ArgAction, FromArgMatches as _, Parser, Subcommand};
use jiff::civil::Date;

pub(crate) use bills::{Bill, BillReckon, Bills, Payment, Receipt};
pub(crate) use described::command;
pub(crate) use keys::{Keys, PinChange, PinCommand, PinUnblock};
pub(crate) use own::{
    ChangeDecide, ChangeStep, Changes, DisputeStep, Disputes, NoticeStep, Notices, Profile,
    ProfileSet, ProfileStep, Rights, RightsStep, Signing,
};
pub(crate) use pay::{Agreement, Decide, Pay, Refund, Standing, StandingEnd, StandingGive, TopUp};
pub(crate) use pdf::PdfFile;
pub(crate) use treasury::{Export, ExportBills, ExportInto, ExportPayments, Orders, OrdersApprove};
pub(crate) use usage::{Arrears, Statement, TaxInvoices, Usage, Warnings};

use super::fault::{Exit, Fault};
use super::text::{Lang, Text};

#[derive(Debug, Parser)]
#[command(
    name = "wattkey",
    version,
    disable_help_flag = true,
    disable_version_flag = true,
    disable_help_subcommand = true,
    subcommand_required = true
)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Common {
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    #[arg(long, global = true, value_name = "SERIAL")]
    pub(crate) key: Option<String>,
    #[arg(long, global = true, value_name = "N")]
    pub(crate) pin_fd: Option<u32>,
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[arg(long, global = true, conflicts_with = "json")]
    pub(crate) csv: bool,
    #[arg(long, global = true, value_name = "en|zh")]
    pub(crate) lang: Option<Lang>,
    #[arg(long, global = true)]
    pub(crate) last_try: bool,
    #[arg(short = 'h', long, global = true, action = ArgAction::Help)]
    help: Option<bool>,
    #[arg(short = 'V', long, action = ArgAction::Version)]
    version: Option<bool>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Keys(Keys),
    #[command(subcommand_required = true, subcommand)]
    Pin(PinCommand),
    Whoami,
    Accounts,
    Bills(Bills),
    #[command(subcommand_required = true, subcommand)]
    Bill(Bill),
    Pay(Pay),
    TopUp(TopUp),
    Refund(Refund),
    Deposits,
    Approvals,
    Approve(Decide),
    Refuse(Decide),
    Cancel(Decide),
    #[command(subcommand_required = true, subcommand)]
    Standing(Standing),
    Payments,
    #[command(subcommand_required = true, subcommand)]
    Payment(Payment),
    #[command(subcommand_required = true, subcommand)]
    Receipt(Receipt),
    Mandates,
    #[command(flatten)]
    More(More),
    Check,
}

/// Files of orders, exports, consumption, own data.
#[derive(Debug, Subcommand)]
pub(crate) enum More {
    #[command(subcommand_required = true, subcommand)]
    Orders(Orders),
    #[command(subcommand_required = true, subcommand)]
    Export(Export),
    Usage(Usage),
    Warnings(Warnings),
    Arrears(Arrears),
    Statement(Statement),
    #[command(subcommand_required = true, subcommand)]
    TaxInvoices(TaxInvoices),
    Notices(Notices),
    Disputes(Disputes),
    Profile(Profile),
    Rights(Rights),
    Changes(Changes),
}

impl Command {
    /// Whether its result is a table, which can be had as CSV.
    pub(crate) fn is_table(&self) -> bool {
        match self {
            Self::Keys(wanted) => !wanted.watch,
            Self::Accounts | Self::Bills(_) | Self::Deposits | Self::Approvals => true,
            Self::Payments | Self::Mandates => true,
            Self::Bill(bill) => matches!(bill, Bill::Show { .. } | Bill::Reckon(_)),
            Self::Standing(standing) => matches!(standing, Standing::List),
            Self::More(more) => more.is_table(),
            _ => false,
        }
    }

    /// From which descriptors secrets are to be read, besides the first PIN.
    pub(crate) fn secret_descriptors(&self) -> [Option<u32>; 2] {
        let one = match self {
            Self::Pay(pay) => pay.agreement.sign_pin_fd,
            Self::TopUp(TopUp { order, .. }) | Self::Refund(Refund { order, .. }) => {
                order.agreement.sign_pin_fd
            }
            Self::Approve(wanted) | Self::Refuse(wanted) | Self::Cancel(wanted) => {
                wanted.agreement.sign_pin_fd
            }
            Self::Standing(Standing::Give(wanted)) => wanted.signing.sign_pin_fd,
            Self::Standing(Standing::End(wanted)) => wanted.signing.sign_pin_fd,
            Self::More(more) => more.sign_pin_fd(),
            Self::Pin(PinCommand::Change(wanted)) => wanted.new_pin_fd,
            Self::Pin(PinCommand::Unblock(wanted)) => {
                return [wanted.puk_fd, wanted.new_pin_fd];
            }
            _ => None,
        };
        [one, None]
    }
}

impl More {
    fn is_table(&self) -> bool {
        match self {
            Self::Usage(_) | Self::Warnings(_) | Self::Arrears(_) => true,
            Self::Statement(wanted) => wanted.pdf.is_none(),
            Self::TaxInvoices(wanted) => matches!(wanted, TaxInvoices::List { .. }),
            Self::Orders(wanted) => matches!(wanted, Orders::List | Orders::Preview { .. }),
            Self::Notices(wanted) => wanted.step.is_none(),
            Self::Disputes(wanted) => wanted.step.is_none(),
            Self::Rights(wanted) => wanted.step.is_none(),
            Self::Changes(wanted) => wanted.step.is_none(),
            Self::Export(_) | Self::Profile(_) => false,
        }
    }

    fn sign_pin_fd(&self) -> Option<u32> {
        let signing = match self {
            Self::Orders(Orders::Approve(wanted)) => return wanted.sign_pin_fd,
            Self::Notices(Notices {
                step: Some(NoticeStep::Acknowledge { signing, .. }),
            }) => signing,
            Self::Disputes(Disputes {
                step:
                    Some(DisputeStep::Open { signing, .. } | DisputeStep::Withdraw { signing, .. }),
                ..
            }) => signing,
            Self::Profile(Profile {
                step:
                    Some(ProfileStep::Set(
                        ProfileSet::Contacts { signing, .. }
                        | ProfileSet::NoticeAddress { signing, .. }
                        | ProfileSet::InvoiceData { signing, .. },
                    )),
            }) => signing,
            Self::Rights(Rights {
                step: Some(RightsStep::Set { signing, .. }),
            }) => signing,
            Self::Changes(Changes {
                step: Some(ChangeStep::Approve(wanted) | ChangeStep::Refuse(wanted)),
            }) => &wanted.signing,
            _ => return None,
        };
        signing.sign_pin_fd
    }
}

/// A day in its one spelling.
fn day(text: &str) -> Result<Date, String> {
    wattkey_protocol::time::parse_date(text).ok_or_else(|| "write it as 2026-11-30".to_owned())
}

/// What became of the command line.
pub(crate) enum Parsed {
    Run(Box<Args>),
    /// Help or version was asked for: print this and leave.
    Print(String),
    Wrong(Misuse),
}

/// A command line that is not understood.
#[derive(Debug)]
pub(crate) struct Misuse {
    /// Message of the translations, without `err-`.
    pub(crate) code: &'static str,
    /// The word that it is about.
    pub(crate) word: String,
}

impl From<Misuse> for Fault {
    fn from(misuse: Misuse) -> Fault {
        Fault::new(misuse.code, Exit::Usage).with("word", misuse.word)
    }
}

/// Reads the command line.
pub(crate) fn parse(text: &Text, arguments: impl IntoIterator<Item = OsString>) -> Parsed {
    let matches = command(text).try_get_matches_from(arguments);
    match matches.and_then(|mut matches| Args::from_arg_matches_mut(&mut matches)) {
        Ok(args) => Parsed::Run(Box::new(args)),
        Err(error) => match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
                Parsed::Print(error.render().to_string().trim_end().to_owned() + "\n")
            }
            _ => Parsed::Wrong(described::misuse(&error)),
        },
    }
}

#[cfg(test)]
mod tests;
