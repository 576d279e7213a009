//! The suite against a module in this process: what the child process is made of.

/// What is under test.
pub(crate) mod token {
    use std::path::Path;
    use std::sync::Arc;

    use wattkey_token::TokenError;

    pub(crate) use wattkey_token::local::{Card, Module, UnlockedKey, UsbKey, provision};

    pub(crate) fn load(path: &Path) -> Result<Arc<Module>, TokenError> {
        Module::load(path)
    }
}

#[path = "bench.rs"]
mod bench;
#[path = "card.rs"]
mod card;
#[path = "module.rs"]
mod module;
#[path = "provision.rs"]
mod provision;
#[path = "same_process.rs"]
mod same_process;
#[path = "second_pin.rs"]
mod second_pin;
#[path = "usb_key.rs"]
mod usb_key;
