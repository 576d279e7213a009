//! libFuzzer on the target `change_decision`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    wattkey_fuzz::run("change_decision", bytes);
});
