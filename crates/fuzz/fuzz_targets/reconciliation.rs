//! libFuzzer on the target `reconciliation`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    wattkey_fuzz::run("reconciliation", bytes);
});
