//! Any place of any text, as the server tells of it.

#![no_main]

use migrations_fuzz::errors::Case;

libfuzzer_sys::fuzz_target!(|case: Case| migrations_fuzz::errors::check(&case));
