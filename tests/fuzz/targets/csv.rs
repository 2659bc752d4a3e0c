//! Any bytes, read as our own CSV.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    bankferry_fuzz::read("csv", bytes);
});
