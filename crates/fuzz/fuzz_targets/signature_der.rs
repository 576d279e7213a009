//! libFuzzer on the target `signature_der`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    wattkey_fuzz::run("signature_der", bytes);
});
