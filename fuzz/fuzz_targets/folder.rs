//! A folder of any files.

#![no_main]

use migrations_fuzz::folder::Case;

libfuzzer_sys::fuzz_target!(|case: Case| migrations_fuzz::folder::check(&case));
