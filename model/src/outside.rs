//! What a runner does that runs a statement outside of the transaction of the lock: `outside`.

use crate::broken::Broken;
use crate::client::Client;
use crate::runner::{Step, Why};
use crate::server::{Journal, Kind};
use crate::session::{Role, SessionId, Statement};

impl Client<'_> {
    pub(crate) fn advance_outside(&mut self, step: Step) {
        match step {
            Step::Hold(migration) => self.holds(migration),
            Step::LeftBehind(migration) => self.looked_for_left_behind(migration),
            Step::WriteBegin(migration) => self.has_begun(migration),
            Step::Joint(migration) => self.has_run_jointly(migration),
            Step::Catalog(migration) => self.decide(migration),
            Step::PutInFlight(migration) => self.is_in_flight(migration),
            Step::SendAlone(migration) => self.has_run_alone(migration),
            Step::WriteDone(migration) => self.has_written_done(migration),
            Step::WriteFinish(migration) => self.has_finished(migration),
            step => unreachable!("{step:?} is answered elsewhere"),
        }
    }

    fn holds(&mut self, migration: usize) {
        match self.answer(Role::Main) {
            Some(reply) if reply.yes => {
                self.runner().has_number = false;
                self.begin_outside(migration);
            }
            _ => self.again(),
        }
    }

    pub(crate) fn begin_outside(&mut self, migration: usize) {
        self.open(Role::Worker);
        if let Some(found) = self.plan().journal(migration) {
            let message = [Statement::LeftBehind(found.worker)];
            self.send(Role::Worker, &message, Step::LeftBehind(migration));
        } else {
            let message = [Statement::BeginEntry(migration)];
            self.send(Role::Worker, &message, Step::WriteBegin(migration));
        }
    }

    fn looked_for_left_behind(&mut self, migration: usize) {
        let Some(reply) = self.answer(Role::Worker) else { return self.fail(Why::Lost) };
        let found = self.found(migration);
        if reply.yes {
            return self.wait(Step::WaitForLeftBehind(found.worker));
        }
        let message = [Statement::TakeOver(migration, found)];
        self.send(Role::Worker, &message, Step::WriteBegin(migration));
    }

    fn has_begun(&mut self, migration: usize) {
        if !self.is_written() {
            return;
        }
        let found = self.plan().journal(migration);
        if found.is_some_and(|found| found.is_done) {
            return self.write_finish(migration);
        }
        if !self.keeps_lock() {
            return self.again();
        }
        let was_in_flight = found.is_some_and(|found| found.is_in_flight);
        if self.protocol.kinds[migration] == Kind::Joint && !was_in_flight {
            let (entry, file) = (Statement::Done(migration, false), Statement::File(migration));
            let message = [Statement::Begin, entry, file, Statement::Commit];
            return self.send(Role::Worker, &message, Step::Joint(migration));
        }
        self.send(Role::Worker, &[Statement::Catalog(migration)], Step::Catalog(migration));
    }

    fn has_run_jointly(&mut self, migration: usize) {
        if self.is_written() {
            self.write_finish(migration);
        }
    }

    /// What the catalog tells of a statement that an earlier run had begun: `Effect::decide`.
    fn decide(&mut self, migration: usize) {
        let Some(reply) = self.answer(Role::Worker) else { return self.fail(Why::Lost) };
        let was_in_flight = self.was_in_flight(migration);
        let is_opaque = self.protocol.kinds[migration] == Kind::Opaque;
        let is_told_done =
            if is_opaque { self.protocol.is(Broken::SkipInDoubt) } else { reply.yes };
        let may_run = !is_opaque || self.protocol.is(Broken::RerunInDoubt);
        match was_in_flight {
            true if is_told_done => self.write_done(migration, true),
            true if !may_run => self.fail(Why::InDoubt),
            _ => self.put_in_flight(migration, was_in_flight),
        }
    }

    fn put_in_flight(&mut self, migration: usize, was_in_flight: bool) {
        if self.protocol.is(Broken::InFlightTooLate) {
            return self.send_alone(migration);
        }
        let message = [Statement::InFlight(migration, was_in_flight)];
        self.send(Role::Worker, &message, Step::PutInFlight(migration));
    }

    fn is_in_flight(&mut self, migration: usize) {
        if self.is_written() {
            self.send_alone(migration);
        }
    }

    fn send_alone(&mut self, migration: usize) {
        self.send(Role::Worker, &[Statement::Alone(migration)], Step::SendAlone(migration));
    }

    fn has_run_alone(&mut self, migration: usize) {
        match self.answer(Role::Worker) {
            None => self.fail(Why::Lost),
            Some(reply) if reply.has_failed => self.fail(Why::Refused),
            Some(_) if self.protocol.is(Broken::InFlightTooLate) => {
                self.write_done(migration, false);
            }
            Some(_) => self.write_done(migration, true),
        }
    }

    fn write_done(&mut self, migration: usize, was_in_flight: bool) {
        let message = [Statement::Done(migration, was_in_flight)];
        self.send(Role::Worker, &message, Step::WriteDone(migration));
    }

    fn has_written_done(&mut self, migration: usize) {
        if self.is_written() {
            self.write_finish(migration);
        }
    }

    fn write_finish(&mut self, migration: usize) {
        self.send(Role::Worker, &[Statement::Finish(migration)], Step::WriteFinish(migration));
    }

    fn has_finished(&mut self, migration: usize) {
        if !self.is_written() {
            return;
        }
        self.has_applied(migration);
        self.close(Role::Worker);
        self.next();
    }

    /// Whether a write to the row has found what it expects; else somebody else has taken over.
    fn is_written(&mut self) -> bool {
        match self.answer(Role::Worker) {
            None => self.fail(Why::Lost),
            Some(reply) if reply.has_failed => self.again(),
            Some(_) => return true,
        }
        false
    }

    /// `watch::Watcher::holds_lock`, for all that the client can know.
    fn keeps_lock(&mut self) -> bool {
        !self.state.server.session(SessionId::Of(self.id, Role::Main)).is_lost
    }

    fn found(&mut self, migration: usize) -> Journal {
        self.plan().journal(migration).expect("a row that was begun")
    }

    fn was_in_flight(&mut self, migration: usize) -> bool {
        self.plan().journal(migration).is_some_and(|found| found.is_in_flight)
    }
}
