//! A text of any characters.

#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| migrations_fuzz::syntax::check(text));
