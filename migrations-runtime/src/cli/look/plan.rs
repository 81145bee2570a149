use std::io;

use postgres::Client;
use r2d2::{ManageConnection, Pool};

use crate::cli::console::Console;
use crate::cli::documents::{Item, Planned};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::output::Found;
use crate::cli::style::BOLD;
use crate::cli::table;
use crate::cli::words::{count, digits, yes_or_no};
use crate::migration::Migration;
use crate::runner::Runner;

/// What a run would apply, up to a version if there is one.
pub(in crate::cli) fn plan<M>(
    runner: &Runner,
    target: Option<i64>,
    with_sql: bool,
    pool: &Pool<M>,
) -> Result<Plan, Failure>
where
    M: ManageConnection<Connection = Client>,
{
    let runner = target.map_or_else(|| runner.clone(), |version| runner.clone().target(version));
    let files = runner.plan(pool)?;
    Ok(Plan { set: runner.name().into(), files, with_sql })
}

pub(in crate::cli) struct Plan {
    set: String,
    files: Vec<&'static Migration>,
    with_sql: bool,
}

impl Found for Plan {
    type Document = Planned;

    fn document(&self) -> Planned {
        let plan = self.files.iter().map(|file| Item::of(file, self.with_sql)).collect();
        Planned { set: self.set.clone(), plan }
    }

    fn write(&self, console: &mut Console<'_>) -> io::Result<()> {
        match (self.files.as_slice(), self.with_sql) {
            ([], _) => return writeln!(console.out, "Nothing is pending"),
            (files, true) => files.iter().try_for_each(|file| sql(file, console.out))?,
            (files, false) => write_table(files, console)?,
        }
        let (what, program) = (count(self.files.len(), "file"), &console.program);
        writeln!(console.err, "{what} to run: `{program} up` does it")
    }

    fn exit(&self) -> Exit {
        if self.files.is_empty() { Exit::Done } else { Exit::Pending }
    }
}

fn write_table(files: &[&'static Migration], console: &mut Console<'_>) -> io::Result<()> {
    let columns = [("VERSION", true), ("NAME", false), ("IN TRANSACTION", true), ("DOWN", true)];
    let rows = files.iter().map(|file| {
        let (inside, down) = (file.is_transactional(), file.down().is_some());
        vec![digits(file).into(), file.name().into(), yes_or_no(inside), yes_or_no(down)]
    });
    table::write(console.out, console.width, &columns, rows)
}

/// The text of a file below its name, as SQL that can be run.
pub(in crate::cli) fn sql(file: &Migration, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "{BOLD}-- {}{BOLD:#}\n{}\n", file.path(), file.sql().trim_end())
}
