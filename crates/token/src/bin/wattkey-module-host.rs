//! Serves a PKCS#11 module to tests and to benchmarks, which cannot serve it themselves: the `main` of a test is not
//! theirs. Programs serve their own.

use std::process::ExitCode;

fn main() -> ExitCode {
    wattkey_token::host::serve_if_asked().unwrap_or_else(|| {
        eprintln!("wattkey-module-host is started by tests, not by people");
        ExitCode::from(2)
    })
}
