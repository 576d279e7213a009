//! libFuzzer on the target `camt053`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    wattkey_fuzz::run("camt053", bytes);
});
