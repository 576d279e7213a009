//! libFuzzer on the target `resolution`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    wattkey_fuzz::run("resolution", bytes);
});
