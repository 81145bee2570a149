//! Sums the counts up by who wrote the code.

use std::collections::BTreeMap;

use crate::Result;
use crate::callgrind::count;

/// By what is in a function's name, or in that of its file; the first one that fits.
const PARTS: [(&str, &[&str]); 9] = [
    ("this library", &["migrations_runtime", "counted::"]),
    ("migrations-source and the macro", &["migrations_source", "expand", "load"]),
    ("PostgreSQL's grammar", &["rupg"]),
    ("SHA-256", &["sha2"]),
    ("the postgres client", &["postgres", "fallible_iterator"]),
    ("tokio", &["tokio", "mio::", "futures"]),
    ("r2d2", &["r2d2", "scheduled_thread_pool", "parking_lot"]),
    ("allocation", &["malloc", "free", "realloc", "calloc"]),
    (
        "Rust's libraries",
        &["core::", "alloc::", "std::", "hashbrown", "proc_macro2", "quote", "syn"],
    ),
];
/// The C library, and what has no name.
const REST: &str = "the C library and the rest";

pub(crate) fn print(what: &str) -> Result {
    let mut parts: BTreeMap<&str, f64> = BTreeMap::new();
    for ((_, function), count) in count(what)? {
        *parts.entry(part(&function)).or_default() += count;
    }
    parts.retain(|_, count| *count >= 1.0);
    println!("{}", serde_json::to_string(&parts)?);
    Ok(())
}

fn part(function: &str) -> &'static str {
    let is_of = |words: &[&str]| words.iter().any(|word| function.contains(word));
    PARTS.iter().find(|(_, words)| is_of(words)).map_or(REST, |(part, _)| part)
}
