//! The program `wattkey-admin`; everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    wattkey_admin::run()
}
