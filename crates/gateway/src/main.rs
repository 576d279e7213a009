//! `wattkey-gateway`, the security server.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;
use wattkey_gateway::cli::Arguments;

fn main() -> ExitCode {
    if let Some(code) = wattkey_token::host::serve_if_asked() {
        return code;
    }
    match Arguments::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The exit code still says it when nobody reads stderr.
            let _ = writeln!(std::io::stderr(), "wattkey-gateway: {error:#}");
            ExitCode::FAILURE
        }
    }
}
