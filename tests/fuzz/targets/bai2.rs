//! Any bytes, read as BAI2.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    bankferry_fuzz::read("bai2", bytes);
});
