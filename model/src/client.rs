//! What a runner does when it is answered, up to the lock and under it.

use crate::broken::Broken;
use crate::protocol::{Protocol, State};
use crate::runner::{Plan, Runner, Step, Why};
use crate::server::Kind;
use crate::session::{Reply, Role, SessionId, Statement};

/// A runner and all that it can reach.
pub(crate) struct Client<'a> {
    pub(crate) protocol: &'a Protocol,
    pub(crate) state: &'a mut State,
    pub(crate) id: usize,
}

impl Client<'_> {
    /// Goes on, if it is answered or what it waits for has come; whether it is.
    pub(crate) fn go_on(&mut self) -> bool {
        let is_ready = self.is_ready();
        if is_ready {
            self.advance();
        }
        is_ready
    }

    fn is_ready(&self) -> bool {
        let Runner { step, process, .. } = *self.runner_ref();
        let server = &self.state.server;
        match step {
            Step::Start => true,
            Step::Succeeded | Step::Failed(_) => false,
            Step::Join => self.state.flights[process].is_none(),
            // What it would find no other than before, it need not ask.
            Step::WaitForTurn => {
                server.holders() == 0 || server.is_current() || self.protocol.is(Broken::NoLock)
            }
            Step::WaitForLeftBehind(token) => !server.works_for(token),
            step => {
                let session = server.sessions.get(&SessionId::Of(self.id, step.role()));
                session.is_some_and(|session| session.is_lost || session.is_idle())
            }
        }
    }

    fn advance(&mut self) {
        match self.runner_ref().step {
            Step::Start => self.ask(),
            Step::Ask => self.asked(),
            Step::Join => self.joined(),
            Step::Follow => self.followed(),
            Step::WaitForTurn | Step::WaitForLeftBehind(_) => self.ask_again(),
            Step::TryLock => self.tried(),
            Step::AskAgain => self.asked_again(),
            Step::Look => self.looked(),
            Step::Create => self.created(),
            Step::Apply(migration) => self.applied(migration),
            Step::Fate(migration) => self.told_fate(migration),
            Step::Transaction(migration) => self.has_transaction(migration),
            step => self.advance_outside(step),
        }
    }

    fn ask(&mut self) {
        self.open(Role::Main);
        // The broken one reads the rows here, and not under the lock.
        let early = self.protocol.is(Broken::PlanBeforeLock).then_some(Statement::Rows);
        let message: Vec<_> = [Statement::Ask].into_iter().chain(early).collect();
        self.send(Role::Main, &message, Step::Ask);
    }

    fn asked(&mut self) {
        let Some(reply) = self.answer(Role::Main) else { return self.fail(Why::Lost) };
        if reply.yes {
            return self.succeed();
        }
        self.runner().plan = plan(&reply);
        let process = self.runner().process;
        if self.state.flights[process].is_some() {
            // It leaves its connection to others.
            self.close(Role::Main);
            self.runner().step = Step::Join;
        } else {
            self.joined();
        }
    }

    /// Nobody is on its way: another call that overlapped has ended, or this one leads.
    fn joined(&mut self) {
        let process = self.runner().process;
        match self.runner().overlapped.take() {
            Some(Err(())) if !self.protocol.is(Broken::FollowersAreToldSuccess) => {
                self.fail(Why::Shared);
            }
            Some(_) if self.protocol.is(Broken::FollowersAreToldSuccess) => self.succeed(),
            Some(_) => {
                self.open(Role::Main);
                self.send(Role::Main, &[Statement::Rows], Step::Follow);
            }
            None => {
                self.state.flights[process] = Some(self.id);
                self.try_lock();
            }
        }
    }

    fn followed(&mut self) {
        let Some(reply) = self.answer(Role::Main) else { return self.fail(Why::Lost) };
        if plan(&reply).is_some_and(|plan| plan.next().is_none()) {
            self.succeed();
        } else {
            self.try_lock();
        }
    }

    pub(crate) fn try_lock(&mut self) {
        if !self.state.server.sessions.contains_key(&SessionId::Of(self.id, Role::Main)) {
            self.open(Role::Main);
        }
        self.send(Role::Main, &[Statement::Begin, Statement::TryLock], Step::TryLock);
    }

    fn tried(&mut self) {
        let Some(reply) = self.answer(Role::Main) else { return self.fail(Why::Lost) };
        if !reply.yes {
            self.close(Role::Main);
            self.runner().step = Step::WaitForTurn;
            return;
        }
        self.runner().has_number = true;
        if self.runner().plan.is_some() {
            // One that is broken.
            return self.create();
        }
        self.send(Role::Main, &[Statement::Rows], Step::Look);
    }

    fn ask_again(&mut self) {
        self.open(Role::Main);
        self.send(Role::Main, &[Statement::Ask], Step::AskAgain);
    }

    fn asked_again(&mut self) {
        let Some(reply) = self.answer(Role::Main) else { return self.fail(Why::Lost) };
        if reply.yes {
            return self.succeed();
        }
        self.try_lock();
    }

    fn looked(&mut self) {
        let Some(reply) = self.answer(Role::Main) else { return self.fail(Why::Lost) };
        self.runner().plan = plan(&reply);
        self.create();
    }

    fn create(&mut self) {
        if self.plan().next().is_none() {
            return self.succeed();
        }
        if self.plan().has_table {
            return self.next();
        }
        self.send(Role::Main, &[Statement::Create], Step::Create);
    }

    fn created(&mut self) {
        match self.answer(Role::Main) {
            None => self.fail(Why::Lost),
            Some(reply) if reply.has_failed => self.again(),
            Some(_) => self.next(),
        }
    }

    /// Begins the first migration that is not applied yet.
    pub(crate) fn next(&mut self) {
        let Some(migration) = self.plan().next() else { return self.succeed() };
        let (is_inside, has_number) =
            (self.protocol.kinds[migration] == Kind::Inside, self.runner().has_number);
        let anew = [Statement::Commit, Statement::Begin, Statement::TryLock];
        match (is_inside, has_number) {
            (true, true) => self.apply(migration),
            (true, false) => self.send(Role::Main, &anew, Step::Transaction(migration)),
            (false, true) => self.send(Role::Main, &anew, Step::Hold(migration)),
            (false, false) => self.begin_outside(migration),
        }
    }

    fn apply(&mut self, migration: usize) {
        use Statement::{Begin, BeginRow, Commit, Complete, File, TryLock};
        let (row, file, end) = (BeginRow(migration), File(migration), Complete(migration));
        let mut message = if self.protocol.is(Broken::RowBehindCommit) {
            vec![file, Commit, Begin, row, end, Commit]
        } else {
            vec![row, file, end, Commit]
        };
        if !self.plan().is_last(migration) {
            message.push(Begin);
            message.extend((!self.protocol.is(Broken::NoRelock)).then_some(TryLock));
        }
        self.send(Role::Main, &message, Step::Apply(migration));
    }

    fn applied(&mut self, migration: usize) {
        match self.answer(Role::Main) {
            None if self.protocol.is(Broken::LostIsApplied) => {
                self.has_applied(migration);
                self.again();
            }
            None => self.ask_fate(migration),
            // Another one wrote the row, without the lock.
            Some(reply) if reply.has_failed => self.again(),
            Some(reply) => {
                self.has_applied(migration);
                let is_locked = reply.yes || self.protocol.is(Broken::NoRelock);
                if is_locked || self.plan().next().is_none() {
                    self.next();
                } else {
                    self.again();
                }
            }
        }
    }

    fn ask_fate(&mut self, migration: usize) {
        let lost = self.token(Role::Main);
        self.open(Role::Worker);
        self.send(Role::Worker, &[Statement::Status(migration, lost)], Step::Fate(migration));
    }

    fn told_fate(&mut self, migration: usize) {
        match self.answer(Role::Worker) {
            Some(reply) if reply.yes => {
                self.has_applied(migration);
                self.again();
            }
            _ => self.fail(Why::Lost),
        }
    }

    fn has_transaction(&mut self, migration: usize) {
        match self.answer(Role::Main) {
            Some(reply) if reply.yes => {
                self.runner().has_number = true;
                self.apply(migration);
            }
            _ => self.again(),
        }
    }
}

fn plan(reply: &Reply) -> Option<Plan> {
    Some(Plan { rows: reply.rows.clone()?, has_table: reply.has_table })
}

impl Step {
    /// Whether to start again is of use, which then is done.
    pub(crate) fn may_be_tried_again(self, has_stalled: bool) -> bool {
        match self {
            Self::Failed(Why::Refused) => has_stalled,
            Self::Failed(why) => why != Why::InDoubt,
            _ => false,
        }
    }

    /// Whether nothing is sent on the way to it.
    pub(crate) fn is_quiet(self) -> bool {
        use Step::{Failed, Start, Succeeded, WaitForLeftBehind, WaitForTurn};
        matches!(self, Start | Succeeded | Failed(_) | WaitForTurn | WaitForLeftBehind(_))
    }

    /// Which session it waits for.
    #[must_use]
    pub fn role(self) -> Role {
        match self {
            Self::Fate(_)
            | Self::LeftBehind(_)
            | Self::WriteBegin(_)
            | Self::Joint(_)
            | Self::Catalog(_)
            | Self::PutInFlight(_)
            | Self::SendAlone(_)
            | Self::WriteDone(_)
            | Self::WriteFinish(_) => Role::Worker,
            _ => Role::Main,
        }
    }
}
