//! libFuzzer on the target `load_csv`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    wattkey_fuzz::run("load_csv", bytes);
});
