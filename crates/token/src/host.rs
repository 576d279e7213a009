//! The child process in which a vendor's module runs.
//!
//! A program that uses tokens re-executes itself as `PROGRAM --wattkey-module-host`, with one end of a socket pair as
//! standard input. Nothing secret is in its arguments or its environment, and there is nothing to connect to. See
//! DESIGN.md for why there is a process at all.

mod execute;
mod serve;
mod table;

use std::process::ExitCode;

/// The argument that makes a program serve.
pub(crate) const ARGUMENT: &str = "--wattkey-module-host";
/// Set in the child. A program that forgot to call [`serve_if_asked`] would otherwise start itself for ever.
pub(crate) const MARK: &str = "WATTKEY_MODULE_HOST";

/// Serves a module when this process was started for that, and only then; answers with the process's exit code.
///
/// To be called first in `main`, before arguments are read and threads are started:
///
/// ```no_run
/// # use std::process::ExitCode;
/// fn main() -> ExitCode {
///     if let Some(code) = wattkey_token::host::serve_if_asked() {
///         return code;
///     }
///     // What the program is for.
///     # ExitCode::SUCCESS
/// }
/// ```
#[must_use]
pub fn serve_if_asked() -> Option<ExitCode> {
    let asked = std::env::args_os().nth(1)? == ARGUMENT;
    asked.then(|| match serve::serve() {
        Ok(never) => match never {},
        Err(error) => {
            eprintln!("{ARGUMENT} is for this program itself, not for people: {error}");
            ExitCode::from(2)
        }
    })
}
