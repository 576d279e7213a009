//! Arguments of USB keys and their PINs.

use clap::Subcommand;

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
