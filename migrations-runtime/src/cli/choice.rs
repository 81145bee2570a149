//! Which sets a command is about.

use super::args::Migrate;
use super::failure::Failure;
use super::observe::Narrator;
use crate::migration::Migration;
use crate::runner::Runner;
use crate::sets::Sets;

/// The runners that a command is for, in order, with the options of the command line.
pub(super) fn choose(migrate: &Migrate, sets: &Sets) -> Result<Vec<Runner>, Failure> {
    sets.check()?;
    let is_meant =
        |runner: &&Runner| migrate.set.as_deref().is_none_or(|name| name == runner.name());
    let chosen: Vec<_> = sets.runners().iter().filter(is_meant).collect();
    let names = || sets.runners().iter().map(Runner::name).collect::<Vec<_>>().join(", ");
    match (chosen.as_slice(), &migrate.set) {
        ([], Some(name)) => {
            Err(Failure::Usage(format!("no set is called `{name}`; there are: {}", names())))
        }
        ([], None) => Err(Failure::Usage("this program embeds no migrations".into())),
        ([_, _, ..], None) if migrate.command.is_of_one_set() => Err(Failure::Usage(format!(
            "which set is meant? Name one with --set; there are: {}",
            names()
        ))),
        _ => chosen.into_iter().map(|runner| prepared(migrate, runner.clone())).collect(),
    }
}

fn prepared(migrate: &Migrate, mut runner: Runner) -> Result<Runner, Failure> {
    if let Some(version) = migrate.command.target() {
        check_version(&runner, version)?;
    }
    if let Some(deadline) = migrate.lock_deadline {
        runner = runner.lock_deadline(deadline);
    }
    if migrate.quiet || runner.has_observer() {
        return Ok(runner);
    }
    Ok(runner.observer(Narrator::default()))
}

fn check_version(runner: &Runner, version: i64) -> Result<(), Failure> {
    let mut versions = runner.migrations().iter().map(Migration::version);
    if versions.any(|embedded| embedded == version) {
        return Ok(());
    }
    Err(Failure::Usage(format!("version {version} is not embedded in this program")))
}
