//! libFuzzer on the target `module_hello`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    wattkey_fuzz::run("module_hello", bytes);
});
