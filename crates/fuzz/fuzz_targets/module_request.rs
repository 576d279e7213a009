//! libFuzzer on the target `module_request`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    wattkey_fuzz::run("module_request", bytes);
});
