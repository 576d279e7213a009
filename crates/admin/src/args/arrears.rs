//! Disputes, and cut-offs of supply.

use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;
use wattkey_domain::AccountId;

use super::{Confirm, ManagerArguments};

#[derive(Debug, Args)]
pub(crate) struct Disputes {
    /// Only those that stand so
    #[arg(long, value_name = "STATE")]
    pub(crate) state: Option<DisputeState>,
    #[command(flatten)]
    pub(crate) manager: ManagerArguments,
}

/// How a dispute stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DisputeState {
    /// It waits for an answer
    Open,
    /// The customer took it back
    Withdrawn,
    /// It was answered
    Answered,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CutOffCommand {
    /// What the legal clock says of a contract account, with a plan or without
    Show(CutOffShow),
    /// Plan a cut-off; the notices go out by themselves
    ///
    /// Shows the bills and the earliest moment, and asks. A plan of another moment is dropped first.
    Plan(CutOffPlan),
    /// What is planned, and which notices were served
    List(CutOffList),
    /// Drop a plan; what was served stays
    Drop(CutOffDrop),
}

#[derive(Debug, Args)]
pub(crate) struct CutOffShow {
    /// The contract account
    pub(crate) account: AccountId,
    #[command(flatten)]
    pub(crate) manager: ManagerArguments,
}

#[derive(Debug, Args)]
pub(crate) struct CutOffPlan {
    /// The contract account
    pub(crate) account: AccountId,
    /// The moment, as in 2026-12-20T09:00+08:00
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Timestamp,
    #[command(flatten)]
    pub(crate) manager: ManagerArguments,
    #[command(flatten)]
    pub(crate) confirm: Confirm,
}

#[derive(Debug, Args)]
pub(crate) struct CutOffList {
    #[command(flatten)]
    pub(crate) manager: ManagerArguments,
}

#[derive(Debug, Args)]
pub(crate) struct CutOffDrop {
    /// The contract account
    pub(crate) account: AccountId,
    #[command(flatten)]
    pub(crate) manager: ManagerArguments,
}
