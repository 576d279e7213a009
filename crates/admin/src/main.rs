//! The program `wattkey-admin`; everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(code) = wattkey_token::host::serve_if_asked() {
        return code;
    }
    wattkey_admin::run()
}
