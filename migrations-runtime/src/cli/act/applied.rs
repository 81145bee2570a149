use std::io;

use postgres::Client;
use r2d2::{ManageConnection, Pool};

use crate::cli::args::Up;
use crate::cli::console::Console;
use crate::cli::documents::Ran;
use crate::cli::failure::Failure;
use crate::cli::output::Found;
use crate::report::Report;
use crate::runner::Runner;

/// Applies what is pending.
pub(in crate::cli) fn up<M>(runner: &Runner, up: &Up, pool: &Pool<M>) -> Result<Applied, Failure>
where
    M: ManageConnection<Connection = Client>,
{
    let runner = up.to.map_or_else(|| runner.clone(), |version| runner.clone().target(version));
    Ok(Applied { report: runner.run(pool)?, set: runner.name().into() })
}

pub(in crate::cli) struct Applied {
    set: String,
    report: Report,
}

impl Found for Applied {
    type Document = Ran;

    fn document(&self) -> Ran {
        Ran::of(&self.set, &self.report)
    }

    fn write(&self, console: &mut Console<'_>) -> io::Result<()> {
        writeln!(console.out, "{}", self.report)
    }
}
