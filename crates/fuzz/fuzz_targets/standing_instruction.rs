//! libFuzzer on the target `standing_instruction`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    wattkey_fuzz::run("standing_instruction", bytes);
});
