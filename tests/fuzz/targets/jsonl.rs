//! Any bytes, read as JSON lines.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    bankferry_fuzz::read("jsonl", bytes);
});
