//! libFuzzer on the target `crl`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    wattkey_fuzz::run("crl", bytes);
});
