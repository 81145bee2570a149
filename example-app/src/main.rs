//! A small synchronous service that takes bets: it migrates its database, then it serves.

mod arguments;
mod bets;
mod database;
mod display;
mod failure;
mod http;
mod logging;
mod migrate;
mod now;
mod page;
mod readiness;
mod routes;
mod server;
mod stop;
mod terminal;
mod trouble;

use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;

use migrations_runtime::{Migrations, StopHandle, embed_migrations};

use crate::arguments::Arguments;
use crate::database::Database;
use crate::display::Display;
use crate::now::{Both, Now};
use crate::readiness::{Readiness, Start};
use crate::server::Server;
use crate::stop::Stop;
use crate::trouble::Trouble;

static MIGRATIONS: Migrations = embed_migrations!(); // The workspace's folder: this package has none.

fn main() -> ExitCode {
    if let Some(exit_code) = migrate::from_command_line(&MIGRATIONS) {
        return exit_code;
    }
    let arguments = match arguments::from_command_line() {
        Ok(arguments) => arguments,
        Err(exit_code) => return exit_code,
    };
    let display = Display::on_stderr();
    logging::start(&display);
    let stop = Stop::on_signals(StopHandle::new()).map_err(Into::into);
    match stop.and_then(|stop| run(&arguments, &stop, &display)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failure::tell(error.as_ref()),
    }
}

fn run(arguments: &Arguments, stop: &Stop, display: &Display) -> Result<(), Box<dyn Error>> {
    // 1. Find a database: that of DATABASE_URL, or one of a private server.
    let Some(database) = stop.excuse(Database::open(&arguments.data))? else { return Ok(()) };
    let pool = database.pool();

    // 2. Listen: who asks meanwhile is told that this process is up, and how far it is.
    let now = Now::default();
    let runner =
        MIGRATIONS.runner().stop_handle(stop.handle()).observer(Both(display.clone(), now.clone()));
    let readiness = Arc::new(Readiness::new(MIGRATIONS.runner(), database.probes(), now));
    let serve = || Server::start(arguments.listen, pool.clone(), Arc::clone(&readiness));
    let server = if arguments.migrate_only { None } else { Some(serve()?) };

    if let Some(server) = &server {
        log::info!("Listening on http://{}", server.address());
    }

    // 3. Bring the schema up to date. Of those who start at once, one does it and the others wait.
    let migrated = runner.run_once(&pool);
    display.clear();
    if let Err(error) = &migrated
        && arguments.stay
        && !error.is_stopped()
    {
        log::error!("{error}");
        readiness.set(Start::Failed(Trouble::of(error)));
    } else if stop.excuse(migrated.map_err(Into::into))?.is_none() {
        return Ok(());
    } else {
        readiness.set(Start::Done);
    }

    // 4. Serve, until somebody says stop.
    drop(pool);
    let Some(server) = server else { return Ok(()) };
    match readiness.start() {
        Start::Done => log::info!("Ready on http://{}", server.address()),
        _ => log::warn!(
            "Not ready: only /healthz, /readyz and /migrations are answered on http://{}",
            server.address()
        ),
    }
    stop.wait();
    server.finish();
    Ok(())
}
