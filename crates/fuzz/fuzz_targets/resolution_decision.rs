//! libFuzzer on the target `resolution_decision`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    wattkey_fuzz::run("resolution_decision", bytes);
});
