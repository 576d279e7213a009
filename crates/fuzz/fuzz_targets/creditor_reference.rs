//! libFuzzer on the target `creditor_reference`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    wattkey_fuzz::run("creditor_reference", bytes);
});
