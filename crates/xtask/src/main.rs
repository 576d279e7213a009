//! `cargo xtask`: checks of the workspace.

use std::io::Write as _;

use clap::{Parser, Subcommand};
use xtask::{failpoints, programs, steps, tree};

/// Checks of the workspace.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Format, arrows between crates, failpoints, unsafe, licences, clippy, docs
    Check {
        /// Only what compiles nothing
        #[arg(long)]
        quick: bool,
    },
    /// Everything that `check` does, and all tests
    Ci,
    /// Build the programs that the whole-system tests start, with and without failpoints
    Programs,
    /// Print all failpoints: name, part, place
    Failpoints,
}

fn main() -> anyhow::Result<()> {
    let root = tree::workspace_root();
    match Cli::parse().command {
        Command::Check { quick: true } => steps::quick(&root),
        Command::Check { quick: false } => steps::check(&root),
        Command::Ci => steps::ci(&root),
        Command::Programs => programs::build(&root),
        Command::Failpoints => {
            let mut out = std::io::stdout().lock();
            for failpoint in failpoints::list(&root)? {
                writeln!(out, "{failpoint}")?;
            }
            Ok(())
        }
    }
}
