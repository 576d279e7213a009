//! libFuzzer on the target `camt054`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    wattkey_fuzz::run("camt054", bytes);
});
