//! Arguments of own data, rights, disputes, notices.

use clap::Subcommand;

use super::PdfFile;

/// How a person, or a script in his place, agrees to what has no total.
#[derive(Debug, clap::Args)]
pub(crate) struct Signing {
    #[arg(long)]
    pub(crate) yes: bool,
    #[arg(long, value_name = "N")]
    pub(crate) sign_pin_fd: Option<u32>,
}

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Notices {
    #[command(subcommand)]
    pub(crate) step: Option<NoticeStep>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum NoticeStep {
    Show {
        #[arg(value_name = "NOTICE")]
        notice: String,
    },
    Pdf {
        #[arg(value_name = "NOTICE")]
        notice: String,
        #[command(flatten)]
        pdf: PdfFile,
    },
    Acknowledge {
        #[arg(value_name = "NOTICE")]
        notice: String,
        #[command(flatten)]
        signing: Signing,
    },
}

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Profile {
    #[command(subcommand)]
    pub(crate) step: Option<ProfileStep>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ProfileStep {
    #[command(subcommand_required = true, subcommand)]
    Set(ProfileSet),
}

#[derive(Debug, Subcommand)]
pub(crate) enum ProfileSet {
    Contacts {
        #[arg(value_name = "CONTACT", required_unless_present = "none")]
        contacts: Vec<String>,
        #[arg(long, conflicts_with = "contacts")]
        none: bool,
        #[command(flatten)]
        signing: Signing,
    },
    NoticeAddress {
        #[arg(long, value_name = "ACCOUNT")]
        account: Option<String>,
        #[arg(long, value_name = "TEXT", required_unless_present = "email")]
        post: Option<String>,
        #[arg(long, value_name = "ADDRESS")]
        email: Option<String>,
        #[command(flatten)]
        signing: Signing,
    },
    InvoiceData {
        #[arg(long, value_name = "NAME")]
        title: String,
        #[arg(long, value_name = "NUMBER")]
        tax_number: String,
        #[arg(long, value_name = "TEXT")]
        address: Option<String>,
        #[arg(long, value_name = "NUMBER")]
        phone: Option<String>,
        #[arg(long, value_name = "NAME")]
        bank: Option<String>,
        #[arg(long, value_name = "NUMBER")]
        bank_account: Option<String>,
        #[command(flatten)]
        signing: Signing,
    },
}

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Changes {
    #[command(subcommand)]
    pub(crate) step: Option<ChangeStep>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ChangeStep {
    Show {
        #[arg(value_name = "CHANGE")]
        change: String,
    },
    Approve(ChangeDecide),
    Refuse(ChangeDecide),
}

#[derive(Debug, clap::Args)]
pub(crate) struct ChangeDecide {
    #[arg(value_name = "CHANGE")]
    pub(crate) change: String,
    #[command(flatten)]
    pub(crate) signing: Signing,
}

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Rights {
    #[command(subcommand)]
    pub(crate) step: Option<RightsStep>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RightsStep {
    Set {
        #[arg(value_name = "USER")]
        user: String,
        #[arg(value_name = "ACCOUNT")]
        account: String,
        #[arg(value_name = "RIGHTS")]
        rights: String,
        #[command(flatten)]
        signing: Signing,
    },
}

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Disputes {
    #[arg(long, value_name = "BILL")]
    pub(crate) bill: Option<String>,
    #[command(subcommand)]
    pub(crate) step: Option<DisputeStep>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DisputeStep {
    Show {
        #[arg(value_name = "DISPUTE")]
        dispute: String,
    },
    Open {
        #[arg(value_name = "BILL")]
        bill: String,
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
        line: Option<u32>,
        #[arg(long, value_name = "AMOUNT")]
        amount: String,
        #[arg(long, value_name = "REASON",
            value_parser = ["quantity", "price", "meter", "paid", "not-ours", "other"])]
        reason: String,
        #[arg(long, value_name = "TEXT")]
        text: String,
        #[command(flatten)]
        signing: Signing,
    },
    Withdraw {
        #[arg(value_name = "DISPUTE")]
        dispute: String,
        #[command(flatten)]
        signing: Signing,
    },
}
