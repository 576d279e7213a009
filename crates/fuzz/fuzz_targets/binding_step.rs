//! libFuzzer on the target `binding_step`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    wattkey_fuzz::run("binding_step", bytes);
});
