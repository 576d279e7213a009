//! libFuzzer on the target `decision`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    wattkey_fuzz::run("decision", bytes);
});
