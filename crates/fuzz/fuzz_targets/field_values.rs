//! libFuzzer on the target `field_values`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    wattkey_fuzz::run("field_values", bytes);
});
