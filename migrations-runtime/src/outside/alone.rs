//! A statement that cannot run in a transaction: the row says before that it may be running, and after
//! a loss the catalog tells what became of it.

use std::time::Duration;

use postgres::error::SqlState;

use super::{Current, Halt, Outside};
use crate::cause::{Cause, Sent};
use crate::effect::{Catalog, Decision, Effect};
use crate::failure::LeftOfStatement;
use crate::journal::Before;
use crate::report::Found;
use crate::session::Session;
use crate::sql::literal;
use crate::trouble;

impl Outside<'_, '_> {
    pub(super) fn alone(&mut self, current: &Current, effect: Effect) -> Result<(), Halt> {
        let mut before = self.begun_before(current);
        let mut found = if before.is_some() { Found::Nothing } else { Found::NotBegun };
        loop {
            let catalog = self.look(current, effect, before.as_ref())?;
            match effect.decide(before.as_ref(), &catalog) {
                Decision::Run => {
                    self.found(current.index + 1, found.clone());
                    if self.run_alone(current, effect, &mut before, &catalog)? {
                        return Ok(());
                    }
                }
                Decision::Done => {
                    self.found(current.index + 1, Found::Done);
                    return self.write(|entry| entry.done_sql(current.index, true));
                }
                Decision::Repair(sql) => {
                    self.repair(current, effect, &sql)?;
                    found = Found::HalfDone(sql);
                }
                Decision::Refuse(name) => {
                    let cause = Cause::InvalidIndex { name, place: self.place(current) };
                    return Err(self.fail(cause, LeftOfStatement::Nothing));
                }
                Decision::CannotTell => {
                    let cause = Cause::CannotTell(self.place(current));
                    return Err(self.fail(cause, LeftOfStatement::ForPeople));
                }
            }
        }
    }

    /// What the catalog had shown before the statement was begun, if an earlier run has begun it.
    fn begun_before(&mut self, current: &Current) -> Option<Before> {
        let is_first = current.index == self.journal.done;
        self.journal.in_flight.take_if(|_| is_first).map(|in_flight| in_flight.before)
    }

    /// Asks the catalog, with the search path as the file has set it.
    fn look(
        &mut self,
        current: &Current,
        effect: Effect,
        before: Option<&Before>,
    ) -> Result<Catalog, Halt> {
        let oids = before.map_or([].as_slice(), |before| &before.oids);
        let Some(sql) = effect.catalog_sql(oids) else { return Ok(Catalog::default()) };
        let message = format!("{}; {}{sql}", self.own(), self.settings(current));
        match self.session.query(&message) {
            Ok(rows) => Ok(Catalog::read(effect, before, &rows)),
            Err(error) if self.is_lost(&error) => {
                Err(self.fail(Cause::lost(error), LeftOfStatement::ForNextRun))
            }
            Err(error) => Err(trouble::locking(error).into()),
        }
    }

    /// Runs it; whether it is done, or else to be tried again.
    fn run_alone(
        &mut self,
        current: &Current,
        effect: Effect,
        before: &mut Option<Before>,
        catalog: &Catalog,
    ) -> Result<bool, Halt> {
        let shown = before.clone().unwrap_or_else(|| catalog.before());
        let was_in_flight = before.is_some();
        let in_flight = |entry: &crate::history::Entry<'_>| {
            entry.in_flight_sql(current.index, was_in_flight, &shown)
        };
        let settings = self.session_settings(current, self.lock_timeout(effect));
        self.write(|entry| format!("{}; {settings}", in_flight(entry)))?;
        *before = Some(shown);
        match self.send_alone(current, effect) {
            Ok(()) => {
                self.write(|entry| entry.done_sql(current.index, true))?;
                Ok(true)
            }
            Err(error) => {
                self.failed_alone(current, effect, before.as_ref(), error).map(|()| false)
            }
        }
    }

    fn send_alone(&mut self, current: &Current, effect: Effect) -> Result<(), postgres::Error> {
        let text = self.prefix(current) + current.statement.text();
        self.watched(current, effect, &text)
    }

    fn prefix(&self, current: &Current) -> String {
        self.comment(current) + "\n"
    }

    fn watched(
        &mut self,
        current: &Current,
        effect: Effect,
        sql: &str,
    ) -> Result<(), postgres::Error> {
        let subject = self.subject(current, self.lock_timeout(effect));
        let send = |session: &mut Session| session.query(sql).map(drop);
        let (sent, blocker) = self.apply.watcher.watch(subject, &mut self.session, send);
        self.run.retries.saw(blocker);
        sent
    }

    /// An error that may pass has it tried again; else what it has left is removed.
    fn failed_alone(
        &mut self,
        current: &Current,
        effect: Effect,
        before: Option<&Before>,
        error: postgres::Error,
    ) -> Result<(), Halt> {
        let unknown = match effect {
            Effect::Procedure => LeftOfStatement::ForPeople,
            _ => LeftOfStatement::ForNextRun,
        };
        if self.is_lost(&error) {
            return Err(self.fail(Cause::lost(error), unknown));
        }
        let cause = self.cause(current, error);
        let is_stopped = self.run.context.options.stop.is_stopped();
        if effect == Effect::Procedure || is_stopped {
            return Err(self.fail(cause.or_stopped(is_stopped), unknown));
        }
        if effect.may_be_tried_again() && cause.is_passing() {
            return self.pause_or_fail_with(current, effect, before, cause);
        }
        let left = self.clean_up(current, effect, before);
        Err(self.fail(cause, left))
    }

    /// What is left for the next try is removed at its beginning; at the last one, now.
    fn pause_or_fail_with(
        &mut self,
        current: &Current,
        effect: Effect,
        before: Option<&Before>,
        cause: Cause,
    ) -> Result<(), Halt> {
        let is_last = !self.run.retries.are_left(self.run.context.options.retries);
        let left =
            if is_last { self.clean_up(current, effect, before) } else { LeftOfStatement::Nothing };
        self.pause_or_fail(cause, left)
    }

    fn cause(&self, current: &Current, error: postgres::Error) -> Cause {
        let (prefix, file) = (self.prefix(current), self.migration.sql());
        let (part, in_bytes) = (current.part.clone(), self.baseline.counts_bytes);
        let sent = Sent { prefix: &prefix, file, part, suffix: "", in_bytes };
        let cause = Cause::new(error, &sent, &self.apply.here.table);
        cause.or_at(file, &current.statement.range())
    }

    /// Removes what a statement that failed has left, if that takes no long wait; else the next run
    /// does.
    fn clean_up(
        &mut self,
        current: &Current,
        effect: Effect,
        before: Option<&Before>,
    ) -> LeftOfStatement {
        let Some(before) = before else { return LeftOfStatement::Nothing };
        for _ in 0..CLEAN_UPS {
            let Ok(catalog) = self.look(current, effect, Some(before)) else { break };
            match effect.decide(Some(before), &catalog) {
                Decision::Repair(sql) if effect.is_removed_by_repair() => {
                    let patience = self.run.context.options.own_lock_timeout();
                    if self.repair_within(current, effect, patience, &sql).is_err() {
                        break;
                    }
                }
                Decision::Run | Decision::CannotTell => {
                    let written = self.write(|entry| entry.not_in_flight_sql(current.index));
                    return match written {
                        Ok(()) => LeftOfStatement::Nothing,
                        Err(_) => LeftOfStatement::ForNextRun,
                    };
                }
                _ => break,
            }
        }
        LeftOfStatement::ForNextRun
    }

    /// Completes or removes what is half done.
    fn repair(&mut self, current: &Current, effect: Effect, sql: &str) -> Result<(), Halt> {
        let patience = self.lock_timeout(effect);
        let Err(error) = self.repair_within(current, effect, patience, sql) else {
            return Ok(());
        };
        // Somebody may have removed it meanwhile.
        if error.code() == Some(&SqlState::UNDEFINED_OBJECT) {
            return Ok(());
        }
        if self.is_lost(&error) {
            return Err(self.fail(Cause::lost(error), LeftOfStatement::ForNextRun));
        }
        let cause = Cause::of_repair(error, sql, self.place(current));
        if !cause.is_passing() {
            return Err(self.fail(cause, LeftOfStatement::ForNextRun));
        }
        self.pause_or_fail(cause, LeftOfStatement::Nothing)
    }

    fn repair_within(
        &mut self,
        current: &Current,
        effect: Effect,
        lock_timeout: Duration,
        sql: &str,
    ) -> Result<(), postgres::Error> {
        let settings = self.session_settings(current, lock_timeout);
        self.session.query(&format!("{}; {settings}", self.own()))?;
        let text = format!("{} {sql}", self.comment(current));
        self.watched(current, effect, &text)
    }

    /// What holds for the session while the statement runs, which has no transaction to set it in.
    ///
    /// Nothing is set that is so already: a pooler may give the session to others between two
    /// statements. The reset takes back what the message has set for itself.
    fn session_settings(&self, current: &Current, lock_timeout: Duration) -> String {
        let timeouts = self.timeouts(lock_timeout);
        let timeouts = timeouts.iter().map(|(name, value)| (*name, value.to_string()));
        let strings = ("standard_conforming_strings", "on".to_owned());
        let values: Vec<_> = timeouts
            .chain([strings])
            .map(|(name, value)| format!("({}, {})", literal(name), literal(&value)))
            .collect();
        format!(
            "RESET lock_timeout; SELECT pg_catalog.set_config(v.name, v.value, false) \
             FROM (VALUES {}) v (name, value) \
             JOIN pg_catalog.pg_settings s ON s.name OPERATOR(pg_catalog.=) v.name \
             WHERE s.setting OPERATOR(pg_catalog.<>) v.value; {}",
            values.join(", "),
            self.settings(current),
        )
    }
}

/// How many things one statement can have left: those of a `REINDEX` of many tables.
const CLEAN_UPS: usize = 1000;
