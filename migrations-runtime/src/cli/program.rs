//! The two doors: for programs with clap and for those without.

use std::env;
use std::error::Error as StdError;
use std::ffi::{OsStr, OsString};
use std::io::{self, BufReader, IsTerminal as _};
use std::path::Path;
use std::process::ExitCode;

use clap::{Args as _, FromArgMatches as _};
use postgres::Client;
use r2d2::{ManageConnection, Pool};

use super::args::Migrate;
use super::console::Console;
use super::exit::Exit;
use super::failure::Failure;
use super::style::ERROR;
use super::task::execute;
use crate::sets::Sets;

const NAME: &str = "migrate";

/// For programs without clap: where the first argument of this process is `migrate`, does what the
/// others say, and returns with what to exit. Else returns nothing, and the program goes on.
///
/// `connect` is called only when the database is needed: not for `version`, for `--help`, and for
/// wrong use. Its error is printed with those of its sources that add something, and is exit code 1;
/// what it says must hold no secrets.
///
/// ```no_run
/// # use migrations_runtime::{Migrations, embed_migrations};
/// # use r2d2_postgres::{PostgresConnectionManager, postgres::NoTls};
/// # static MIGRATIONS: Migrations = embed_migrations!();
/// # fn open() -> Result<r2d2::Pool<PostgresConnectionManager<NoTls>>, r2d2::Error> { unimplemented!() }
/// fn main() -> std::process::ExitCode {
///     if let Some(exit_code) = migrations_runtime::cli::run(MIGRATIONS.runner(), open) {
///         return exit_code;
///     }
///     // … serve
/// #   std::process::ExitCode::SUCCESS
/// }
/// ```
pub fn run<M, E>(
    sets: impl Into<Sets>,
    connect: impl FnOnce() -> Result<Pool<M>, E>,
) -> Option<ExitCode>
where
    M: ManageConnection<Connection = Client>,
    E: Into<Box<dyn StdError>>,
{
    let arguments: Vec<_> = env::args_os().skip(1).collect();
    if arguments.first()? != NAME {
        return None;
    }
    let migrate = match parse(arguments) {
        Ok(migrate) => migrate,
        Err(error) => return Some(told(&error)),
    };
    let connect = || connect().map_err(|error| Failure::connect(error.into().as_ref()));
    Some(execute_here(&migrate, &sets.into(), connect))
}

impl Migrate {
    /// Does what the command line says, and returns with what to exit. The module's page lists the exit
    /// codes and the fields of `--format json`.
    ///
    /// Results are written to stdout, all else to stderr. Where a runner has no observer, it gets one that
    /// says on stderr what happens.
    pub fn run<M>(&self, sets: impl Into<Sets>, pool: &Pool<M>) -> ExitCode
    where
        M: ManageConnection<Connection = Client>,
    {
        execute_here(self, &sets.into(), || Ok(pool.clone()))
    }
}

/// The first argument is the command's name.
fn parse(arguments: Vec<OsString>) -> Result<Migrate, clap::Error> {
    let command = Migrate::augment_args(clap::Command::new(NAME).bin_name(called()));
    Migrate::from_arg_matches(&command.try_get_matches_from(arguments)?)
}

/// Help, or how it is used.
fn told(error: &clap::Error) -> ExitCode {
    // Where the output is closed, the exit code is all that is left.
    let _ = error.print();
    u8::try_from(error.exit_code()).map_or(ExitCode::FAILURE, Into::into)
}

/// Nothing is locked: observers and loggers write from other threads meanwhile.
fn execute_here<M>(
    migrate: &Migrate,
    sets: &Sets,
    connect: impl FnOnce() -> Result<Pool<M>, Failure>,
) -> ExitCode
where
    M: ManageConnection<Connection = Client>,
{
    let (mut out, mut err) = (anstream::stdout(), anstream::stderr());
    let is_attended = io::stdin().is_terminal() && io::stderr().is_terminal();
    let mut console = Console {
        out: &mut out,
        err: &mut err,
        input: if is_attended { Some(Box::new(BufReader::new(io::stdin()))) } else { None },
        width: width(),
        program: called(),
    };
    let exit = execute(migrate, sets, &mut console, connect);
    exit.unwrap_or_else(|error| unwritten(error, &mut console)).into()
}

/// The reader of a pipe, such as `head`, may have enough.
fn unwritten(error: io::Error, console: &mut Console<'_>) -> Exit {
    if error.kind() != io::ErrorKind::BrokenPipe {
        let message = Failure::Output(error).message();
        let _ = writeln!(console.err, "{ERROR}error{ERROR:#}: {message}");
    }
    Exit::Error
}

fn width() -> Option<u16> {
    terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| width.0)
}

/// How the user calls it, for messages.
fn called() -> String {
    let path = env::args_os().next().unwrap_or_default();
    let file = Path::new(&path).file_name().map(OsStr::to_string_lossy);
    file.map_or_else(|| NAME.into(), |file| format!("{file} {NAME}"))
}
