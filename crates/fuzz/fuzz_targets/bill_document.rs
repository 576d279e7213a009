//! libFuzzer on the target `bill_document`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    wattkey_fuzz::run("bill_document", bytes);
});
