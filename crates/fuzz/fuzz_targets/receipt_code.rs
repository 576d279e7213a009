//! libFuzzer on the target `receipt_code`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    wattkey_fuzz::run("receipt_code", bytes);
});
