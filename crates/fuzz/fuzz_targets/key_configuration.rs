//! libFuzzer on the target `key_configuration`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    wattkey_fuzz::run("key_configuration", bytes);
});
