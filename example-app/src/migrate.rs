//! `example-app migrate …`: the library's command line, on the database that the service uses.

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use migrations_runtime::{Migrations, cli};

use crate::arguments::Arguments;
use crate::database::{Database, Pool};
use crate::logging;

/// Does what `migrate` and the arguments behind it say, if the command line begins so.
pub(crate) fn from_command_line(migrations: &Migrations) -> Option<ExitCode> {
    // A private server runs as long as this is there.
    let mut database = None;
    let open = || connect(&Arguments::default().data, &mut database);
    cli::run(migrations.runner(), open)
}

/// Why there is no connection is in the log only, so it is on standard error by then.
fn connect(data: &Path, database: &mut Option<Database>) -> Result<Pool, Box<dyn Error>> {
    logging::start_on_stderr();
    Ok(database.insert(Database::open(data)?).pool())
}
