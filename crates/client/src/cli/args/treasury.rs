//! Arguments of files of orders and of exports.

use std::path::PathBuf;

use clap::Subcommand;
use jiff::civil::Date;

use super::day;

#[derive(Debug, Subcommand)]
pub(crate) enum Orders {
    Import {
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    List,
    Preview {
        #[arg(value_name = "BATCH")]
        batch: Option<String>,
    },
    Approve(OrdersApprove),
}

#[derive(Debug, clap::Args)]
pub(crate) struct OrdersApprove {
    #[arg(value_name = "BATCH")]
    pub(crate) batch: Option<String>,
    // A digest may begin with a hyphen.
    #[arg(long, value_name = "DIGEST", allow_hyphen_values = true)]
    pub(crate) preview: Option<String>,
    #[arg(long, value_name = "AMOUNT")]
    pub(crate) expect_total: Option<String>,
    #[arg(long, requires_all = ["expect_total", "preview"])]
    pub(crate) yes: bool,
    #[arg(long, value_name = "N")]
    pub(crate) sign_pin_fd: Option<u32>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Export {
    Bills(ExportBills),
    Payments(ExportPayments),
}

#[derive(Debug, clap::Args)]
pub(crate) struct ExportBills {
    #[arg(long)]
    pub(crate) all: bool,
    #[arg(long, value_name = "ACCOUNT")]
    pub(crate) account: Option<String>,
    #[arg(long)]
    pub(crate) lines: bool,
    #[command(flatten)]
    pub(crate) into: ExportInto,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ExportPayments {
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub(crate) from: Option<Date>,
    #[arg(long)]
    pub(crate) lines: bool,
    #[command(flatten)]
    pub(crate) into: ExportInto,
}

/// In which form, and where.
#[derive(Debug, clap::Args)]
pub(crate) struct ExportInto {
    #[arg(long, value_name = "FORM", default_value = "csv", hide_default_value = true,
        value_parser = ["csv", "ndjson"])]
    pub(crate) format: String,
    #[arg(long, value_name = "FILE")]
    pub(crate) to: Option<PathBuf>,
    #[arg(long, requires = "to")]
    pub(crate) force: bool,
    #[arg(long)]
    pub(crate) bom: bool,
}
