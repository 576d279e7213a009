//! Arguments of bills, payments and receipts.

use std::path::PathBuf;

use clap::Subcommand;

use super::PdfFile;

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
