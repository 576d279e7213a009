//! libFuzzer on the target `notice`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    wattkey_fuzz::run("notice", bytes);
});
