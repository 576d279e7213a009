//! Arguments of consumption, warnings, arrears, statements, tax invoices.

use std::path::PathBuf;

use clap::Subcommand;
use jiff::civil::Date;

use super::day;
use crate::cli::text::Lang;

#[derive(Debug, clap::Args)]
pub(crate) struct Usage {
    #[arg(value_name = "POINT")]
    pub(crate) point: Option<String>,
    #[arg(long, value_name = "ACCOUNT", conflicts_with = "point")]
    pub(crate) account: Option<String>,
    #[arg(long, value_name = "STEP", default_value = "day", hide_default_value = true,
        requires = "point", value_parser = ["raw", "hour", "day", "month"])]
    pub(crate) by: String,
    #[arg(long, value_name = "DATE", value_parser = day, requires = "point")]
    pub(crate) from: Option<Date>,
    #[arg(long, value_name = "DATE", value_parser = day, requires = "point")]
    pub(crate) to: Option<Date>,
    #[arg(long, value_name = "FILE", requires = "point")]
    pub(crate) green_button: Option<PathBuf>,
    #[arg(long, value_name = "FILE", requires = "point")]
    pub(crate) load_curve: Option<PathBuf>,
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Warnings {
    #[arg(long, value_name = "ACCOUNT")]
    pub(crate) account: Option<String>,
    #[arg(long)]
    pub(crate) explain: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Arrears {
    #[arg(long, value_name = "ACCOUNT")]
    pub(crate) account: Option<String>,
    #[arg(long)]
    pub(crate) explain: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Statement {
    #[arg(value_name = "ACCOUNT")]
    pub(crate) account: String,
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub(crate) from: Option<Date>,
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub(crate) to: Option<Date>,
    #[arg(long, value_name = "FILE")]
    pub(crate) pdf: Option<PathBuf>,
    #[arg(long, value_name = "en|zh", requires = "pdf")]
    pub(crate) language: Option<Lang>,
    #[arg(long, requires = "pdf")]
    pub(crate) force: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TaxInvoices {
    List {
        #[arg(value_name = "BILL")]
        bill: String,
    },
    Save {
        #[arg(value_name = "BILL")]
        bill: String,
        #[arg(long, value_name = "NUMBER")]
        number: Option<String>,
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
        #[arg(long)]
        force: bool,
    },
}
