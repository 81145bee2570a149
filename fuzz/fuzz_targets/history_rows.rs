//! Rows of any texts.

#![no_main]

use migrations_fuzz::history::Row;

libfuzzer_sys::fuzz_target!(|rows: Vec<Row>| migrations_fuzz::history::check(&rows));
