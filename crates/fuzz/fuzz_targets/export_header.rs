//! libFuzzer on the target `export_header`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    wattkey_fuzz::run("export_header", bytes);
});
