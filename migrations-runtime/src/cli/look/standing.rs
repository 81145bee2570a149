use std::io;

use postgres::Client;
use r2d2::{ManageConnection, Pool};

use crate::cli::console::Console;
use crate::cli::documents::Standing;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::output::Found;
use crate::cli::style::{ERROR, GOOD, WARNING};
use crate::cli::table;
use crate::cli::words::{count, digits, moment, took};
use crate::recorded::Recorded;
use crate::runner::Runner;
use crate::status::{Entry, State, Status};

/// What is applied, pending and wrong.
pub(in crate::cli) fn status<M>(runner: &Runner, pool: &Pool<M>) -> Result<Standings, Failure>
where
    M: ManageConnection<Connection = Client>,
{
    Ok(Standings { status: runner.status(pool)?, shows: Shows::All })
}

/// The same, of which only what is not as it should be is shown.
pub(in crate::cli) fn verify<M>(runner: &Runner, pool: &Pool<M>) -> Result<Standings, Failure>
where
    M: ManageConnection<Connection = Client>,
{
    Ok(Standings { status: runner.status(pool)?, shows: Shows::Differing })
}

pub(in crate::cli) struct Standings {
    status: Status,
    shows: Shows,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shows {
    All,
    Differing,
}

impl Found for Standings {
    type Document = Standing;

    fn document(&self) -> Standing {
        Standing::from(&self.status)
    }

    fn write(&self, console: &mut Console<'_>) -> io::Result<()> {
        self.write_table(console)?;
        if let Some(holder) = self.status.holder() {
            writeln!(console.out, "{WARNING}Migrates now{WARNING:#}: {holder}")?;
        }
        for problem in self.status.problems().filter_map(|entry| entry.problem.as_ref()) {
            writeln!(console.out, "{ERROR}error{ERROR:#}: {problem}")?;
        }
        self.write_next(console)
    }

    fn exit(&self) -> Exit {
        match &self.status {
            status if status.problems().next().is_some() => Exit::Drift,
            status if status.pending().next().is_some() => Exit::Pending,
            _ => Exit::Done,
        }
    }
}

impl Standings {
    fn write_table(&self, console: &mut Console<'_>) -> io::Result<()> {
        let is_shown = |entry: &&Entry| self.shows == Shows::All || entry.state != State::Applied;
        let rows: Vec<_> = self.status.entries().iter().filter(is_shown).map(cells).collect();
        if rows.is_empty() {
            return Ok(());
        }
        let columns = [
            ("VERSION", true),
            ("NAME", false),
            ("STATE", true),
            ("APPLIED AT (UTC)", false),
            ("TOOK", false),
            ("BY", false),
        ];
        table::write(console.out, console.width, &columns, rows)?;
        writeln!(console.out)
    }

    /// What there is to do now.
    fn write_next(&self, console: &mut Console<'_>) -> io::Result<()> {
        let program = &console.program;
        let (problems, pending) = (self.status.problems().count(), self.status.pending().count());
        let them = if pending == 1 { "it" } else { "them" };
        let applied = self.status.entries().iter().filter(|it| it.state == State::Applied).count();
        match (problems, pending) {
            (0, 0) => writeln!(
                console.out,
                "{GOOD}Nothing is pending{GOOD:#}: {} as they are embedded",
                count(applied, "file")
            ),
            (0, _) => {
                writeln!(console.out, "{pending} pending: `{program} up` applies {them}")
            }
            _ => {
                let problems = count(problems, "problem");
                writeln!(
                    console.out,
                    "{problems}, {pending} pending: a run refuses until that is solved"
                )
            }
        }
    }
}

fn cells(entry: &Entry) -> Vec<String> {
    let version = || entry.version().map_or_else(|| "repeatable".into(), |it| it.to_string());
    let recorded = entry.recorded.as_ref();
    let of_row = |cell: fn(&Recorded) -> String| recorded.map_or_else(String::new, cell);
    vec![
        entry.migration.map_or_else(version, |migration| digits(migration).into()),
        entry.name().into(),
        entry.state.to_string(),
        of_row(|row| moment(row.applied_at)),
        of_row(|row| row.duration.map_or_else(String::new, took)),
        of_row(|row| row.applied_by.clone()),
    ]
}
