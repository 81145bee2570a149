use std::io;
use std::time::Instant;

use postgres::Client;
use r2d2::{ManageConnection, Pool};

use crate::cli::args::Wait;
use crate::cli::console::Console;
use crate::cli::documents;
use crate::cli::failure::Failure;
use crate::cli::output::Found;
use crate::runner::Runner;

/// Waits for one set after the other, for all of them no longer than the deadline.
pub(in crate::cli) fn waiting<M>(
    wait: &Wait,
) -> impl Fn(&Runner, &Pool<M>) -> Result<Waited, Failure> + use<M>
where
    M: ManageConnection<Connection = Client>,
{
    let (began, deadline) = (Instant::now(), wait.deadline);
    move |runner, pool| {
        runner.wait(pool, deadline.saturating_sub(began.elapsed()))?;
        Ok(Waited(runner.name().into()))
    }
}

pub(in crate::cli) struct Waited(String);

impl Found for Waited {
    type Document = documents::Waited;

    fn document(&self) -> documents::Waited {
        documents::Waited { set: self.0.clone(), current: true }
    }

    fn write(&self, console: &mut Console<'_>) -> io::Result<()> {
        writeln!(console.out, "Nothing is pending")
    }
}
