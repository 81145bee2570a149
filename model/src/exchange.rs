//! What a runner's steps are made of: sessions, messages and answers, and how it ends.

use crate::broken::Broken;
use crate::client::Client;
use crate::runner::{Plan, Runner, Step, Why};
use crate::server::Row;
use crate::session::{Reply, Role, Session, SessionId, Statement, Token};

impl Client<'_> {
    pub(crate) fn runner(&mut self) -> &mut Runner {
        &mut self.state.runners[self.id]
    }

    pub(crate) fn runner_ref(&self) -> &Runner {
        &self.state.runners[self.id]
    }

    pub(crate) fn plan(&mut self) -> &mut Plan {
        self.runner().plan.as_mut().expect("a plan, under the lock")
    }

    pub(crate) fn open(&mut self, role: Role) {
        self.close(role);
        let session = Session::new(self.state.free_token(self.id));
        self.state.server.sessions.insert(SessionId::Of(self.id, role), session);
    }

    pub(crate) fn close(&mut self, role: Role) {
        self.state.server.orphan(SessionId::Of(self.id, role));
    }

    pub(crate) fn token(&mut self, role: Role) -> Token {
        let session = self.state.server.session(SessionId::Of(self.id, role));
        session.token.expect("a session that was opened")
    }

    pub(crate) fn send(&mut self, role: Role, message: &[Statement], step: Step) {
        let session = self.state.server.session(SessionId::Of(self.id, role));
        session.is_stalled = false;
        session.queue.extend(message);
        self.runner().step = step;
    }

    /// The answer; nothing if the connection is lost.
    pub(crate) fn answer(&mut self, role: Role) -> Option<Reply> {
        let session = self.state.server.session(SessionId::Of(self.id, role));
        let reply = std::mem::take(&mut session.reply);
        (!session.is_lost).then_some(reply)
    }

    pub(crate) fn has_applied(&mut self, migration: usize) {
        let by = Token { runner: self.id, number: 0 };
        let row = Row { by, is_finished: true, journal: None };
        self.plan().rows[migration] = Some(row);
        self.runner().applied |= 1 << migration;
    }

    /// Plans anew. How often it does so at most does not matter: who has failed starts again.
    pub(crate) fn again(&mut self) {
        self.wait(Step::WaitForTurn);
    }

    pub(crate) fn wait(&mut self, step: Step) {
        self.close(Role::Main);
        self.close(Role::Worker);
        let keeps_plan = self.protocol.is(Broken::PlanBeforeLock);
        let runner = self.runner();
        runner.has_number = false;
        runner.step = step;
        if !keeps_plan {
            runner.plan = None;
        }
    }

    pub(crate) fn succeed(&mut self) {
        self.end(Step::Succeeded);
    }

    pub(crate) fn fail(&mut self, why: Why) {
        self.end(Step::Failed(why));
    }

    /// Tells those who overlapped, if it leads.
    pub(crate) fn end(&mut self, step: Step) {
        self.wait(step);
        let has_stalled = self.state.has_stalled;
        let runner = self.runner();
        let applied = runner.applied;
        *runner = Runner::new(runner.process);
        if !step.may_be_tried_again(has_stalled) {
            (runner.step, runner.applied) = (step, applied);
        }
        let process = runner.process;
        if self.state.flights[process] != Some(self.id) {
            return;
        }
        if step == Step::Failed(Why::Panicked) {
            let stays = self.protocol.is(Broken::FlightOutlivesPanic);
            self.state.flights[process] = Some(self.id).filter(|_| stays);
            return;
        }
        self.state.flights[process] = None;
        let outcome = if step == Step::Succeeded { Ok(()) } else { Err(()) };
        let others = self.state.runners.iter_mut().filter(|it| it.process == process);
        others.filter(|it| it.is_on_its_way()).for_each(|it| it.overlapped = Some(outcome));
    }
}
