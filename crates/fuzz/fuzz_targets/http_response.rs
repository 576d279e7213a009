//! libFuzzer on the target `http_response`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    wattkey_fuzz::run("http_response", bytes);
});
