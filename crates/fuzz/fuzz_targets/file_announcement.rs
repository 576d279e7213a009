//! libFuzzer on the target `file_announcement`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    wattkey_fuzz::run("file_announcement", bytes);
});
