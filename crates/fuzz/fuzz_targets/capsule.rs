//! libFuzzer on the target `capsule`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    wattkey_fuzz::run("capsule", bytes);
});
