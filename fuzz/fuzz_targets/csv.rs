//! Drives the door `csv` with whatever the fuzzer thinks of.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fond_fuzz::foreign::csv(bytes));
