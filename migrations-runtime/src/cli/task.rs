//! From a parsed command line to an exit code.

use std::io;

use postgres::Client;
use r2d2::{ManageConnection, Pool};

use super::args::{Command, Migrate};
use super::choice::choose;
use super::console::Console;
use super::exit::Exit;
use super::failure::Failure;
use super::output::{each, fail};
use super::{act, look, revert, try_out, unlock};
use crate::runner::Runner;
use crate::sets::Sets;

/// Connects only where the database is needed, and where the command can be done at all.
pub(super) fn execute<M>(
    migrate: &Migrate,
    sets: &Sets,
    console: &mut Console<'_>,
    connect: impl FnOnce() -> Result<Pool<M>, Failure>,
) -> io::Result<Exit>
where
    M: ManageConnection<Connection = Client>,
{
    let runners = match check(migrate, sets, console) {
        Ok(runners) => runners,
        Err(failure) => return fail::<()>(&failure, migrate.format, Vec::new(), console),
    };
    if !migrate.needs_database() {
        return each(&runners, migrate.format, console, |runner, _| Ok(look::version(runner)));
    }
    match connect() {
        Ok(pool) => dispatch(migrate, &runners, &pool, console),
        Err(failure) => fail::<()>(&failure, migrate.format, Vec::new(), console),
    }
}

fn check(migrate: &Migrate, sets: &Sets, console: &Console<'_>) -> Result<Vec<Runner>, Failure> {
    let runners = choose(migrate, sets)?;
    if migrate.command.asks() && console.input.is_none() {
        let problem = "nobody can be asked, for this is no terminal: give --yes to revert";
        return Err(Failure::Usage(problem.into()));
    }
    Ok(runners)
}

fn dispatch<M>(
    migrate: &Migrate,
    runners: &[Runner],
    pool: &Pool<M>,
    console: &mut Console<'_>,
) -> io::Result<Exit>
where
    M: ManageConnection<Connection = Client>,
{
    let format = migrate.format;
    match &migrate.command {
        Command::Up(up) if up.execute => {
            each(runners, format, console, |it, _| try_out::run(it, up, pool))
        }
        Command::Up(up) if up.dry_run => {
            each(runners, format, console, |it, _| look::plan(it, up.to, false, pool))
        }
        Command::Up(up) => each(runners, format, console, |it, _| act::up(it, up, pool)),
        Command::Status => each(runners, format, console, |it, _| look::status(it, pool)),
        Command::Plan(plan) => {
            each(runners, format, console, |it, _| look::plan(it, None, plan.sql, pool))
        }
        Command::Verify => each(runners, format, console, |it, _| look::verify(it, pool)),
        Command::Wait(wait) => {
            let wait = look::waiting(wait);
            each(runners, format, console, |it, _| wait(it, pool))
        }
        Command::Down(down) => {
            each(runners, format, console, |it, console| revert::down(it, down, pool, console))
        }
        Command::Redo(redo) => {
            each(runners, format, console, |it, console| revert::redo(it, redo, pool, console))
        }
        Command::Baseline(it) => {
            each(runners, format, console, |runner, _| act::baseline(runner, it, pool))
        }
        Command::Resolve(it) => {
            each(runners, format, console, |runner, _| act::resolve(runner, it, pool))
        }
        Command::Repair => each(runners, format, console, |it, _| act::repair(it, pool)),
        Command::History => each(runners, format, console, |it, _| look::history(it, pool)),
        Command::Unlock(unlock) => {
            each(runners, format, console, |it, _| unlock::run(it, unlock, pool))
        }
        Command::Version => each(runners, format, console, |it, _| Ok(look::version(it))),
    }
}
