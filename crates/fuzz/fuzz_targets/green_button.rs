//! libFuzzer on the target `green_button`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    wattkey_fuzz::run("green_button", bytes);
});
