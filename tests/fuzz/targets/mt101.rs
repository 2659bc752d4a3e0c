//! Any bytes, read as MT101 and MT103.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    bankferry_fuzz::read("mt101", bytes);
});
