//! Comments of any directives, before and behind a statement.

#![no_main]

use migrations_fuzz::directives::Case;

libfuzzer_sys::fuzz_target!(|case: Case| migrations_fuzz::directives::check(&case));
