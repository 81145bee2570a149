mod consent;
mod words;
mod write;

use std::path::Path;

use migrations_source::{Folder, LOCK_FILE, Lock};

use crate::args;
use crate::console::Console;
use crate::failure::{Failure, Outcome};
use crate::folder::{command, find, read_lock, touch};
use crate::paths::shown;
use crate::render::human::{headline, problem};
use crate::render::summary::{contents, errors};
use crate::style::{ERROR, HINT};

use consent::Consent;

/// Shows how a folder differs from its lock, and writes the lock where that is agreed to.
pub(crate) fn run(
    args: &args::Lock,
    dir: Option<&Path>,
    console: &mut Console<'_>,
) -> Result<Outcome, Failure> {
    let folder = migrations_source::read(&find(dir)?);
    if folder.has_errors() {
        return refuse_errors(&folder, console);
    }
    let lock = read_lock(&folder.path)?;
    let is_new = lock.is_none();
    let changes = lock.unwrap_or_default().changes(&folder);
    if changes.is_empty() {
        writeln!(console.out, "{} is up to date", shown(&folder.path.join(LOCK_FILE)))?;
        return Ok(Outcome::Fine);
    }
    for change in &changes {
        words::tell(console.out, change, &changes, &folder)?;
    }
    let command = command("lock", dir);
    if args.check {
        return refuse(&outdated(is_new, &folder), &[format!("run `{command}`")], console);
    }
    if consent::to(&changes, args, console)? == Consent::Missing {
        let ways = consent::ways(&changes, args, &command);
        return refuse(&not_written(&folder), &ways, console);
    }
    write(&folder, console)?;
    if is_new {
        // What is compiled already knows of no lock, but reads these again when they are newer.
        let last = folder.migrations.last().or(folder.repeatables.last());
        last.map_or(Ok(()), |migration| touch(&migration.path))?;
        console.note(PURPOSE)?;
    }
    Ok(Outcome::Fine)
}

const PURPOSE: &str = "migrations.lock is new. Commit it: with it, an edited, removed or reordered \
                       migration does not compile, and two branches that both add one conflict in \
                       git.";

fn write(folder: &Folder, console: &mut Console<'_>) -> Result<(), Failure> {
    let path = folder.path.join(LOCK_FILE);
    write::replace(&path, &Lock::of(folder).to_string()).map_err(|error| {
        Failure::new(format!("cannot write `{}`: {error}", shown(&path))).help(
            "see to the rights on the folder and the space on the disk; the file is as it was",
        )
    })?;
    writeln!(console.out, "wrote {}: {}", shown(&path), contents(folder))?;
    Ok(())
}

fn refuse_errors(folder: &Folder, console: &mut Console<'_>) -> Result<Outcome, Failure> {
    folder.problems.iter().try_for_each(|found| problem(console.err, found))?;
    let why = format!("{}, since the folder has {}", not_written(folder), errors(folder));
    refuse(&why, &[], console)
}

fn outdated(is_new: bool, folder: &Folder) -> String {
    if is_new {
        format!("there is no {LOCK_FILE} in `{}`", shown(&folder.path))
    } else {
        format!("{LOCK_FILE} is not up to date")
    }
}

fn not_written(folder: &Folder) -> String {
    format!("`{}` was not written", shown(&folder.path.join(LOCK_FILE)))
}

fn refuse(why: &str, helps: &[String], console: &mut Console<'_>) -> Result<Outcome, Failure> {
    headline(console.err, ERROR, "error", why)?;
    for help in helps {
        writeln!(console.err, "  {HINT}= help{HINT:#}: {help}")?;
    }
    Ok(Outcome::Problems)
}
