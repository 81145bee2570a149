use std::io;

use postgres::Client;
use r2d2::{ManageConnection, Pool};

use super::args::Up;
use super::console::Console;
use super::documents::{Item, Trial};
use super::exit::Exit;
use super::failure::Failure;
use super::output::Found;
use super::words::{count, took};
use crate::dry_run::DryRun;
use crate::runner::Runner;

/// Runs what is pending, and rolls it back.
pub(super) fn run<M>(runner: &Runner, up: &Up, pool: &Pool<M>) -> Result<TriedOut, Failure>
where
    M: ManageConnection<Connection = Client>,
{
    let runner = up.to.map_or_else(|| runner.clone(), |version| runner.clone().target(version));
    Ok(TriedOut { found: runner.dry_run(pool)?, set: runner.name().into() })
}

pub(super) struct TriedOut {
    set: String,
    found: DryRun,
}

impl Found for TriedOut {
    type Document = Trial;

    fn document(&self) -> Trial {
        Trial {
            set: self.set.clone(),
            tried: self.found.tried().iter().map(Into::into).collect(),
            not_tried: self.found.not_tried().iter().map(|file| Item::of(file, false)).collect(),
            unclear: self.found.unclear().map(ToString::to_string),
        }
    }

    fn write(&self, console: &mut Console<'_>) -> io::Result<()> {
        for tried in self.found.tried() {
            let (file, took) = (tried.migration().file_name(), took(tried.took()));
            writeln!(console.out, "Passed {file} in {took}")?;
        }
        for file in self.found.not_tried() {
            writeln!(console.out, "Not tried {}", file.file_name())?;
        }
        if let Some(unclear) = self.found.unclear() {
            writeln!(console.out, "A run may have it accepted: {unclear}")?;
        }
        let passed = count(self.found.tried().len(), "file");
        let not_tried = self.found.not_tried().len();
        writeln!(console.out, "{passed} passed, {not_tried} not tried; all was rolled back")
    }

    fn exit(&self) -> Exit {
        if self.found.not_tried().is_empty() { Exit::Done } else { Exit::Pending }
    }

    fn failure(&self) -> Option<Failure> {
        self.found.error().cloned().map(Failure::Migrations)
    }
}
