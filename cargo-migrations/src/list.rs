mod row;
mod table;

use std::path::Path;

use migrations_source::{LOCK_FILE, read};

use crate::args::{List, ListFormat};
use crate::console::Console;
use crate::failure::{Failure, Outcome};
use crate::folder::{command, find, read_lock};
use crate::render::json;
use crate::render::summary::errors;

use row::Row;

/// Prints what is known of each migration, and of each repeatable object.
pub(crate) fn run(
    args: &List,
    dir: Option<&Path>,
    console: &mut Console<'_>,
) -> Result<Outcome, Failure> {
    let folder = read(&find(dir)?);
    let changes = read_lock(&folder.path)?.map(|lock| lock.changes(&folder));
    let files = folder.migrations.iter().chain(&folder.repeatables);
    let rows: Vec<_> = files.map(|file| Row::of(file, changes.as_deref())).collect();
    match args.format {
        ListFormat::Human => table::write(console.out, &rows)?,
        ListFormat::Json => rows.iter().try_for_each(|row| json::line(console.out, row))?,
    }
    if changes.is_some_and(|changes| !changes.is_empty()) {
        let lock = command("lock", dir);
        console.note(&format!("{LOCK_FILE} is not up to date, see `{lock} --check`"))?;
    }
    if !folder.has_errors() {
        return Ok(Outcome::Fine);
    }
    let check = command("check", dir);
    console.note(&format!("the folder has {}, see `{check}`", errors(&folder)))?;
    Ok(Outcome::Problems)
}
