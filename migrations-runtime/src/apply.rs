//! Sends a migration as one message: its history row, its SQL, the row's completion and COMMIT,
//! and the transaction and the lock for the next one.

use std::time::{Duration, Instant};

use postgres::SimpleQueryRow;
use postgres::error::{DbError, Severity, SqlState};

use crate::baseline::{Baseline, belongings_sql};
use crate::failure::Cause;
use crate::here::Here;
use crate::history::is_completed;
use crate::lock::{begin_sql, is_locked};
use crate::migration::Migration;
use crate::options::{Options, milliseconds};
use crate::session::Session;

/// What is the same for all migrations of a run that holds the lock.
pub(crate) struct Apply<'a> {
    pub(crate) here: &'a Here,
    pub(crate) baseline: &'a Baseline,
    pub(crate) options: &'a Options,
    pub(crate) application: &'a str,
}

/// What follows a migration in its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    Lock,
    Release,
}

/// How it went.
pub(crate) enum Outcome {
    /// Committed; and whether the lock for the next one was taken.
    Applied { took: Duration, locked: bool },
    /// The migration failed.
    Failed(Cause),
}

impl Apply<'_> {
    pub(crate) fn send(&self, session: &mut Session, migration: &Migration, then: Then) -> Outcome {
        let (prefix, suffix) = (self.prefix(migration), self.suffix(migration, then));
        let message = [&prefix, migration.sql(), &suffix].concat();
        let started = Instant::now();
        let answer = session.query(&message);
        match answer {
            Ok(rows) => answered(&rows, session, migration, then, started.elapsed()),
            Err(error) => {
                Outcome::Failed(self.cause(error, session, migration, (&prefix, &suffix)))
            }
        }
    }

    /// The comment is for those who look at `pg_stat_activity`, among them our own waiters.
    fn prefix(&self, migration: &Migration) -> String {
        let lock_timeout = milliseconds(self.options.lock_timeout);
        let statement_timeout = self.options.statement_timeout.map_or(String::new(), |timeout| {
            format!("SET LOCAL statement_timeout = {}; ", milliseconds(timeout))
        });
        let insert = self.here.table.insert_sql(migration, self.application);
        format!(
            "/* applying {} */ SET LOCAL lock_timeout = {lock_timeout}; {statement_timeout}{insert};\n",
            migration.file_name()
        )
    }

    /// It begins with a line feed and a semicolon: the file may end in a comment, or in a statement
    /// without one.
    fn suffix(&self, migration: &Migration, then: Then) -> String {
        let identity = self.baseline.restore_identity_sql();
        let complete = self.here.table.complete_sql(migration);
        let settings = self.baseline.restore_settings_sql();
        let next = match then {
            Then::Lock => begin_sql(self.here.key),
            Then::Release => belongings_sql(0),
        };
        format!("\n;{identity}; {complete}; {settings}; COMMIT; {next}")
    }

    fn cause(
        &self,
        error: postgres::Error,
        session: &Session,
        migration: &Migration,
        around: (&str, &str),
    ) -> Cause {
        if is_fatal(&error) || session.is_lost() {
            Cause::Lost(error)
        } else if error.as_db_error().is_none() {
            Cause::Copy(error)
        } else if self.is_overtaken(&error) {
            Cause::Overtaken(error)
        } else {
            Cause::refused(error, migration, around)
        }
    }

    fn is_overtaken(&self, error: &postgres::Error) -> bool {
        error.code() == Some(&SqlState::UNIQUE_VIOLATION)
            && error
                .as_db_error()
                .is_some_and(|error| self.here.table.is_named(error.schema(), error.table()))
    }
}

fn answered(
    rows: &[SimpleQueryRow],
    session: &mut Session,
    migration: &Migration,
    then: Then,
    took: Duration,
) -> Outcome {
    if then == Then::Release {
        session.has_ended(rows);
    }
    if !is_completed(rows) {
        session.spoil();
        return Outcome::Failed(Cause::EndedTransaction);
    }
    if migration.sets_custom_settings() {
        session.spoil();
    }
    Outcome::Applied { took, locked: is_locked(rows) }
}

/// The server ends the session with such an error, which the client notices only afterwards.
fn is_fatal(error: &postgres::Error) -> bool {
    let severity = error.as_db_error().and_then(DbError::parsed_severity);
    matches!(severity, Some(Severity::Fatal | Severity::Panic))
}
