use std::io;

use crate::cli::console::Console;
use crate::cli::documents::Embedded;
use crate::cli::output::Found;
use crate::cli::words::count;
use crate::migration::Migration;
use crate::runner::Runner;

/// What this binary embeds.
pub(in crate::cli) fn version(runner: &Runner) -> Version {
    Version(runner.clone())
}

pub(in crate::cli) struct Version(Runner);

impl Found for Version {
    type Document = Embedded;

    fn document(&self) -> Embedded {
        let migrations = self.0.migrations();
        Embedded {
            set: self.0.name().into(),
            application: migrations.application(),
            runtime: env!("CARGO_PKG_VERSION"),
            newest: migrations.list().last().map(Migration::version),
            migrations: migrations.list().len(),
            repeatables: migrations.repeatables().len(),
        }
    }

    fn write(&self, console: &mut Console<'_>) -> io::Result<()> {
        let Embedded { application, runtime, migrations, repeatables, .. } = self.document();
        let newest = self.0.migrations().list().last();
        let newest = newest.map_or(String::new(), |it| format!(", up to {}", it.file_name()));
        let (migrations, repeatables) =
            (count(migrations, "migration"), count(repeatables, "repeatable object"));
        writeln!(console.out, "{application}: {migrations}{newest}; {repeatables}")?;
        writeln!(console.out, "migrations-runtime {runtime}")
    }
}
