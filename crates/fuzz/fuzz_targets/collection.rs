//! libFuzzer on the target `collection`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    wattkey_fuzz::run("collection", bytes);
});
