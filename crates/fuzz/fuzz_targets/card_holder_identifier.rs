//! libFuzzer on the target `card_holder_identifier`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    wattkey_fuzz::run("card_holder_identifier", bytes);
});
