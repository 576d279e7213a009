//! libFuzzer on the target `bank_message`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    wattkey_fuzz::run("bank_message", bytes);
});
