//! libFuzzer on the target `dispute`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    wattkey_fuzz::run("dispute", bytes);
});
