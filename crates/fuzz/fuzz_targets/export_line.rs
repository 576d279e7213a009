//! libFuzzer on the target `export_line`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    wattkey_fuzz::run("export_line", bytes);
});
