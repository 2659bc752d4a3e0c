//! Any bytes, read as NACHA files.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    bankferry_fuzz::read("nacha", bytes);
});
