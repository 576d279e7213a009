//! libFuzzer on the target `schedule`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    wattkey_fuzz::run("schedule", bytes);
});
