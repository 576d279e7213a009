//! libFuzzer on the target `jws_general`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    wattkey_fuzz::run("jws_general", bytes);
});
