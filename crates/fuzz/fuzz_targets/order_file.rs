//! libFuzzer on the target `order_file`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    wattkey_fuzz::run("order_file", bytes);
});
