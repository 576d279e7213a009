//! libFuzzer on the target `problem`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    wattkey_fuzz::run("problem", bytes);
});
