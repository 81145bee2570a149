//! `cargo migrations`: names, checks, locks and lists the migrations that `migrations-runtime`
//! embeds. It knows the rules of the macro and needs no database.

mod args;
mod check;
mod console;
mod failure;
mod folder;
mod list;
mod lock;
mod new;
mod paths;
mod render;
mod style;
mod version;

use std::env;
use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::process::ExitCode;

use clap::Parser as _;

use crate::args::{Args, Command};
use crate::console::Console;
use crate::failure::{Failure, Outcome};

fn main() -> ExitCode {
    let args = Args::parse_from(arguments(env::args_os()));
    let (mut out, mut err) = (anstream::stdout().lock(), anstream::stderr().lock());
    let mut input = io::stdin().lock();
    // Nobody is asked about what they have not seen.
    let is_attended =
        input.is_terminal() && io::stdout().is_terminal() && io::stderr().is_terminal();
    let mut console = Console {
        out: &mut out,
        err: &mut err,
        input: if is_attended { Some(&mut input) } else { None },
    };
    run(&args, &mut console).unwrap_or_else(|failure| failure.tell(&mut console)).into()
}

/// Cargo passes the name that it was called with, `migrations`, as the first argument.
fn arguments(given: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let is_name = |(index, argument): &(usize, OsString)| *index == 1 && argument == "migrations";
    given.enumerate().filter(|argument| !is_name(argument)).map(|(_, argument)| argument).collect()
}

fn run(args: &Args, console: &mut Console<'_>) -> Result<Outcome, Failure> {
    let dir = args.dir.as_deref();
    let outcome = match &args.command {
        Command::New(new) => new::run(new, dir, console),
        Command::Check(check) => check::run(check, dir, console),
        Command::Lock(lock) => lock::run(lock, dir, console),
        Command::List(list) => list::run(list, dir, console),
    }?;
    console.out.flush()?;
    Ok(outcome)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use clap::CommandFactory as _;

    use super::{Args, arguments};

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn drops_what_cargo_passes() {
        let cases: [(&[&str], &[&str]); 4] = [
            (&["x", "migrations", "new", "migrations"], &["x", "new", "migrations"]),
            (&["x", "new", "migrations"], &["x", "new", "migrations"]),
            (&["x", "migrations"], &["x"]),
            (&["x"], &["x"]),
        ];
        for (given, expected) in cases {
            assert_eq!(arguments(given.iter().map(OsString::from)), expected, "{given:?}");
        }
    }
}
