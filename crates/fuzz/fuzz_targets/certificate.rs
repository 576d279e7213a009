//! libFuzzer on the target `certificate`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    wattkey_fuzz::run("certificate", bytes);
});
