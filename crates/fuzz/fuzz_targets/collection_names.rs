//! libFuzzer on the target `collection_names`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    wattkey_fuzz::run("collection_names", bytes);
});
