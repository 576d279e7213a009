//! `wattkey-gateway`, the security server.

use clap::Parser as _;
use wattkey_gateway::cli::Arguments;

fn main() -> anyhow::Result<()> {
    Arguments::parse().run()
}
