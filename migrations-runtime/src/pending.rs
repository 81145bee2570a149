//! Applies what is pending, in order, while the lock is held.

use std::time::{Duration, Instant};

use crate::apply::{Apply, Fate, Outcome, Then};
use crate::cause::Cause;
use crate::error::Error;
use crate::failure::{Failure, Left, Standing};
use crate::lock::{begin_sql, hold_sql, is_locked, try_sql};
use crate::migration::Migration;
use crate::plan::Pending;
use crate::report::Applied;
use crate::retries::Retries;
use crate::run::Run;
use crate::session::Session;
use crate::transaction::{TransactionId, id_sql};
use crate::trouble;
use crate::watch::Subject;

/// The session that holds the lock.
pub(crate) struct Lock {
    pub(crate) session: Session,
    /// The transaction that it is in; without a number where it only holds the lock.
    pub(crate) transaction: Option<TransactionId>,
}

/// What follows a migration.
pub(crate) enum Next {
    /// The next one.
    Go(Lock),
    /// Nothing, until it is planned anew after a pause.
    Again(Duration),
}

impl Run<'_> {
    /// Applies the pending migrations in order. A pause means that it must be planned anew after it.
    pub(crate) fn apply(
        &mut self,
        apply: &Apply<'_>,
        mut lock: Lock,
        pending: &[Pending],
    ) -> Result<Option<Duration>, Error> {
        for (index, next) in pending.iter().enumerate() {
            self.context.go_on()?;
            let rest = &pending[index + 1..];
            let applied = if next.migration.is_transactional() {
                self.inside(apply, lock, next.migration, rest)?
            } else {
                self.outside(apply, lock, next, rest)?
            };
            match applied {
                Next::Go(held) => lock = held,
                Next::Again(_) if rest.is_empty() && self.has_just_applied(next.migration) => break,
                Next::Again(pause) => return Ok(Some(pause)),
            }
        }
        Ok(None)
    }

    fn has_just_applied(&self, migration: &Migration) -> bool {
        self.applied.last().is_some_and(|last| last.migration.version() == migration.version())
    }

    /// Applies one in a transaction of its own.
    fn inside(
        &mut self,
        apply: &Apply<'_>,
        mut lock: Lock,
        migration: &'static Migration,
        rest: &[Pending],
    ) -> Result<Next, Error> {
        let transaction = match lock.transaction(apply) {
            Ok(Some(transaction)) => transaction,
            Ok(None) => return Ok(Next::Again(Duration::ZERO)),
            Err(error) => return self.lock_lost(&lock.session, error),
        };
        let is_last = rest.is_empty() || migration.sets_custom_settings();
        let then = if is_last { Then::Release } else { Then::Lock };
        self.context.observers.applying(migration);
        match self.send(apply, &mut lock.session, transaction, migration, then) {
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
                self.lost(apply, transaction, Applied { migration, took, rows: None }, error, rest)
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

    fn send(
        &mut self,
        apply: &Apply<'_>,
        session: &mut Session,
        transaction: TransactionId,
        migration: &'static Migration,
        then: Then,
    ) -> Outcome {
        let lock_timeout = self.context.options.lock_timeout_of(migration);
        let pid = apply.baseline.pid;
        let began = Instant::now();
        let subject = Subject { migration, statement: None, rows: None, pid, lock_timeout, began };
        let send = |session: &mut Session| apply.send(session, transaction, migration, then);
        let (outcome, blocker) = apply.watcher.watch(subject, session, send);
        self.retries.saw(blocker);
        outcome
    }

    /// Asks on another connection what became of a migration.
    fn lost(
        &mut self,
        apply: &Apply<'_>,
        transaction: TransactionId,
        applied: Applied,
        error: postgres::Error,
        rest: &[Pending],
    ) -> Result<Next, Error> {
        const PATIENCE: Duration = Duration::from_secs(5);
        let migration = applied.migration;
        let session = Session::open_within(self.context.connections, PATIENCE).ok();
        let fate = session.and_then(|mut other| apply.fate(&mut other, transaction, migration));
        let left = match fate {
            Some(Fate::Applied) => {
                self.has_applied(applied);
                return Ok(Next::Again(Duration::ZERO));
            }
            Some(Fate::Left(left)) => left,
            None => Left::Unknown,
        };
        self.failed(migration, Cause::lost(error), left, rest).map(Next::Again)
    }

    pub(crate) fn has_applied(&mut self, applied: Applied) {
        self.context.observers.applied(&applied);
        self.applied.push(applied);
        self.retries = Retries::none();
    }

    /// Returns the pause before the next try, or the error if there shall be none.
    pub(crate) fn failed(
        &mut self,
        migration: &'static Migration,
        cause: Cause,
        left: Left,
        rest: &[Pending],
    ) -> Result<Duration, Error> {
        let may_pass = left.may_be_tried_again()
            && cause.is_passing()
            && !self.context.options.stop.is_stopped()
            && self.retries.are_left(self.context.options.retries);
        let error = self.error(migration, cause, left, rest);
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
        rest: &[Pending],
    ) -> Error {
        let cause = cause.or_stopped(self.context.options.stop.is_stopped());
        let standing = Standing {
            applied: self.applied.iter().map(|applied| applied.migration.file_name()).collect(),
            not_tried: rest.iter().map(|pending| pending.migration.file_name()).collect(),
            retries: self.retries.count(),
            blocker: self.retries.blocker().cloned(),
        };
        Error::migration_failed(Failure::new(migration, cause, left, standing))
    }
}

impl Lock {
    /// The transaction for the next migration; nothing if the lock was lost to another runner.
    fn transaction(&mut self, apply: &Apply<'_>) -> Result<Option<TransactionId>, Error> {
        if self.transaction.is_none() {
            let (begin, lock) = (begin_sql(apply.context.options), try_sql(apply.here.key));
            let message = format!("COMMIT; {begin}; {lock}; {}", id_sql());
            let rows = self.session.begin(&message).map_err(trouble::locking)?;
            self.transaction = TransactionId::read(&rows).filter(|_| is_locked(&rows));
        }
        Ok(self.transaction)
    }

    /// Holds the lock and nothing else; whether it was not lost to another runner.
    ///
    /// What this transaction has read and created is given back and committed: statements that run
    /// elsewhere may need it.
    pub(crate) fn hold(&mut self, apply: &Apply<'_>) -> Result<bool, Error> {
        if self.transaction.take().is_none() {
            return Ok(true);
        }
        let message = format!("COMMIT; {}", hold_sql(apply.here.key));
        let rows = self.session.begin(&message).map_err(trouble::locking)?;
        Ok(is_locked(&rows))
    }
}
