//! libFuzzer on the target `tariff`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    wattkey_fuzz::run("tariff", bytes);
});
