//! libFuzzer on the target `key_list`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    wattkey_fuzz::run("key_list", bytes);
});
