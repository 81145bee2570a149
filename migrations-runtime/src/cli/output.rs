//! Prints what commands find, for people or for programs.

use std::io;

use serde::Serialize;

use super::args::Format;
use super::console::Console;
use super::documents::{Document, FORMAT};
use super::exit::Exit;
use super::failure::Failure;
use super::style::{BOLD, ERROR};
use crate::runner::Runner;

/// What a command has found or done in one set.
pub(super) trait Found {
    type Document: Serialize;

    fn document(&self) -> Self::Document;

    /// For people.
    fn write(&self, console: &mut Console<'_>) -> io::Result<()>;

    fn exit(&self) -> Exit {
        Exit::Done
    }

    /// What was found to fail, besides the rest.
    fn failure(&self) -> Option<Failure> {
        None
    }
}

/// Does it for one set after the other, until one fails, and prints what was found.
pub(super) fn each<F: Found>(
    runners: &[Runner],
    format: Format,
    console: &mut Console<'_>,
    mut find: impl FnMut(&Runner, &mut Console<'_>) -> Result<F, Failure>,
) -> io::Result<Exit> {
    let (mut exit, mut documents) = (Exit::Done, Vec::new());
    for runner in runners {
        let found = match find(runner, console) {
            Ok(found) => found,
            Err(failure) => return fail(&failure, format, documents, console),
        };
        exit = exit.max(found.exit());
        match format {
            Format::Json => documents.push(found.document()),
            Format::Human => {
                head(runner, runners, console)?;
                found.write(console)?;
            }
        }
        if let Some(failure) = found.failure() {
            return fail(&failure, format, documents, console);
        }
    }
    if format == Format::Json {
        document(documents, None, console)?;
    }
    Ok(exit)
}

/// Says why it was not done.
pub(super) fn fail<T: Serialize>(
    failure: &Failure,
    format: Format,
    documents: Vec<T>,
    console: &mut Console<'_>,
) -> io::Result<Exit> {
    if format == Format::Json {
        document(documents, Some(failure), console)?;
    }
    tell(failure, console)?;
    Ok(failure.exit())
}

fn tell(failure: &Failure, console: &mut Console<'_>) -> io::Result<()> {
    let (message, program) = (failure.message(), &console.program);
    writeln!(console.err, "{ERROR}error{ERROR:#}: {message}")?;
    if let Failure::Usage(_) = failure {
        writeln!(console.err, "\nFor more information, try '{program} --help'.")?;
    }
    Ok(())
}

fn document<T: Serialize>(
    sets: Vec<T>,
    failure: Option<&Failure>,
    console: &mut Console<'_>,
) -> io::Result<()> {
    let document = Document { format: FORMAT, sets, error: failure.map(Into::into) };
    let text = serde_json::to_string(&document)?;
    writeln!(console.out, "{text}")
}

/// Where there are several, each is named.
fn head(runner: &Runner, runners: &[Runner], console: &mut Console<'_>) -> io::Result<()> {
    if runners.len() < 2 {
        return Ok(());
    }
    writeln!(console.out, "{BOLD}Set {}{BOLD:#}", runner.name())
}
