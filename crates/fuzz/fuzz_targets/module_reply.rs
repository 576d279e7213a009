//! libFuzzer on the target `module_reply`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    wattkey_fuzz::run("module_reply", bytes);
});
