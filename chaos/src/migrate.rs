//! What a process of a round does: the command line is `migrate KIND ACTION [hooked]`.

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use clap::ValueEnum as _;
use log::{LevelFilter, Log, Metadata, Record};
use migrations_runtime::{
    Applied, Error, HookError, Kind as FileKind, Migration, Observer, Revert, Runner,
};
use postgres::{Client, NoTls};
use r2d2_postgres::PostgresConnectionManager;

use crate::Result;
use crate::child::{ACTION_REDO, HOOKED};
use crate::sets::Kind;

type Pool = r2d2::Pool<PostgresConnectionManager<NoTls>>;

/// Long enough for a server that comes up again, and short enough for a round.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(5);
const LOCK_DEADLINE: Duration = Duration::from_secs(30);

/// Migrates, and writes a line for each file that is committed, at that moment. The exit code is 0, or 1
/// after an error, which goes to standard error with the log.
#[must_use]
pub fn migrate(arguments: &[String]) -> ExitCode {
    match run(arguments) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(error)) => {
            let version = error.migration().map_or(0, Migration::version);
            let doubt =
                if error.needs_resolve() { format!("doubt {version}") } else { "failed".into() };
            say(&doubt);
            log::error!("{error}");
            ExitCode::FAILURE
        }
        Err(error) => {
            log::error!("{error}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &[String]) -> Result<std::result::Result<(), Error>> {
    log::set_logger(&StandardError).map_err(|error| error.to_string())?;
    log::set_max_level(LevelFilter::Info);
    let kind = arguments.first().ok_or("which migrations?")?;
    let kind = Kind::from_str(kind, false)?;
    let pool = pool(&std::env::var("DATABASE_URL")?)?;
    let mut runner = runner(kind).observer(Lines);
    if arguments.iter().any(|argument| argument == HOOKED) {
        runner = runner.after_each(write_down);
    }
    let is_redo = arguments.iter().any(|argument| argument == ACTION_REDO);
    let reverted = if is_redo { runner.down(&pool, Revert::Steps(1)).map(drop) } else { Ok(()) };
    Ok(reverted.and_then(|()| runner.run(&pool)).map(drop))
}

/// The runner of all processes, and of those who look after them.
pub(crate) fn runner(kind: Kind) -> Runner {
    kind.migrations().runner().lock_deadline(LOCK_DEADLINE)
}

pub(crate) fn pool(url: &str) -> Result<Pool> {
    let manager = PostgresConnectionManager::new(url.parse()?, NoTls);
    let builder = r2d2::Pool::builder().max_size(3).min_idle(Some(0)).test_on_check_out(false);
    Ok(builder.connection_timeout(CONNECTION_TIMEOUT).build(manager)?)
}

/// The effect of the hook, which must be there as often as that of the file.
fn write_down(client: &mut Client, file: &'static Migration) -> std::result::Result<(), HookError> {
    if file.kind() == FileKind::Versioned {
        client.batch_execute(&format!("INSERT INTO hooked VALUES ({})", file.version()))?;
    }
    Ok(())
}

struct Lines;

impl Observer for Lines {
    fn applied(&self, applied: &Applied) {
        let file = applied.migration();
        match file.kind() {
            FileKind::Versioned => say(&format!("applied {}", file.version())),
            FileKind::Down => say(&format!("reverted {}", file.version())),
            _ => {}
        }
    }
}

/// One write for each line, so that a process that is killed has written it or not.
fn say(line: &str) {
    // Nobody is left to be told that nobody listens.
    let _ = std::io::stdout().lock().write_all(format!("{line}\n").as_bytes());
}

struct StandardError;

impl Log for StandardError {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        let line = format!("{:5} {}\n", record.level(), record.args());
        let _ = std::io::stderr().lock().write_all(line.as_bytes());
    }

    fn flush(&self) {}
}
