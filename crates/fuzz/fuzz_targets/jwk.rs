//! libFuzzer on the target `jwk`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    wattkey_fuzz::run("jwk", bytes);
});
