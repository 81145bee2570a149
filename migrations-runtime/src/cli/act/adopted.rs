use std::io;

use postgres::Client;
use r2d2::{ManageConnection, Pool};

use crate::cli::args::Baseline;
use crate::cli::console::Console;
use crate::cli::documents::{self, Item};
use crate::cli::failure::Failure;
use crate::cli::output::Found;
use crate::cli::words::count;
use crate::migration::Migration;
use crate::runner::Runner;

/// Records migrations as applied.
pub(in crate::cli) fn baseline<M>(
    runner: &Runner,
    baseline: &Baseline,
    pool: &Pool<M>,
) -> Result<Adopted, Failure>
where
    M: ManageConnection<Connection = Client>,
{
    let recorded = runner.baseline(pool, baseline.version)?;
    Ok(Adopted { set: runner.name().into(), recorded })
}

pub(in crate::cli) struct Adopted {
    set: String,
    recorded: Vec<&'static Migration>,
}

impl Found for Adopted {
    type Document = documents::Adopted;

    fn document(&self) -> documents::Adopted {
        let recorded = self.recorded.iter().map(|file| Item::of(file, false)).collect();
        documents::Adopted { set: self.set.clone(), recorded }
    }

    fn write(&self, console: &mut Console<'_>) -> io::Result<()> {
        for file in &self.recorded {
            writeln!(console.out, "Recorded {}", file.file_name())?;
        }
        match self.recorded.len() {
            0 => writeln!(console.out, "That was recorded before"),
            number => writeln!(
                console.out,
                "{} recorded as applied, without running anything",
                count(number, "migration")
            ),
        }
    }
}
