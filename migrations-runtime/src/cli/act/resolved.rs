use std::io;

use postgres::Client;
use r2d2::{ManageConnection, Pool};

use crate::cli::args;
use crate::cli::console::Console;
use crate::cli::documents;
use crate::cli::failure::Failure;
use crate::cli::output::Found;
use crate::resolve::Resolve;
use crate::runner::Runner;

/// Records what somebody has found out.
pub(in crate::cli) fn resolve<M>(
    runner: &Runner,
    resolve: &args::Resolve,
    pool: &Pool<M>,
) -> Result<Resolved, Failure>
where
    M: ManageConnection<Connection = Client>,
{
    let (how, word) =
        if resolve.done { (Resolve::Done, "done") } else { (Resolve::Retry, "retry") };
    runner.resolve(resolve.version, how, pool)?;
    Ok(Resolved { set: runner.name().into(), version: resolve.version, word })
}

pub(in crate::cli) struct Resolved {
    set: String,
    version: i64,
    word: &'static str,
}

impl Found for Resolved {
    type Document = documents::Answer;

    fn document(&self) -> documents::Answer {
        let Self { set, version, word } = self;
        documents::Answer { set: set.clone(), version: *version, resolved: word }
    }

    fn write(&self, console: &mut Console<'_>) -> io::Result<()> {
        let (version, program) = (self.version, &console.program);
        writeln!(console.out, "Version {version} is resolved: `{program} up` goes on")
    }
}
