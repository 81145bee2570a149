//! A file of any bytes.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| migrations_fuzz::file::check(bytes));
