//! libFuzzer on the target `jws_compact`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    wattkey_fuzz::run("jws_compact", bytes);
});
