//! From what the library returns to what is printed.

use std::time::{Duration, SystemTime};

use super::documents::{Done, Entry, Item, Problem, Ran, Row, Session, Standing};
use super::failure::Failure;
use crate::error::Error;
use crate::lock::Holder;
use crate::migration::{Kind, Migration};
use crate::recorded::Recorded;
use crate::report::{Applied, Report};
use crate::status::{self, Status};

impl From<&Failure> for Problem {
    fn from(failure: &Failure) -> Self {
        let problem = match failure {
            Failure::Migrations(error) => place(error),
            _ => Self::default(),
        };
        Self { kind: failure.kind(), message: failure.message(), ..problem }
    }
}

fn place(error: &Error) -> Problem {
    let position = error.position();
    Problem {
        migration: error.migration().map(Migration::path),
        sqlstate: error.code().map(|code| code.code().into()),
        line: position.map(|(line, _)| line),
        column: position.map(|(_, column)| column),
        ..Problem::default()
    }
}

impl From<&Status> for Standing {
    fn from(status: &Status) -> Self {
        Self {
            set: status.set_name().into(),
            history: status.history().into(),
            application: status.application(),
            current: status.is_current(),
            pending: status.pending().count(),
            problems: status.problems().count(),
            holder: status.holder().map(Into::into),
            entries: status.entries().iter().map(Into::into).collect(),
        }
    }
}

impl From<&status::Entry> for Entry {
    fn from(entry: &status::Entry) -> Self {
        let migration = entry.migration;
        Self {
            version: entry.version(),
            name: entry.name().into(),
            state: entry.state.as_str(),
            file: migration.map(Migration::path),
            checksum: migration.map(|migration| migration.checksum().to_string()),
            revertible: migration.is_some_and(|migration| migration.down().is_some()),
            recorded: entry.recorded.as_ref().map(Into::into),
            problem: entry.problem.clone(),
        }
    }
}

impl From<&Recorded> for Row {
    fn from(recorded: &Recorded) -> Self {
        Self {
            version: recorded.version,
            name: recorded.name.clone(),
            checksum: recorded.checksum.clone(),
            applied_at: time(recorded.applied_at),
            took: recorded.duration.map(|took| took.as_secs_f64()),
            applied_by: recorded.applied_by.clone(),
            application: recorded.application.clone(),
            statements_done: recorded.statements_done,
            rows: recorded.rows,
        }
    }
}

impl From<&Holder> for Session {
    fn from(holder: &Holder) -> Self {
        Self {
            pid: holder.pid,
            application_name: holder.application_name.clone(),
            state: holder.state.clone(),
            query: holder.query.clone(),
            age: holder.age.map(|age| age.as_secs_f64()),
            progress: holder.phase.as_ref().map(ToString::to_string),
        }
    }
}

impl Item {
    pub(super) fn of(migration: &'static Migration, with_sql: bool) -> Self {
        Self {
            version: version(migration),
            name: migration.name(),
            file: migration.path(),
            checksum: migration.checksum().to_string(),
            transactional: migration.is_transactional(),
            revertible: migration.down().is_some(),
            sql: with_sql.then(|| migration.sql()),
        }
    }
}

impl From<&Applied> for Done {
    fn from(applied: &Applied) -> Self {
        let migration = applied.migration();
        Self {
            version: version(migration),
            name: migration.name(),
            file: migration.path(),
            took: applied.took().as_secs_f64(),
            rows: applied.rows(),
        }
    }
}

impl Ran {
    pub(super) fn of(set: &str, report: &Report) -> Self {
        let done = |list: &[Applied]| list.iter().map(Into::into).collect();
        let continued = report.continued().iter().map(ToString::to_string);
        let others = report.by_others().iter().map(ToString::to_string);
        Self {
            set: set.into(),
            reverted: done(report.reverted()),
            applied: done(report.applied()),
            repeated: done(report.repeated()),
            skipped: report.skipped().len(),
            remarks: continued.chain(others).chain(report.tolerated()).collect(),
        }
    }
}

fn version(migration: &Migration) -> Option<i64> {
    (migration.kind() != Kind::Repeatable).then(|| migration.version())
}

/// RFC 3339, UTC, in whole seconds; nothing outside of the years 1970 to 9999, where `humantime` panics.
/// Somebody may have written any time into the row.
pub(super) fn time(time: SystemTime) -> Option<String> {
    /// The first second of the year 10000.
    const END: Duration = Duration::from_secs(253_402_300_800);
    let since = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    (since < END).then(|| humantime::format_rfc3339_seconds(time).to_string())
}

/// For people, in UTC.
pub(super) fn moment(at: SystemTime) -> String {
    let shown = time(at).map(|time| time.trim_end_matches('Z').replace('T', " "));
    shown.unwrap_or_else(|| "not in 1970-9999".into())
}

/// The version as its file's name has it, or what has none.
pub(super) fn digits(migration: &'static Migration) -> &'static str {
    match migration.kind() {
        Kind::Repeatable => "repeatable",
        _ => migration.file_name().split('_').next().unwrap_or_default(),
    }
}

pub(super) fn yes_or_no(is_so: bool) -> String {
    if is_so { "yes" } else { "no" }.into()
}

/// For people: no longer than they want to read.
pub(super) fn took(took: Duration) -> String {
    format!("{took:.1?}")
}

/// `1 migration`, `2 migrations`.
pub(super) fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::{Problem, count, moment, time, took};
    use crate::cli::failure::Failure;

    #[test]
    fn writes_for_people() {
        assert_eq!(moment(SystemTime::UNIX_EPOCH), "1970-01-01 00:00:00");
        assert_eq!(took(Duration::from_micros(1530)), "1.5ms");
        assert_eq!((count(1, "file").as_str(), count(0, "file").as_str()), ("1 file", "0 files"));
    }

    #[test]
    fn no_time_is_too_much() {
        let second = |second: u64| SystemTime::UNIX_EPOCH + Duration::from_secs(second);
        let cases = [
            (second(0) - Duration::from_nanos(1), None),
            (second(0), Some("1970-01-01T00:00:00Z")),
            (second(253_402_300_799), Some("9999-12-31T23:59:59Z")),
            (second(253_402_300_800), None),
        ];
        for (at, expected) in cases {
            assert_eq!(time(at).as_deref(), expected, "{at:?}");
        }
        assert_eq!(moment(second(253_402_300_800)), "not in 1970-9999");
    }

    #[test]
    fn an_error_without_a_place_has_none() {
        let problem = Problem::from(&Failure::Declined);
        assert_eq!((problem.kind, problem.line), ("declined", None));
    }
}
