//! The suite against a module in a child process, as programs use it.

/// What is under test.
pub(crate) mod token {
    use std::path::Path;
    use std::sync::Arc;

    use wattkey_token::{HostOptions, TokenError};

    pub(crate) use wattkey_token::{Card, Module, UnlockedKey, UsbKey, provision};

    /// The process is the program that serves modules to tests.
    pub(crate) fn load(path: &Path) -> Result<Arc<Module>, TokenError> {
        let options = HostOptions {
            program: Some(env!("CARGO_BIN_EXE_wattkey-module-host").into()),
            ..HostOptions::default()
        };
        Module::load_with(path, &options)
    }
}

#[path = "bench.rs"]
mod bench;
#[path = "capsule.rs"]
mod capsule;
#[path = "card.rs"]
mod card;
#[path = "module.rs"]
mod module;
#[path = "provision.rs"]
mod provision;
#[path = "second_pin.rs"]
mod second_pin;
#[path = "usb_key.rs"]
mod usb_key;
