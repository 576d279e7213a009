//! `wattkey`, the payment software on the command line.
//!
//! Words come from `i18n/`, shapes of `--json` and exit codes are in `README.md` beside this crate.

mod cli;
mod commands;

use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(code) = wattkey_token::host::serve_if_asked() {
        return code;
    }
    cli::run()
}
