//! libFuzzer on the target `session_statement`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    wattkey_fuzz::run("session_statement", bytes);
});
