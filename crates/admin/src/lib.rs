//! The management tool `wattkey-admin`: the issuing desk of the power company.
//!
//! It makes the two CAs, certifies servers, issues USB keys, binds them to
//! their holders and unbinds them. It is the only program that can issue a
//! certificate.
//!
//! # The desk
//!
//! A folder that `init` creates, read and written by one command at a
//! time:
//!
//! | file | what |
//! | --- | --- |
//! | `admin.toml` | configuration |
//! | `register.ndjson` | register: one line per certificate, key, binding, revocation; only appended to |
//! | `users-ca.pem`, `service-ca.pem` | CA certificates |
//! | `users-ca.crl`, `service-ca.crl` | their CRLs, which servers read |
//!
//! No private key is in the folder. The CAs' keys are in PKCS#11 tokens, the
//! keys of USB keys and cards are made on them. The platform's TLS key is the
//! one exception of the system: a file of mode 0600 where `--key-file` says.
//!
//! # Two tokens in one command
//!
//! Most commands touch two tokens: the CA's and the USB key or card in hand.
//! They may need different modules, and some modules (SoftHSM) take their
//! token directory from an environment variable, once per process. Each module
//! runs in a process of its own anyway ([`wattkey_token`]): the CA's with the
//! environment of the `[ca]` section of the configuration, the other with the
//! environment that the tool was started with.
//!
//! | command | CA's token | token in hand |
//! | --- | --- | --- |
//! | `ca create`, `crl`, `revoke` | CA | – |
//! | `card init` | – | card |
//! | `server issue` | service CA | card (nothing for the platform's TLS key) |
//! | `key issue` | issuing CA | the new USB key |
//! | `bind --first` | issuing CA | the first manager's USB key |
//! | `bind`, `log` | – | a manager's USB key |
//! | `report-lost` | issuing CA | a manager's USB key |
//! | `reconcile`, `resolve`, `resolutions`, `resolution` | – | a manager's USB key |
//!
//! PINs are read in a fixed order, which each command's help names; with
//! several `--…-pin-fd` on one descriptor each takes one line. A command that
//! needs the CA opens it first, so that a wrong CA PIN leaves the key in hand
//! untouched.
//!
//! # What it does not do yet
//!
//! Renewal, and steps that two managers sign; they have their own places in
//! the register and the log.

mod args;
mod authority;
mod commands;
mod config;
mod confirm;
mod desk;
mod exit;
mod log;
mod output;
mod pins;
mod platform;
mod register;
mod said;
mod signer;
mod text;
mod usb_key;

use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _};

use crate::args::Arguments;
use crate::output::Output;

/// Runs the program with the arguments of the process.
#[must_use]
pub fn run() -> ExitCode {
    let parsed = Arguments::command().try_get_matches().and_then(|matches| {
        let arguments = Arguments::from_arg_matches(&matches)?;
        Ok((arguments, args::descriptors(&matches)))
    });
    let (arguments, descriptors) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => {
            let code = if error.use_stderr() { 2 } else { 0 };
            // Nobody is left to tell when this fails.
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    let output = Output::new(arguments.json, arguments.language);
    let result = pins::check(&descriptors)
        .and_then(|()| harden())
        .and_then(|()| commands::run(&arguments, &output))
        .and_then(|()| output.end());
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output.failure(&failure);
            ExitCode::from(failure.kind.code())
        }
    }
}

/// PINs pass through this process.
fn harden() -> Result<(), exit::Failure> {
    wattkey_token::harden_process().map_err(|error| exit::Failure::new(exit::Kind::Fault, &error))
}
