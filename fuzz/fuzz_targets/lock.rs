//! A folder, and a lock that is made of right lines and of others.

#![no_main]

use migrations_fuzz::lock::Case;

libfuzzer_sys::fuzz_target!(|case: Case| migrations_fuzz::lock::check(&case));
