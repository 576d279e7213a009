//! libFuzzer on the target `pdf_attachment`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    wattkey_fuzz::run("pdf_attachment", bytes);
});
