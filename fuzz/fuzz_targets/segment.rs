//! Drives the door `segment` with whatever the fuzzer thinks of.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fond_fuzz::foreign::stored::segment(bytes));
