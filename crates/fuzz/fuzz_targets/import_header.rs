//! libFuzzer on the target `import_header`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    wattkey_fuzz::run("import_header", bytes);
});
