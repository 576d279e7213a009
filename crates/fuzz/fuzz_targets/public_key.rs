//! libFuzzer on the target `public_key`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    wattkey_fuzz::run("public_key", bytes);
});
