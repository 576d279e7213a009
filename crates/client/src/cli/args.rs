//! The command line, in two languages: clap's structure, our words.

mod own;
mod pdf;
mod treasury;
mod usage;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgAction, Args as _, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use jiff::civil::Date;

pub(crate) use own::{
    ChangeDecide, ChangeStep, Changes, DisputeStep, Disputes, NoticeStep, Notices, Profile,
    ProfileSet, ProfileStep, Rights, RightsStep, Signing,
};
pub(crate) use pdf::PdfFile;
pub(crate) use treasury::{Export, ExportBills, ExportInto, ExportPayments, Orders, OrdersApprove};
pub(crate) use usage::{Arrears, Statement, TaxInvoices, Usage, Warnings};

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
                order.sign_pin_fd
            }
            Self::Approve(wanted) | Self::Refuse(wanted) | Self::Cancel(wanted) => {
                wanted.sign_pin_fd
            }
            Self::Standing(Standing::Give(wanted)) => wanted.sign_pin_fd,
            Self::Standing(Standing::End(wanted)) => wanted.sign_pin_fd,
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

#[derive(Debug, clap::Args)]
pub(crate) struct Keys {
    #[arg(long)]
    pub(crate) watch: bool,
    #[arg(long = "for", requires = "watch", value_name = "SECONDS",
        value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub(crate) seconds: Option<u32>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PinCommand {
    Change(PinChange),
    Unblock(PinUnblock),
}

#[derive(Debug, clap::Args)]
pub(crate) struct PinChange {
    #[arg(long, value_name = "N")]
    pub(crate) new_pin_fd: Option<u32>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct PinUnblock {
    #[arg(long, value_name = "N", conflicts_with = "pin_fd")]
    pub(crate) puk_fd: Option<u32>,
    #[arg(long, value_name = "N", conflicts_with = "pin_fd")]
    pub(crate) new_pin_fd: Option<u32>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Bills {
    #[arg(long, value_name = "STATE", value_parser = ["open", "overdue", "in-collection", "paid", "cancelled"])]
    pub(crate) state: Option<String>,
    #[arg(long, value_name = "ACCOUNT")]
    pub(crate) account: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Bill {
    Show {
        #[arg(value_name = "BILL")]
        bill: String,
    },
    Save {
        #[arg(value_name = "BILL")]
        bill: String,
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
        #[arg(long)]
        force: bool,
    },
    Reckon(BillReckon),
    Pdf {
        #[arg(value_name = "BILL")]
        bill: String,
        #[arg(long)]
        reckon: bool,
        #[command(flatten)]
        pdf: PdfFile,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct BillReckon {
    #[arg(value_name = "BILL|FILE")]
    pub(crate) bill: String,
    #[arg(long, value_name = "FILE", requires = "readings")]
    pub(crate) tariff: Vec<PathBuf>,
    #[arg(long, value_name = "FILE", requires = "tariff")]
    pub(crate) readings: Option<PathBuf>,
}

/// How a person, or a script in his place, agrees to what is signed.
#[derive(Debug, clap::Args)]
pub(crate) struct Agreement {
    #[arg(long, value_name = "AMOUNT", conflicts_with_all = NOTHING_NEW)]
    pub(crate) expect_total: Option<String>,
    #[arg(long, requires = "expect_total", conflicts_with_all = NOTHING_NEW)]
    pub(crate) yes: bool,
    #[arg(long, value_name = "N", conflicts_with_all = NOTHING_NEW)]
    pub(crate) sign_pin_fd: Option<u32>,
}

/// With these no new order is made.
const NOTHING_NEW: [&str; 2] = ["resume", "signed"];
/// What says which bills are paid.
const CHOICES: [&str; 4] = ["bills", "amount", "oldest_first", "all_due"];

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
    #[arg(long, conflicts_with_all = ["mandate", "on", "resume", "signed"])]
    pub(crate) by_transfer: bool,
    #[arg(long, value_name = "FILE", requires = "by_transfer")]
    pub(crate) save_transfer: Option<PathBuf>,
    #[arg(long, value_name = "DATE", value_parser = day, conflicts_with_all = NOTHING_NEW)]
    pub(crate) on: Option<Date>,
    #[arg(long, value_name = "MANDATE", conflicts_with_all = NOTHING_NEW)]
    pub(crate) mandate: Option<String>,
    #[arg(long, value_name = "TEXT", conflicts_with_all = NOTHING_NEW)]
    pub(crate) reference: Option<String>,
    #[command(flatten)]
    pub(crate) agreement: Agreement,
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub(crate) wait: Option<u32>,
    #[arg(long, conflicts_with_all = CHOICES, conflicts_with = "signed")]
    pub(crate) resume: bool,
    #[arg(long, value_name = "FILE", conflicts_with_all = CHOICES)]
    pub(crate) signed: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct TopUp {
    #[arg(value_name = "ACCOUNT")]
    pub(crate) account: String,
    #[arg(value_name = "AMOUNT")]
    pub(crate) amount: String,
    #[arg(long, conflicts_with = "mandate")]
    pub(crate) by_transfer: bool,
    #[arg(long, value_name = "FILE", requires = "by_transfer")]
    pub(crate) save_transfer: Option<PathBuf>,
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
    #[arg(long, value_name = "AMOUNT")]
    pub(crate) expect_total: Option<String>,
    #[arg(long, requires = "expect_total")]
    pub(crate) yes: bool,
    #[arg(long, value_name = "N")]
    pub(crate) sign_pin_fd: Option<u32>,
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub(crate) wait: Option<u32>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Decide {
    #[arg(value_name = "ORDER")]
    pub(crate) order: String,
    #[arg(long, value_name = "AMOUNT")]
    pub(crate) expect_total: Option<String>,
    #[arg(long, requires = "expect_total")]
    pub(crate) yes: bool,
    #[arg(long, value_name = "N")]
    pub(crate) sign_pin_fd: Option<u32>,
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
    #[arg(long)]
    pub(crate) yes: bool,
    #[arg(long, value_name = "N")]
    pub(crate) sign_pin_fd: Option<u32>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct StandingEnd {
    #[arg(value_name = "INSTRUCTION")]
    pub(crate) instruction: String,
    #[arg(long)]
    pub(crate) yes: bool,
    #[arg(long, value_name = "N")]
    pub(crate) sign_pin_fd: Option<u32>,
}

/// A day in its one spelling.
fn day(text: &str) -> Result<Date, String> {
    wattkey_protocol::time::parse_date(text).ok_or_else(|| "write it as 2026-11-30".to_owned())
}

#[derive(Debug, Subcommand)]
pub(crate) enum Payment {
    Show {
        #[arg(value_name = "ORDER")]
        order: String,
    },
    Export {
        #[arg(value_name = "ORDER")]
        order: String,
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
        #[arg(long)]
        force: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Receipt {
    Save {
        #[arg(value_name = "ORDER")]
        order: String,
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
        #[arg(long)]
        force: bool,
    },
    Pdf {
        #[arg(value_name = "ORDER")]
        order: String,
        #[command(flatten)]
        pdf: PdfFile,
    },
    Verify {
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[arg(long, value_name = "PEM")]
        service_ca: Option<PathBuf>,
        #[arg(long, value_name = "CODE")]
        code: Option<String>,
    },
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

/// Reads the command line.
pub(crate) fn parse(text: &Text, arguments: impl IntoIterator<Item = OsString>) -> Parsed {
    let matches = command(text).try_get_matches_from(arguments);
    match matches.and_then(|mut matches| Args::from_arg_matches_mut(&mut matches)) {
        Ok(args) => Parsed::Run(Box::new(args)),
        Err(error) => match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
                Parsed::Print(error.render().to_string().trim_end().to_owned() + "\n")
            }
            _ => Parsed::Wrong(misuse(&error)),
        },
    }
}

fn misuse(error: &clap::Error) -> Misuse {
    let word = |kind| match error.get(kind) {
        Some(ContextValue::String(word)) => word.clone(),
        Some(ContextValue::Strings(words)) => words.join(" "),
        _ => String::new(),
    };
    let (code, word) = match error.kind() {
        ErrorKind::UnknownArgument => ("usage-unknown", word(ContextKind::InvalidArg)),
        ErrorKind::InvalidSubcommand => ("usage-command", word(ContextKind::InvalidSubcommand)),
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            ("usage-no-command", String::new())
        }
        ErrorKind::MissingRequiredArgument => ("usage-missing", word(ContextKind::InvalidArg)),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            ("usage-value", word(ContextKind::InvalidArg))
        }
        ErrorKind::ArgumentConflict => ("usage-conflict", word(ContextKind::InvalidArg)),
        _ => ("usage-other", word(ContextKind::InvalidArg)),
    };
    Misuse { code, word }
}

/// The command with its words in the user's language.
pub(crate) fn command(text: &Text) -> clap::Command {
    translated(Args::command(), "help", text)
}

/// Words of `command` are the messages `ID` (about) and `ID-argument` (else `help-order-argument`),
/// those of a subcommand `ID-name`.
fn translated(command: clap::Command, id: &str, text: &Text) -> clap::Command {
    let common: Vec<_> = Common::augment_args(clap::Command::new(""))
        .get_arguments()
        .map(|argument| argument.get_id().to_string())
        .collect();
    let template = format!(
        "{{about}}\n\n{} {{usage}}\n\n{{all-args}}{{after-help}}",
        text.get("help-heading-usage")
    );
    let command = match text.find(&format!("{id}-more"), &[]) {
        Some(more) => command.after_help(more),
        None => command,
    };
    let command = command
        .about(text.get(id))
        .help_template(template)
        .subcommand_help_heading(text.get("help-heading-commands"))
        .mut_args(|argument| {
            let name = argument.get_id().to_string();
            let shared = common.contains(&name);
            let own = format!("{id}-{name}").replace('_', "-");
            let help = if shared {
                format!("help-common-{name}")
            } else if text.find(&own, &[]).is_some() {
                own
            } else {
                // What several commands have, with the same words.
                format!("help-order-{name}")
            };
            let heading = match (argument.is_positional(), shared) {
                (true, _) => "help-heading-arguments",
                (false, true) => "help-heading-common",
                (false, false) => "help-heading-options",
            };
            let takes_value = argument.get_action().takes_values();
            let argument = argument
                .help(text.get(&help.replace('_', "-")))
                .help_heading(text.get(heading));
            if takes_value {
                argument.hide_possible_values(true)
            } else {
                argument
            }
        });
    command.mut_subcommands(|sub| {
        let id = format!("{id}-{}", sub.get_name());
        translated(sub, &id, text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Parsed {
        parse(&Text::new(Lang::En), line.split(' ').map(OsString::from))
    }

    fn misuse_of(line: &str) -> (&'static str, String) {
        match parsed(line) {
            Parsed::Wrong(misuse) => (misuse.code, misuse.word),
            _ => panic!("{line} is understood"),
        }
    }

    #[test]
    fn the_command_is_consistent_in_both_languages() {
        command(&Text::new(Lang::En)).debug_assert();
        command(&Text::new(Lang::Zh)).debug_assert();
    }

    #[test]
    fn everything_is_explained_in_both_languages() {
        for lang in [Lang::En, Lang::Zh] {
            explained(&command(&Text::new(lang)));
        }
    }

    fn explained(command: &clap::Command) {
        let about = command.get_about().unwrap().to_string();
        assert!(!about.starts_with("help"), "{about} is no message");
        for argument in command.get_arguments() {
            let help = argument.get_help().unwrap().to_string();
            assert!(!help.starts_with("help-"), "{help} is no message");
        }
        command.get_subcommands().for_each(explained);
    }

    #[test]
    fn yes_needs_the_total_and_the_bills() {
        assert!(matches!(
            parsed("wattkey pay B-1 --yes --expect-total 1.00"),
            Parsed::Run(_)
        ));
        assert_eq!(misuse_of("wattkey pay B-1 --yes").0, "usage-missing");
        assert_eq!(
            misuse_of("wattkey pay --yes --expect-total 1.00").0,
            "usage-missing"
        );
        assert_eq!(
            misuse_of("wattkey pay --resume --yes --expect-total 1.00").0,
            "usage-conflict"
        );
        assert_eq!(misuse_of("wattkey pay --resume B-1").0, "usage-conflict");
    }

    #[test]
    fn what_does_not_go_together_is_refused() {
        for good in [
            "wattkey pay --all-due --account C-1 --account C-2",
            "wattkey pay --oldest-first 500.00 --on 2026-11-30",
            "wattkey pay B-1 --amount B-2=10.00 --to-deposit C-1=5.00 --by-transfer",
            "wattkey pay --to-deposit C-1=5.00",
            "wattkey pay --oldest-first 500.00 --rest-to-deposit C-1",
            "wattkey pay B-1 --from-deposit C-1",
            "wattkey top-up C-1 500.00 --by-transfer --save-transfer t.xml",
            "wattkey refund C-1 500.00 --yes --expect-total 500.00",
            "wattkey standing give C-1 --most 5.00 --until 2027-01-01 --yes",
        ] {
            assert!(matches!(parsed(good), Parsed::Run(_)), "{good}");
        }
        for (bad, code) in [
            ("wattkey pay", "usage-missing"),
            ("wattkey pay B-1 --all-due", "usage-conflict"),
            (
                "wattkey pay --all-due --oldest-first 5.00",
                "usage-conflict",
            ),
            ("wattkey pay B-1 --account C-1", "usage-conflict"),
            (
                "wattkey pay B-1 --from-deposit C-1 --mandate M-1",
                "usage-conflict",
            ),
            (
                "wattkey pay B-1 --from-deposit C-1 --by-transfer",
                "usage-conflict",
            ),
            (
                "wattkey pay B-1 --from-deposit C-1 --to-deposit C-1=5.00",
                "usage-conflict",
            ),
            (
                "wattkey pay B-1 --by-transfer --on 2026-11-30",
                "usage-conflict",
            ),
            ("wattkey pay B-1 --save-transfer t.xml", "usage-missing"),
            ("wattkey pay B-1 --rest-to-deposit C-1", "usage-conflict"),
            ("wattkey pay --resume --all-due", "usage-conflict"),
            ("wattkey pay B-1 --on tomorrow", "usage-value"),
            ("wattkey top-up C-1", "usage-missing"),
            ("wattkey approve", "usage-missing"),
            ("wattkey refuse 7d3f --yes", "usage-missing"),
        ] {
            assert_eq!(misuse_of(bad).0, code, "{bad}");
        }
    }

    #[test]
    fn what_is_not_understood_is_named() {
        assert_eq!(
            misuse_of("wattkey pay --pin 1234"),
            ("usage-unknown", "--pin".into())
        );
        assert_eq!(misuse_of("wattkey paid"), ("usage-command", "paid".into()));
        assert_eq!(misuse_of("wattkey bills --state late").0, "usage-value");
        assert_eq!(misuse_of("wattkey keys --for 3").0, "usage-missing");
        assert_eq!(
            misuse_of("wattkey pin unblock --pin-fd 0 --puk-fd 0").0,
            "usage-conflict"
        );
    }
}
