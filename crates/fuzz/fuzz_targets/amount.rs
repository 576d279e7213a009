//! libFuzzer on the target `amount`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    wattkey_fuzz::run("amount", bytes);
});
