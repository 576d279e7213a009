//! libFuzzer on the target `metered`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    wattkey_fuzz::run("metered", bytes);
});
