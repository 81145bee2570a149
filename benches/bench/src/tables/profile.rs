//! Where the instructions of a start with nothing to do go, by callgrind.

use std::collections::BTreeMap;
use std::process::Command;

use crate::Result;
use crate::programs::{benches, cargo, run, target};
use crate::table::{Cell, Order, fill};

pub(super) fn measure(table: &'static str, samples: usize, order: &Order) -> Result {
    run(Command::new(benches().join("instructions")).arg("write"))?;
    cargo(&["build", "--profile", "profiling", "--locked", "-p", "counted"])?;
    let cell = |what: &'static str| {
        Cell::new(what.into(), move || {
            let program = target().join("profiling/counted");
            let output = Command::new(program).args(["profile", what]).output()?;
            if !output.status.success() {
                return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
            }
            let parts: BTreeMap<String, f64> = serde_json::from_slice(&output.stdout)?;
            // The names live as long as the samples do, and there are few.
            Ok(parts.into_iter().map(|(part, count)| (&*part.leak(), count)).collect())
        })
    };
    fill(table, samples, vec![cell("no-op"), cell("expand")], order)
}
