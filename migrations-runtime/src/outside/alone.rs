//! A statement that cannot run in a transaction: the row says before that it may be running, and after
//! a loss the catalog tells what became of it.

use postgres::error::SqlState;

use super::{Current, Halt, Outside};
use crate::catalog::Catalog;
use crate::cause::{Cause, Sent};
use crate::effect::{Decision, Effect};
use crate::failure::LeftOfStatement;
use crate::journal::Before;
use crate::report::Found;
use crate::session::Session;

impl Outside<'_, '_> {
    pub(super) fn alone(&mut self, current: &Current) -> Result<(), Halt> {
        let mut before = self.begun_before(current);
        let mut found = if before.is_some() { Found::Nothing } else { Found::NotBegun };
        loop {
            let catalog = self.look(current, before.as_ref())?;
            match current.effect.decide(before.as_ref(), &catalog) {
                Decision::Run => {
                    self.found(current.index + 1, found.clone());
                    let shown = self.put_in_flight(current, before.take(), &catalog)?;
                    if self.send_alone(current, before.insert(shown))? {
                        return Ok(());
                    }
                }
                Decision::Done => {
                    self.found(current.index + 1, Found::Done);
                    return self.write(&self.entry().done_sql(current.index, true));
                }
                Decision::Repair(sql) => {
                    self.repair(current, before.as_ref(), &sql)?;
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
        let is_it = self.was_in_flight(current.index);
        self.journal.in_flight.take_if(|_| is_it).map(|in_flight| in_flight.before)
    }

    /// Asks the catalog, with the search path as the file has set it, for this question only.
    pub(super) fn look(
        &mut self,
        current: &Current,
        before: Option<&Before>,
    ) -> Result<Catalog, Halt> {
        let oids = before.map_or([].as_slice(), |before| &before.oids);
        let Some(sql) = current.effect.catalog_sql(oids) else { return Ok(Catalog::default()) };
        let message = format!("{}; {}{sql}", self.own(), self.settings(current));
        match self.session.peek(&message) {
            Ok(rows) => Ok(Catalog::read(current.effect, before, &rows)),
            Err(error) if self.session.is_lost() => {
                Err(self.fail(Cause::lost(error), LeftOfStatement::ForNextRun))
            }
            Err(error) => {
                let cause = Cause::of_repair(error, "what the file sets", self.place(current));
                Err(self.fail(cause, LeftOfStatement::Nothing))
            }
        }
    }

    /// Says that it may be running, and what the catalog has shown before. What the session needs is
    /// set in the same message.
    fn put_in_flight(
        &mut self,
        current: &Current,
        before: Option<Before>,
        catalog: &Catalog,
    ) -> Result<Before, Halt> {
        let was_in_flight = before.is_some();
        let shown = before.unwrap_or_else(|| catalog.before());
        let settings = self.session_settings(current, self.lock_timeout(current.effect));
        let write = self.entry().in_flight_sql(current.index, was_in_flight, &shown);
        self.write(&format!("{write}; {settings}"))?;
        Ok(shown)
    }

    /// Runs it; whether it is done, or else to be tried again.
    fn send_alone(&mut self, current: &Current, before: &Before) -> Result<bool, Halt> {
        let prefix = self.comment(current) + "\n";
        let text = [&prefix, current.statement.text()].concat();
        let send = |session: &mut Session| session.query(&text).map(drop);
        match self.watched(self.subject(current), send) {
            Ok(()) => {
                let done = self.entry().done_sql(current.index, true);
                self.write(&format!("{done}; RESET lock_timeout"))?;
                self.restore_settings(current, "BEGIN; ")?;
                Ok(true)
            }
            Err(error) => self.failed_alone(current, before, error, &prefix).map(|()| false),
        }
    }

    /// An error that may pass has it tried again, which begins with what it has left; for any other
    /// that is removed now.
    fn failed_alone(
        &mut self,
        current: &Current,
        before: &Before,
        error: postgres::Error,
        prefix: &str,
    ) -> Result<(), Halt> {
        let unknown = match current.effect {
            Effect::Opaque => LeftOfStatement::ForPeople,
            _ => LeftOfStatement::ForNextRun,
        };
        if self.session.is_lost() {
            return Err(self.fail(Cause::lost(error), unknown));
        }
        let is_untouched = is_untouched(&error);
        let (file, part) = (self.migration.sql(), current.part.clone());
        let in_bytes = self.baseline.counts_bytes;
        let cause = self.cause(current, error, &Sent { prefix, file, part, suffix: "", in_bytes });
        let is_in_doubt = current.effect == Effect::Opaque && !is_untouched;
        if is_in_doubt || self.run.context.options.stop.is_stopped() {
            return Err(self.fail(cause, unknown));
        }
        let may_pass = current.effect.may_be_tried_again() && cause.is_passing();
        if may_pass && self.run.retries.are_left(self.run.context.options.retries) {
            return self.pause_or_fail(cause, LeftOfStatement::ForNextRun);
        }
        let left = if is_untouched {
            self.take_out_of_flight(current, LeftOfStatement::Nothing)
        } else {
            self.clean_up(current, before)
        };
        Err(self.fail(cause, left))
    }
}

/// Whether the error says that the statement has not even begun: what it calls does not exist, or what
/// it makes does, which is then somebody else's. Within a procedure, the server tells where it was.
fn is_untouched(error: &postgres::Error) -> bool {
    const CODES: [SqlState; 5] = [
        SqlState::AMBIGUOUS_FUNCTION,
        SqlState::DUPLICATE_TABLE,
        SqlState::SYNTAX_ERROR,
        SqlState::UNDEFINED_FUNCTION,
        SqlState::WRONG_OBJECT_TYPE,
    ];
    let is_within = error.as_db_error().is_some_and(|error| error.where_().is_some());
    !is_within && error.code().is_some_and(|code| CODES.contains(code))
}
