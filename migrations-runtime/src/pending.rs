//! Applies what is pending, in order, while the lock is held.

use std::time::{Duration, Instant};

use crate::apply::{Apply, Fate, Outcome, Sending, Then};
use crate::cause::Cause;
use crate::error::Error;
use crate::failure::{Failure, HowFar, Left};
use crate::held::Lock;
use crate::hooks::Standing;
use crate::migration::Migration;
use crate::plan::Plan;
use crate::report::Applied;
use crate::retries::Retries;
use crate::run::Run;
use crate::session::Session;
use crate::task::Task;
use crate::transaction::TransactionId;
use crate::watch::Subject;

/// What follows a migration.
pub(crate) enum Next {
    /// The next one.
    Go(Lock),
    /// Nothing, until it is planned anew after a pause.
    Again(Duration),
}

impl Run<'_> {
    /// Applies what is pending, in order: the migrations, then the repeatable objects. A pause means that
    /// it must be planned anew after it.
    pub(crate) fn apply(
        &mut self,
        apply: &Apply<'_>,
        mut lock: Lock,
        plan: &Plan,
    ) -> Result<Option<Duration>, Error> {
        let all: Vec<_> = plan.to_apply().collect();
        for (index, next) in plan.pending.iter().enumerate() {
            let rest = &all[index + 1..];
            let applied = match next.migration.one_by_one() {
                Some(way) => (way.apply.0)(self, apply, lock, next, rest),
                None => self.inside(apply, lock, Task::apply(next.migration), rest),
            };
            match applied? {
                Next::Go(held) => lock = held,
                Next::Again(_) if rest.is_empty() && self.has_just_applied(next.migration) => {
                    return Ok(None);
                }
                Next::Again(pause) => return Ok(Some(pause)),
            }
        }
        let tasks: Vec<_> = plan.repeats.iter().map(Task::from).collect();
        if self.context.options.repeats_apart {
            self.one_by_one(apply, lock, &tasks)
        } else {
            self.together(apply, lock, &tasks)
        }
    }

    /// Sends files, each in a transaction of its own.
    pub(crate) fn one_by_one(
        &mut self,
        apply: &Apply<'_>,
        mut lock: Lock,
        tasks: &[Task],
    ) -> Result<Option<Duration>, Error> {
        let all: Vec<_> = tasks.iter().map(|task| task.file).collect();
        for (index, task) in tasks.iter().enumerate() {
            let rest = &all[index + 1..];
            match self.inside(apply, lock, *task, rest)? {
                Next::Go(held) => lock = held,
                Next::Again(_) if rest.is_empty() && self.has_just_applied(task.file) => {
                    return Ok(None);
                }
                Next::Again(pause) => return Ok(Some(pause)),
            }
        }
        Ok(None)
    }

    /// Sends files, all in one transaction.
    fn together(
        &mut self,
        apply: &Apply<'_>,
        mut lock: Lock,
        tasks: &[Task],
    ) -> Result<Option<Duration>, Error> {
        let Some((last, others)) = tasks.split_last() else { return Ok(None) };
        let all: Vec<_> = tasks.iter().map(|task| task.file).collect();
        let transaction = match lock.transaction(apply) {
            Ok(Some(transaction)) => transaction,
            Ok(None) => return Ok(Some(Duration::ZERO)),
            Err(error) => return self.lock_lost(&lock.session, error).map(Next::pause),
        };
        self.in_transaction.clear();
        for (index, task) in others.iter().enumerate() {
            let rest = &all[index + 1..];
            let sending = self.sending(transaction, *task, Then::Stay, rest);
            match self.send(apply, &mut lock.session, sending)? {
                Outcome::Applied { took, .. } => {
                    self.in_transaction.push(Applied { migration: task.file, took, rows: None });
                }
                Outcome::Failed(cause, left) => {
                    return self.failed(task.file, cause, left, rest).map(Some);
                }
                Outcome::Lost { error, .. } => {
                    let cause = Cause::lost(error);
                    return self.failed(task.file, cause, Left::Nothing, rest).map(Some);
                }
            }
        }
        let next = self.inside(apply, lock, *last, &[])?;
        Ok(next.pause().filter(|_| !self.has_just_applied(last.file)))
    }

    fn has_just_applied(&self, migration: &Migration) -> bool {
        self.applied.last().is_some_and(|last| last.migration.path() == migration.path())
    }

    /// Sends one in a transaction of its own, or as the last one of several.
    fn inside(
        &mut self,
        apply: &Apply<'_>,
        mut lock: Lock,
        task: Task,
        rest: &[&'static Migration],
    ) -> Result<Next, Error> {
        let transaction = match lock.transaction(apply) {
            Ok(Some(transaction)) => transaction,
            Ok(None) => return Ok(Next::Again(Duration::ZERO)),
            Err(error) => return self.lock_lost(&lock.session, error),
        };
        let migration = task.file;
        let is_last = rest.is_empty() || migration.sets_custom_settings();
        let then = if is_last { Then::Release } else { Then::Lock };
        let sending = self.sending(transaction, task, then, rest);
        match self.send(apply, &mut lock.session, sending)? {
            Outcome::Applied { took, next } => {
                self.has_applied(Applied { migration, took, rows: None });
                Ok(match next {
                    Some(next) => Next::Go(Lock { transaction: Some(next), ..lock }),
                    None => Next::Again(Duration::ZERO),
                })
            }
            Outcome::Failed(cause, left) => {
                let pause = self.failed(migration, cause, left, rest)?;
                Ok(Next::Again(pause))
            }
            Outcome::Lost { took, error } => {
                // A pool of one has no other connection before this one is given back.
                drop(lock);
                self.lost(apply, sending, took, error, rest)
            }
        }
    }

    /// The session that holds the lock is over: it was idle, so that nothing else is in doubt.
    pub(crate) fn lock_lost(&mut self, session: &Session, error: Error) -> Result<Next, Error> {
        if session.is_lost() && self.retries.are_left(self.context.options.retries) {
            Ok(Next::Again(self.retries.next()))
        } else {
            Err(error)
        }
    }

    /// Where a file stands in the run, which its hooks go by.
    pub(crate) fn sending(
        &self,
        transaction: TransactionId,
        task: Task,
        then: Then,
        rest: &[&'static Migration],
    ) -> Sending {
        Sending { transaction, task, then, standing: self.standing(then, rest) }
    }

    pub(crate) fn standing(&self, then: Then, rest: &[&'static Migration]) -> Standing {
        let is_last = rest.is_empty() && then != Then::Stay;
        let is_first = self.applied.is_empty() && self.in_transaction.is_empty();
        Standing { is_first, is_last }
    }

    pub(crate) fn send(
        &mut self,
        apply: &Apply<'_>,
        session: &mut Session,
        sending: Sending,
    ) -> Result<Outcome, Error> {
        self.context.go_on()?;
        let migration = sending.task.file;
        self.context.observers.applying(migration);
        let outcome = self.watch(apply, migration, session, |session| apply.send(session, sending));
        Ok(outcome)
    }

    /// Works on the session that holds the lock, while the watcher looks at it.
    pub(crate) fn watch<T>(
        &mut self,
        apply: &Apply<'_>,
        migration: &'static Migration,
        session: &mut Session,
        work: impl FnOnce(&mut Session) -> T,
    ) -> T {
        let lock_timeout = self.context.options.lock_timeout_of(migration);
        let (pid, began) = (apply.baseline.pid, Instant::now());
        let subject = Subject { migration, statement: None, rows: None, pid, lock_timeout, began };
        let (done, blocker) = apply.watcher.watch(subject, session, work);
        self.retries.saw(blocker);
        done
    }

    /// Asks on another connection what became of a file.
    fn lost(
        &mut self,
        apply: &Apply<'_>,
        sending: Sending,
        took: Duration,
        error: postgres::Error,
        rest: &[&'static Migration],
    ) -> Result<Next, Error> {
        const PATIENCE: Duration = Duration::from_secs(5);
        let migration = sending.task.file;
        let session = Session::open_within(self.context.connections, PATIENCE).ok();
        let fate = session.and_then(|mut other| apply.fate(&mut other, sending));
        let left = match fate {
            Some(Fate::Applied) => {
                self.has_applied(Applied { migration, took, rows: None });
                return Ok(Next::Again(Duration::ZERO));
            }
            Some(Fate::Left(left)) => left,
            None => Left::Unknown,
        };
        self.failed(migration, Cause::lost(error), left, rest).map(Next::Again)
    }

    pub(crate) fn has_applied(&mut self, applied: Applied) {
        let together = std::mem::take(&mut self.in_transaction);
        for applied in together.into_iter().chain([applied]) {
            self.context.observers.applied(&applied);
            self.applied.push(applied);
        }
        self.retries = Retries::none();
    }

    /// Returns the pause before the next try, or the error if there shall be none.
    pub(crate) fn failed(
        &mut self,
        migration: &'static Migration,
        cause: Cause,
        left: Left,
        rest: &[&'static Migration],
    ) -> Result<Duration, Error> {
        let may_pass = left.may_be_tried_again()
            && cause.is_passing()
            && !self.context.options.stop.is_stopped()
            && self.retries.are_left(self.context.options.retries);
        let error = self.error(migration, cause, left, rest);
        self.in_transaction.clear();
        if !may_pass {
            return Err(error);
        }
        let pause = self.retries.next();
        self.context.observers.retrying(migration, pause, &error);
        Ok(pause)
    }

    pub(crate) fn error(
        &self,
        migration: &'static Migration,
        cause: Cause,
        left: Left,
        rest: &[&'static Migration],
    ) -> Error {
        let cause = cause.or_stopped(self.context.options.stop.is_stopped());
        let how_far = HowFar {
            applied: names(&self.applied),
            rolled_back: names(&self.in_transaction),
            not_tried: rest.iter().map(|migration| migration.file_name()).collect(),
            retries: self.retries.count(),
            blocker: self.retries.blocker().cloned(),
        };
        Error::migration_failed(Failure::new(migration, cause, left, how_far))
    }
}

fn names(applied: &[Applied]) -> Vec<&'static str> {
    applied.iter().map(|applied| applied.migration.file_name()).collect()
}

impl Next {
    /// The pause after which it must be planned anew.
    fn pause(self) -> Option<Duration> {
        match self {
            Self::Go(_) => None,
            Self::Again(pause) => Some(pause),
        }
    }
}
