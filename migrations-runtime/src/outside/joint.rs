//! A statement that can run in a transaction: it and its entry in the row are committed together.

use std::fmt::Write as _;

use postgres::error::SqlState;

use super::row::is_taken_over;
use super::{Current, Halt, Outside};
use crate::cause::{Cause, Sent};
use crate::effect::Effect;
use crate::failure::LeftOfStatement;
use crate::lock::begin_sql;
use crate::message::{Message, Refused};
use crate::report::Found;
use crate::session::Session;
use crate::trouble;

/// How it went in one transaction.
pub(super) enum Tried<T> {
    Committed(T),
    /// Rolled back, and to be tried again.
    Again,
    /// The server refuses it in a transaction: what depends on its catalog nobody could know before.
    NotInTransaction(Effect),
}

impl Outside<'_, '_> {
    pub(super) fn joint(&mut self, current: &Current) -> Result<(), Halt> {
        self.found(current.index + 1, Found::NotBegun);
        loop {
            let done = self.entry().done_sql(current.index, false);
            let identity = self.identity();
            // What is to be restored stays in a transaction until it is: a pooler gives nobody else a
            // connection that is in one.
            let begin = if self.has_set(current) { "; BEGIN" } else { "" };
            let suffix = format!("\n;{identity}; COMMIT{begin}");
            let message = self.in_transaction(current, &done, &suffix);
            let send = |session: &mut Session| message.send(session).map(drop);
            let result = self.watched(self.subject(current), send);
            match self.tried(current, result)? {
                Tried::Committed(()) => return self.restore_settings(current, ""),
                Tried::Again => {}
                Tried::NotInTransaction(effect) => {
                    return self.alone(&Current { effect, ..current.clone() });
                }
            }
        }
    }

    /// A statement behind a write to the row, in a transaction. What the file has set before counts,
    /// also against our own time-outs.
    pub(super) fn in_transaction(
        &self,
        current: &Current,
        write: &str,
        suffix: &str,
    ) -> Message<'static> {
        let identity = self.identity();
        let begin = begin_sql(self.run.context.options);
        let comment = self.comment(current);
        let mut prefix = format!("{comment} {begin}; {identity}; {write}; ");
        for (name, value) in self.timeouts(self.lock_timeout(current.effect)) {
            // Writing to a string cannot fail.
            let _ = write!(prefix, "SET LOCAL {name} = {value}; ");
        }
        prefix += &self.settings(current);
        prefix += "\n";
        Message {
            file: self.migration.sql(),
            prefix,
            parts: vec![current.part.clone()],
            suffix: suffix.into(),
            counts_bytes: self.baseline.counts_bytes,
        }
    }

    /// What became of a transaction: committed, or rolled back by an error that may pass.
    pub(super) fn tried<T>(
        &mut self,
        current: &Current,
        result: Result<T, Refused<'_>>,
    ) -> Result<Tried<T>, Halt> {
        let Refused { error, sent } = match result {
            Ok(value) => return Ok(Tried::Committed(value)),
            Err(refused) => refused,
        };
        if self.session.has_told(&error) {
            return Err(self.refused_with_session(current, error, &sent));
        }
        if self.session.is_lost() || self.session.end("ROLLBACK").is_err() {
            return Err(self.fail(Cause::lost(error), LeftOfStatement::ForNextRun));
        }
        if is_taken_over(&error) {
            return Err(self.again(trouble::writing(error)));
        }
        match error.code() {
            _ if self.migration.batch().is_some() => {}
            Some(&SqlState::ACTIVE_SQL_TRANSACTION) => {
                return Ok(Tried::NotInTransaction(Effect::Unknown));
            }
            Some(&SqlState::INVALID_TRANSACTION_TERMINATION) => {
                return Ok(Tried::NotInTransaction(Effect::Opaque));
            }
            _ => {}
        }
        let cause = self.cause(current, error, &sent);
        self.pause_or_fail(cause, LeftOfStatement::Nothing)?;
        Ok(Tried::Again)
    }

    /// A `COPY` was refused, and with it the session ended, in its transaction.
    fn refused_with_session(
        &mut self,
        current: &Current,
        error: postgres::Error,
        sent: &Sent<'_>,
    ) -> Halt {
        let cause = self.cause(current, error, sent);
        let left = self.left(LeftOfStatement::Nothing);
        match self.run.failed(self.migration, cause, left, self.rest) {
            Ok(pause) => Halt::Again(pause),
            Err(error) => Halt::Failed(error),
        }
    }
}
