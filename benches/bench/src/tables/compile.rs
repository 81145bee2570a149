//! Compile times, which `compile-time/run.py` measures.

use std::process::Command;

use crate::Result;
use crate::machine::Conditions;
use crate::programs::{benches, run};
use crate::samples::Samples;
use crate::table::Order;

pub(super) fn measure(table: &'static str, samples: usize, order: &Order) -> Result {
    let samples = order.samples.unwrap_or(samples).to_string();
    let results = benches().join("results");
    std::fs::create_dir_all(&results)?;
    if order.again {
        let _ = std::fs::remove_file(results.join(format!("{table}.json")));
    }
    run(Command::new("python3")
        .arg(benches().join("compile-time/run.py"))
        .args(["--table", table, "--runs", &samples, "--cold-runs", &samples])
        .arg("--json")
        .arg(results.join(format!("{table}.json"))))?;
    note_conditions(table)
}

fn note_conditions(table: &str) -> Result {
    let mut samples = Samples::load(table)?.ok_or("no samples")?;
    samples.conditions = Conditions::now();
    samples.save(table)
}
