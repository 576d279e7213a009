//! libFuzzer on the target `banking_days`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    wattkey_fuzz::run("banking_days", bytes);
});
