//! Commands that revert, when somebody has seen what and said yes.

use std::io;

use postgres::Client;
use r2d2::{ManageConnection, Pool};

use super::args::{Down, Redo};
use super::console::Console;
use super::documents::Ran;
use super::failure::Failure;
use super::look::sql;
use super::output::Found;
use super::words::count;
use crate::migration::Migration;
use crate::report::Report;
use crate::revert::Revert;
use crate::runner::Runner;

/// Reverts.
pub(super) fn down<M>(
    runner: &Runner,
    down: &Down,
    pool: &Pool<M>,
    console: &mut Console<'_>,
) -> Result<Reverted, Failure>
where
    M: ManageConnection<Connection = Client>,
{
    let steps = || Revert::Steps(down.steps.map_or(1, Into::into));
    let revert = down.to.map_or_else(steps, Revert::To);
    let files = runner.plan_down(pool, revert)?;
    let report = revert_planned(runner, revert, &files, down.yes, pool, console)?;
    Ok(Reverted { set: runner.name().into(), down: report, up: None })
}

/// Reverts, and applies up to where it was.
pub(super) fn redo<M>(
    runner: &Runner,
    redo: &Redo,
    pool: &Pool<M>,
    console: &mut Console<'_>,
) -> Result<Reverted, Failure>
where
    M: ManageConnection<Connection = Client>,
{
    let revert = Revert::Steps(redo.steps.into());
    let files = runner.plan_down(pool, revert)?;
    let down = revert_planned(runner, revert, &files, redo.yes, pool, console)?;
    let newest = files.first().map(|newest| newest.version());
    let up = newest.map(|version| runner.clone().target(version).run(pool)).transpose()?;
    Ok(Reverted { set: runner.name().into(), down, up })
}

/// Nobody has said yes to what has changed while they were thinking.
fn revert_planned<M>(
    runner: &Runner,
    revert: Revert,
    files: &[&'static Migration],
    is_agreed: bool,
    pool: &Pool<M>,
    console: &mut Console<'_>,
) -> Result<Report, Failure>
where
    M: ManageConnection<Connection = Client>,
{
    if files.is_empty() {
        return Ok(Report::default());
    }
    if !is_agreed && (!agree(files, runner, console)? || runner.plan_down(pool, revert)? != files) {
        return Err(Failure::Declined);
    }
    Ok(runner.down(pool, revert)?)
}

fn agree(
    files: &[&'static Migration],
    runner: &Runner,
    console: &mut Console<'_>,
) -> Result<bool, Failure> {
    for file in files.iter().filter_map(|file| file.down()) {
        sql(file, console.err)?;
    }
    let what = count(files.len(), "migration");
    console.is_confirmed(&format!("Revert {what} with this SQL?"), runner.stop())
}

pub(super) struct Reverted {
    set: String,
    down: Report,
    up: Option<Report>,
}

impl Found for Reverted {
    type Document = Ran;

    fn document(&self) -> Ran {
        let down = Ran::of(&self.set, &self.down);
        match &self.up {
            Some(up) => Ran { reverted: down.reverted, ..Ran::of(&self.set, up) },
            None => down,
        }
    }

    fn write(&self, console: &mut Console<'_>) -> io::Result<()> {
        if self.down.reverted().is_empty() {
            return writeln!(console.out, "Nothing is applied that could be reverted");
        }
        for reverted in self.down.reverted() {
            writeln!(console.out, "{reverted}")?;
        }
        let count = count(self.down.reverted().len(), "migration");
        match &self.up {
            Some(up) => writeln!(console.out, "{up}"),
            None => writeln!(console.out, "{count} reverted"),
        }
    }
}
