use std::io;

use postgres::Client;
use r2d2::{ManageConnection, Pool};

use crate::cli::console::Console;
use crate::cli::documents::{self, Change};
use crate::cli::failure::Failure;
use crate::cli::output::Found;
use crate::cli::words::count;
use crate::migration::Migration;
use crate::repair::Repaired;
use crate::runner::Runner;

/// Brings the history in line with what a run tolerates.
pub(in crate::cli) fn repair<M>(runner: &Runner, pool: &Pool<M>) -> Result<Mended, Failure>
where
    M: ManageConnection<Connection = Client>,
{
    Ok(Mended { set: runner.name().into(), repaired: runner.repair(pool)? })
}

pub(in crate::cli) struct Mended {
    set: String,
    repaired: Repaired,
}

impl Found for Mended {
    type Document = documents::Mended;

    fn document(&self) -> documents::Mended {
        let Repaired { restamped, renamed, forgotten } = &self.repaired;
        documents::Mended {
            set: self.set.clone(),
            restamped: restamped.iter().map(|(file, older)| was(file, older)).collect(),
            renamed: renamed.iter().map(|(file, name)| was(file, name)).collect(),
            forgotten: forgotten.clone(),
        }
    }

    fn write(&self, console: &mut Console<'_>) -> io::Result<()> {
        let Repaired { restamped, renamed, forgotten } = &self.repaired;
        for (file, older) in restamped {
            writeln!(console.out, "{} has its new checksum; it was {older}", file.file_name())?;
        }
        for (file, name) in renamed {
            writeln!(console.out, "{} has its new name; it was `{name}`", file.file_name())?;
        }
        for name in forgotten {
            writeln!(console.out, "repeatable/{name}.sql is forgotten, for its file is gone")?;
        }
        let changes = restamped.len() + renamed.len() + forgotten.len();
        writeln!(console.out, "{} of the history", count(changes, "repair"))
    }
}

fn was(file: &'static Migration, was: &dyn ToString) -> Change {
    Change { version: file.version(), file: file.path(), was: was.to_string() }
}
