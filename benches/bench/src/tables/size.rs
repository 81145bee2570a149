//! What a tool adds to the stripped binary of a program that has `postgres` and `r2d2` already.

use std::fs;

use crate::Result;
use crate::programs::{cargo, target};
use crate::table::{Cell, Order, fill};

const ADDED: [(&str, &str); 5] = [
    ("nothing", ""),
    ("ours", "ours"),
    ("refinery", "refinery"),
    ("sqlx", "sqlx"),
    ("diesel", "diesel"),
];

pub(super) fn measure(table: &'static str, samples: usize, order: &Order) -> Result {
    let cell = |(name, feature): (&str, &'static str)| {
        Cell::new(name.into(), move || {
            cargo(&["build", "--release", "--locked", "-p", "added", "--features", feature])?;
            let size = fs::metadata(target().join("release/added"))?.len();
            Ok(vec![("bytes", f64::from(u32::try_from(size)?))])
        })
    };
    fill(table, samples, ADDED.into_iter().map(cell).collect(), order)
}
