//! A USB key without hardware.
//!
//! The PIV application of the Nitrokey 3 firmware (`piv-authenticator` on Trussed) runs as a
//! process that connects to the virtual reader `vpcd` of pcscd. For every program above pcscd it is
//! a smart card: NIST SP 800-73-4, with the Yubico extensions that let `libykcs11.so` issue keys.
//! Starting the process plugs the key in, killing it pulls the key out.
//!
//! - `state`: the folder that is the key's memory, and its serial number;
//! - `flash`: one 64 KiB file as the flash memory that the firmware writes to;
//! - `firmware`: platform, backends and service of Trussed, for one time under power;
//! - `framing`: chained commands and answers in pieces (ISO 7816-4);
//! - `key`: what the firmware's application lacks on its own: selection, serial, version;
//! - `reader`: the connection to vpcd.
//!
//! It is for tests. The private keys lie in the files of the state folder, protected by a PIN of
//! six digits and by nothing else.

mod firmware;
mod flash;
mod framing;
mod key;
mod reader;
mod state;

use std::{path::PathBuf, process::ExitCode};

use clap::Parser;

use crate::state::{Serial, State};

/// A USB key without hardware: start it to plug the key in, kill it to pull the key out.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The folder that is the key's memory; a new key is made when it is empty or missing
    #[arg(long, value_name = "FOLDER")]
    state: PathBuf,

    /// The port of vpcd's reader that the key is plugged into
    #[arg(long, default_value_t = vpicc::DEFAULT_PORT)]
    port: u16,

    /// The serial number of a new key; without it a random one
    #[arg(long, value_name = "N")]
    serial: Option<Serial>,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("wattkey-virtual-usb-key: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let mut state = State::open(&arguments.state, arguments.serial)?;
    reader::plug_in(arguments.port, &mut state)
}
