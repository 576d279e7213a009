//! `import`, `export`, `file`: files to and from the internal network.

mod export;
mod import;
mod readings;
mod sign;

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

pub(super) use export::run as export;
pub(super) use import::run as import;
pub(super) use sign::run as sign;

use crate::args::ManagerArguments;
use crate::desk::Desk;
use crate::exit::{Failure, Kind};
use crate::output::Output;
use crate::platform::Platform;
use crate::usb_key::{Signs, unlock_manager};

fn connect(desk: &Desk, manager: &ManagerArguments, output: &Output) -> Result<Platform, Failure> {
    let key = unlock_manager(&desk.config.module, manager, Signs::No, output)?;
    Platform::connect(desk, manager.managers_address.as_deref(), &key.key)
}

/// `FILE` with something more at its end.
fn beside(file: &Path, end: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// A small text: a signature, a certificate.
fn read_text(path: &Path) -> Result<String, Failure> {
    const MOST: u64 = 64 * 1024;
    let mut text = String::new();
    File::open(path)
        .and_then(|file| file.take(MOST + 1).read_to_string(&mut text))
        .map_err(|error| Failure::file(path, &error))?;
    if text.len() as u64 > MOST {
        let why = format!("{}: longer than {MOST} bytes", path.display());
        return Err(Failure::because(Kind::Usage, why));
    }
    Ok(text)
}
