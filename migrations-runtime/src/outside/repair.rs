//! What a statement has left half done is removed, or completed.

use postgres::error::SqlState;

use super::{Current, Halt, Outside};
use crate::cause::Cause;
use crate::effect::Decision;
use crate::failure::LeftOfStatement;
use crate::journal::Before;
use crate::retries::Retries;
use crate::watch::Subject;

/// How many things one statement can have left: those of a `REINDEX` of many tables.
const CLEAN_UPS: usize = 1000;

impl Outside<'_, '_> {
    /// Completes or removes what is half done, before the statement is looked at again.
    ///
    /// It never waits for long: when it comes to its turn, it may be another's index that is there. And
    /// it begins with a write to the row, which tells whether that is still this runner's.
    pub(super) fn repair(
        &mut self,
        current: &Current,
        before: Option<&Before>,
        sql: &str,
    ) -> Result<(), Halt> {
        if let Some(before) = before {
            self.write(&self.entry().in_flight_sql(current.index, true, before))?;
        }
        let Err(error) = self.send_repair(current, sql) else { return Ok(()) };
        // Somebody may have removed it meanwhile.
        if error.code() == Some(&SqlState::UNDEFINED_OBJECT) {
            return Ok(());
        }
        if self.session.is_lost() {
            return Err(self.fail(Cause::lost(error), LeftOfStatement::ForNextRun));
        }
        let cause = Cause::of_repair(error, sql, self.place(current));
        if !cause.is_passing() {
            return Err(self.fail(cause, LeftOfStatement::ForNextRun));
        }
        // It is waited for like the lock: a build may have been waiting for as long.
        if self.began.elapsed() < self.run.context.options.lock_deadline {
            self.run.retries = Retries::none();
        }
        self.pause_or_fail(cause, LeftOfStatement::ForNextRun)
    }

    /// Removes what a statement that failed has left, if that takes no long wait; else the next run
    /// does.
    pub(super) fn clean_up(&mut self, current: &Current, before: &Before) -> LeftOfStatement {
        for _ in 0..CLEAN_UPS {
            let Ok(catalog) = self.look(current, Some(before)) else { break };
            match current.effect.decide(Some(before), &catalog) {
                Decision::Repair(sql) if current.effect.is_removed_by_repair() => {
                    if self.send_repair(current, &sql).is_err() {
                        break;
                    }
                }
                Decision::Run => return self.take_out_of_flight(current, LeftOfStatement::Nothing),
                Decision::CannotTell => {
                    return self.take_out_of_flight(current, LeftOfStatement::Unclear);
                }
                _ => break,
            }
        }
        LeftOfStatement::ForNextRun
    }

    pub(super) fn take_out_of_flight(
        &mut self,
        current: &Current,
        left: LeftOfStatement,
    ) -> LeftOfStatement {
        match self.write(&self.entry().not_in_flight_sql(current.index)) {
            Ok(()) => left,
            Err(_) => LeftOfStatement::ForNextRun,
        }
    }

    fn send_repair(&mut self, current: &Current, sql: &str) -> Result<(), postgres::Error> {
        let patience = self.run.context.options.own_lock_timeout();
        let settings = self.session_settings(current, patience);
        self.session.query(&format!("{}; {settings}", self.own()))?;
        let text = format!("{} {sql}", self.comment(current));
        let subject = Subject { lock_timeout: patience, ..self.subject(current) };
        self.watched(subject, |session| session.query(&text).map(drop))
    }
}
