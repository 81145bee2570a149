//! `example-app migrate …`: the library's command line, on the database that the service uses.

use std::error::Error;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::thread;

use migrations_runtime::{Migrations, StopHandle, cli};

use crate::arguments::Arguments;
use crate::database::{Database, Pool};
use crate::logging;
use crate::stop::Stop;

/// Does what `migrate` and the arguments behind it say, if the command line begins so.
pub(crate) fn from_command_line(migrations: &Migrations) -> Option<ExitCode> {
    // A private server runs as long as this is there.
    let mut database = None;
    let stop = StopHandle::new();
    let runner = migrations.runner().stop_handle(stop.clone());
    let open = || {
        stop_on_signals(stop)?;
        connect(&Arguments::default().data, &mut database)
    };
    cli::run(runner, open)
}

/// From when there is something to cancel and to roll back, which takes a moment or, where the
/// database has gone, longer.
fn stop_on_signals(handle: StopHandle) -> io::Result<()> {
    let stop = Stop::on_signals(handle)?;
    let tell = move || {
        stop.wait();
        // Where stderr is closed, there is nobody to tell.
        let _ = writeln!(io::stderr(), "Stopping; a second signal ends this at once");
    };
    thread::Builder::new().name("stop".into()).spawn(tell).map(drop)
}

/// Why there is no connection is in the log only, so it is on standard error by then.
fn connect(data: &Path, database: &mut Option<Database>) -> Result<Pool, Box<dyn Error>> {
    logging::start_on_stderr();
    Ok(database.insert(Database::open(data)?).pool())
}
