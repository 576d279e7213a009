//! libFuzzer on the target `signed_request`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    wattkey_fuzz::run("signed_request", bytes);
});
