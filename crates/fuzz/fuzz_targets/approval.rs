//! libFuzzer on the target `approval`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    wattkey_fuzz::run("approval", bytes);
});
