//! The suite against a PIV card behind pcscd: a real one's firmware, used through OpenSC's module in a child process.

#[path = "piv_bench.rs"]
mod bench;
#[expect(dead_code, reason = "the tests of PIV cards use the rest")]
#[path = "../pcscd_piv/desk.rs"]
mod desk;
#[path = "piv_differences.rs"]
mod differences;
#[path = "module.rs"]
mod module;
#[path = "second_pin.rs"]
mod second_pin;
#[path = "usb_key.rs"]
mod usb_key;

/// What is under test.
pub(crate) mod token {
    use std::path::Path;
    use std::sync::Arc;

    use wattkey_token::TokenError;

    pub(crate) use wattkey_token::{Card, Module, UnlockedKey, UsbKey, provision};

    pub(crate) fn load(path: &Path) -> Result<Arc<Module>, TokenError> {
        Module::load_with(path, &super::desk::options())
    }
}
