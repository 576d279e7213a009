//! libFuzzer on the target `pain002`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    wattkey_fuzz::run("pain002", bytes);
});
