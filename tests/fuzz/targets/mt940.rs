//! Any bytes, read as MT940, MT942 and MT950.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    bankferry_fuzz::read("mt940", bytes);
});
