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

#[cfg(test)]
mod tests {
    use clap::{Args as _, FromArgMatches as _};

    use super::choose;
    use crate::__private::Source;
    use crate::cli::args::Migrate;
    use crate::migration::Migration;
    use crate::migrations::Migrations;
    use crate::once::Gate;
    use crate::runner::Runner;
    use crate::sets::Sets;

    static LIST: [Migration; 1] = [Migration::new(Source { version: 1, ..Source::EMPTY })];

    fn gate() -> &'static Gate {
        unreachable!("nothing is run")
    }

    fn sets(names: &[&str]) -> Sets {
        let migrations = Migrations::new(&LIST, &[], "", "app 1.0.0", None, gate);
        let runners = names.iter().map(|name| migrations.runner().set_name(*name));
        runners.fold(Sets::new(), Sets::then)
    }

    fn parsed(line: &str) -> Migrate {
        let command = Migrate::augment_args(clap::Command::new("migrate").no_binary_name(true));
        let matches = command.try_get_matches_from(line.split_whitespace()).unwrap();
        Migrate::from_arg_matches(&matches).unwrap()
    }

    /// The names of the sets, or what is wrong.
    fn chosen(line: &str, names: &[&str]) -> String {
        match choose(&parsed(line), &sets(names)) {
            Ok(runners) => runners.iter().map(Runner::name).collect::<Vec<_>>().join(" "),
            Err(failure) => failure.message(),
        }
    }

    #[test]
    fn what_is_about_one_set_has_to_be_told_which() {
        let which = "which set is meant? Name one with --set; there are: a, b";
        let cases: [(&str, &[&str], &str); 14] = [
            ("status", &["a", "b"], "a b"),
            ("up", &["a", "b"], "a b"),
            ("--set b status", &["a", "b"], "b"),
            ("down --yes", &["a"], "a"),
            ("down --yes", &["a", "b"], which),
            ("redo", &["a", "b"], which),
            ("baseline 1", &["a", "b"], which),
            ("resolve 1 --done", &["a", "b"], which),
            ("unlock", &["a", "b"], which),
            ("up --to 1", &["a", "b"], which),
            ("up --to 1 --set a", &["a", "b"], "a"),
            ("up --set c", &["a", "b"], "no set is called `c`; there are: a, b"),
            ("up --to 2", &["a"], "version 2 is not embedded in this program"),
            ("up", &[], "this program embeds no migrations"),
        ];
        for (line, names, expected) in cases {
            assert_eq!(chosen(line, names), expected, "{line}");
        }
    }

    #[test]
    fn only_the_version_needs_no_database() {
        assert!(!parsed("version").needs_database() && parsed("status").needs_database());
    }

    #[test]
    fn the_command_line_is_consistent() {
        Migrate::augment_args(clap::Command::new("migrate")).debug_assert();
    }
}
