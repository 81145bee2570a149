//! What is written into the row, in the session that runs the statements.

use postgres::error::{DbError, SqlState};

use super::{Halt, Outside};
use crate::cause::Cause;
use crate::failure::LeftOfStatement;
use crate::history::{Entry, TAKEN_OVER};
use crate::hooks::{AFTER, BEFORE, Hooks};
use crate::journal::Worker;
use crate::trouble;

impl Outside<'_, '_> {
    /// Writes the row of a migration that begins, or takes over that of an earlier run.
    pub(super) fn write_begin(&mut self, continues: bool) -> Result<(), Halt> {
        let entry = self.entry();
        let sql = if continues { entry.take_over_sql(&self.journal) } else { entry.begin_sql() };
        self.write_with_hooks(&sql, (BEFORE, Hooks::before))
    }

    /// Says that all is done.
    pub(super) fn write_finish(&mut self) -> Result<(), Halt> {
        let sql = self.entry().finish_sql();
        self.write_with_hooks(&sql, (AFTER, Hooks::after))
    }

    /// Writes, as the role and under the time-out of the library's own statements. Where somebody has
    /// locked the history, it is tried again: what the row does not say would be in doubt.
    pub(super) fn write(&mut self, sql: &str) -> Result<(), Halt> {
        let message = format!("{}; {sql}", self.own());
        let mut is_late = true;
        loop {
            let Err(error) = self.session.query(&message) else { return Ok(()) };
            let is_stopped = self.run.context.options.stop.is_stopped();
            let is_cancelled = is_stopped && error.code() == Some(&SqlState::QUERY_CANCELED);
            // A request to cancel what has ended may come late, once.
            if is_cancelled && std::mem::take(&mut is_late) {
                continue;
            }
            let is_locked = error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE);
            if is_locked && is_stopped {
                return Err(self.fail(Cause::STOPPED, LeftOfStatement::ForNextRun));
            }
            if !is_locked || !self.run.retries.are_left(self.run.context.options.retries) {
                return Err(self.not_written(error));
            }
            let pause = self.run.retries.next();
            self.run.context.options.stop.pause(pause);
        }
    }

    /// Begins what is the library's own: its role, and its time-out for locks. The token tells the next
    /// run that there is more to come.
    pub(super) fn own(&self) -> String {
        let (file, identity) = (self.migration.file_name(), self.identity());
        let Worker { token, .. } = &self.worker;
        let own = self.run.context.options.own_sql();
        format!("/* applying {file}, {token} */ {identity}; {own}")
    }

    /// User and role as they were, and for the rest of the transaction the run's.
    pub(super) fn identity(&self) -> String {
        self.baseline.restore_identity_sql(self.run.context.options)
    }

    pub(super) fn entry(&self) -> Entry<'_> {
        Entry {
            table: &self.apply.here.table,
            migration: self.migration,
            application: self.apply.context.migrations.application(),
            worker: &self.worker,
        }
    }

    /// The row is locked, or is another one than it was.
    pub(super) fn not_written(&mut self, error: postgres::Error) -> Halt {
        let passing = [SqlState::LOCK_NOT_AVAILABLE, SqlState::UNIQUE_VIOLATION];
        if self.session.is_lost() {
            return self.fail(Cause::lost(error), LeftOfStatement::ForNextRun);
        }
        if is_taken_over(&error) || error.code().is_some_and(|code| passing.contains(code)) {
            return self.again(trouble::writing(error));
        }
        trouble::writing(error).into()
    }
}

/// Whether the server raised the error of a write that found another row than expected.
pub(super) fn is_taken_over(error: &postgres::Error) -> bool {
    error.code() == Some(&SqlState::INVALID_TEXT_REPRESENTATION)
        && error.as_db_error().map(DbError::message).is_some_and(|it| it.contains(TAKEN_OVER))
}
