//! Any bytes, read as receipt bundles.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    bankferry_fuzz::read("receipts", bytes);
});
