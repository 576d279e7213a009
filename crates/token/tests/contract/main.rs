//! What every PKCS#11 module must do for this crate.
//!
//! The module under test is that of the environment variable `WATTKEY_TEST_PKCS11_MODULE`, SoftHSM2 without it.
//! Each test runs in a process of its own with tokens of its own (see `bench`): a module reads its configuration
//! from the environment, once per process.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

/// Declares tests that run on a [`bench::Bench`].
macro_rules! contract {
    ($(
        $(#[$attribute:meta])*
        fn $name:ident($bench:ident) $body:block
    )*) => {$(
        $(#[$attribute])*
        #[test]
        fn $name() {
            crate::bench::run(concat!(module_path!(), "::", stringify!($name)), |$bench| $body);
        }
    )*};
}

mod bench;
mod card;
mod module;
mod provision;
mod second_pin;
mod usb_key;
