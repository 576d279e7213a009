//! What every PKCS#11 module must do for this crate.
//!
//! The module under test is that of the environment variable `WATTKEY_TEST_PKCS11_MODULE`, SoftHSM2 without it.
//! The suite runs twice: through a child process, as programs use modules, and in this process. A third time it runs on
//! a PIV card behind pcscd, through OpenSC.
//!
//! Each test runs in a process of its own with tokens of its own (see `bench`): a module reads its configuration
//! from the environment, once per process.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(
    clippy::duplicate_mod,
    reason = "one suite, against each kind of module"
)]

/// Declares tests that run on a [`bench::Bench`].
macro_rules! contract {
    ($(
        $(#[$attribute:meta])*
        fn $name:ident($bench:ident) $body:block
    )*) => {$(
        $(#[$attribute])*
        #[test]
        fn $name() {
            super::bench::run(concat!(module_path!(), "::", stringify!($name)), |$bench| $body);
        }
    )*};
}

mod in_process;
mod pcscd_card;
mod through_child;
