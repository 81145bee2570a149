//! The part of a run that holds the lock: look, plan, create, apply.

use std::time::Duration;

use postgres::error::SqlState;

use crate::apply::{Apply, Fate, Outcome, Then};
use crate::baseline::Baseline;
use crate::cause::Cause;
use crate::context::Context;
use crate::error::Error;
use crate::failure::{Failure, Left, Standing};
use crate::here::Here;
use crate::history::{Found, Place, Record, Table};
use crate::migration::Migration;
use crate::observer::Progress;
use crate::report::{Applied, Report};
use crate::retries::Retries;
use crate::run::{Run, records};
use crate::session::Session;
use crate::transaction::{TransactionId, id_sql};
use crate::trouble;
use crate::watch::watch;

/// Where a turn under the lock ends.
pub(crate) enum Step {
    Done(Report),
    /// The lock was lost, or the migration shall be tried again: read again, plan again.
    Again(Duration),
}

impl Run<'_> {
    /// Works while this process holds the lock.
    pub(crate) fn work(
        &mut self,
        here: &Here,
        mut session: Session,
        place: &Place,
    ) -> Result<Step, Error> {
        trouble::refuse_open_transaction(place)?;
        let looked = self.look(&mut session, &here.table, place);
        let (baseline, transaction, records) = match looked {
            Err(error) => return self.again(error),
            Ok(looked) => looked,
        };
        let mut plan = self.plan(&records)?;
        let pending = std::mem::take(&mut plan.pending);
        if !pending.is_empty() {
            trouble::refuse_without_rights(place, &here.table, pending.len())?;
            if let Err(error) = create(&mut session, &here.table, place) {
                return self.again(error);
            }
            let context = self.context;
            let apply = Apply { context: &context, here, baseline: &baseline };
            if let Some(pause) = self.apply(&apply, session, transaction, &pending)? {
                return Ok(Step::Again(pause));
            }
        }
        Ok(Step::Done(self.report(plan, &records)))
    }

    /// Reads what the session and the history are like.
    fn look(
        &self,
        session: &mut Session,
        table: &Table,
        place: &Place,
    ) -> Result<(Baseline, TransactionId, Vec<Record>), Error> {
        let mut message = format!("{}; {}", Baseline::sql(), id_sql());
        if place.found == Found::Table {
            message += "; ";
            message += &table.rows_sql(self.context.began.elapsed());
        }
        let rows = self.read(session, &message)?;
        let transaction = TransactionId::read(&rows).ok_or_else(trouble::no_transaction)?;
        Ok((Baseline::read(&rows), transaction, records(table, &rows)?))
    }

    /// Tries again where the history table is locked, or somebody else created the same: another
    /// history in the same new schema has a lock of its own.
    fn again(&mut self, error: Error) -> Result<Step, Error> {
        let passing =
            [SqlState::LOCK_NOT_AVAILABLE, SqlState::UNIQUE_VIOLATION, SqlState::DUPLICATE_SCHEMA];
        let is_passing = error.code().is_some_and(|code| passing.contains(code));
        if is_passing && self.retries.are_left(self.context.options.retries) {
            Ok(Step::Again(self.retries.next()))
        } else {
            Err(error)
        }
    }

    /// Applies the pending migrations in order. A pause means that it must be planned anew after it.
    fn apply(
        &mut self,
        apply: &Apply<'_>,
        mut session: Session,
        mut transaction: TransactionId,
        pending: &[&'static Migration],
    ) -> Result<Option<Duration>, Error> {
        session.will_run_files();
        for (index, &migration) in pending.iter().enumerate() {
            let rest = &pending[index + 1..];
            let is_last = rest.is_empty() || migration.sets_custom_settings();
            let then = if is_last { Then::Release } else { Then::Lock };
            self.context.progress.applying(migration);
            let next = match self.send(apply, &mut session, transaction, migration, then) {
                Outcome::Applied { took, next } => {
                    self.has_applied(Applied { migration, took });
                    next
                }
                Outcome::Failed(cause, left) => {
                    return self.failed(migration, cause, left, rest).map(Some);
                }
                Outcome::Lost { took, error } => {
                    // A pool of one has no other connection before this one is given back.
                    drop(session);
                    return self.lost(apply, transaction, Applied { migration, took }, error, rest);
                }
            };
            match next {
                Some(next) => transaction = next,
                None if rest.is_empty() => {}
                None => return Ok(Some(Duration::ZERO)),
            }
        }
        Ok(None)
    }

    /// Asks on another connection what became of a migration.
    fn lost(
        &mut self,
        apply: &Apply<'_>,
        transaction: TransactionId,
        applied: Applied,
        error: postgres::Error,
        rest: &[&'static Migration],
    ) -> Result<Option<Duration>, Error> {
        const PATIENCE: Duration = Duration::from_secs(5);
        let migration = applied.migration;
        let session = Session::open_within(self.context.connections, PATIENCE).ok();
        let fate = session.and_then(|mut other| apply.fate(&mut other, transaction, migration));
        let left = match fate {
            Some(Fate::Applied) => {
                self.has_applied(applied);
                return Ok(Some(Duration::ZERO));
            }
            Some(Fate::Left(left)) => left,
            None => Left::Unknown,
        };
        self.failed(migration, Cause::lost(error), left, rest).map(Some)
    }

    /// Sends it, and from the second try on looks who is in the way: to look at each first one, too,
    /// would cost every run a connection.
    fn send(
        &mut self,
        apply: &Apply<'_>,
        session: &mut Session,
        transaction: TransactionId,
        migration: &'static Migration,
        then: Then,
    ) -> Outcome {
        if self.retries.count() == 0 {
            return apply.send(session, transaction, migration, then);
        }
        let Context { connections, options, .. } = self.context;
        let (pid, lock_timeout) = (&apply.baseline.pid, options.lock_timeout_of(migration));
        let send = || apply.send(session, transaction, migration, then);
        let (outcome, blocker) = watch(connections, pid, lock_timeout, send);
        self.retries.saw(blocker);
        outcome
    }

    fn has_applied(&mut self, applied: Applied) {
        self.context.progress.applied(&applied);
        self.applied.push(applied);
        self.retries = Retries::none();
    }

    /// Returns the pause before the next try, or the error if there shall be none.
    fn failed(
        &mut self,
        migration: &'static Migration,
        cause: Cause,
        left: Left,
        rest: &[&'static Migration],
    ) -> Result<Duration, Error> {
        let may_pass = left == Left::Nothing
            && cause.is_passing()
            && self.retries.are_left(self.context.options.retries);
        let standing = Standing {
            applied: self.applied.iter().map(|applied| applied.migration.file_name()).collect(),
            not_tried: rest.iter().map(|migration| migration.file_name()).collect(),
            retries: self.retries.count(),
            blocker: self.retries.blocker().cloned(),
        };
        let error = Error::migration_failed(Failure::new(migration, cause, left, standing));
        if !may_pass {
            return Err(error);
        }
        let pause = self.retries.next();
        self.context.progress.retrying(migration, pause, &error);
        Ok(pause)
    }
}

/// Creates what is absent, in the transaction of the first migration.
fn create(session: &mut Session, table: &Table, place: &Place) -> Result<(), Error> {
    let Some(sql) = table.create_sql(place.found) else { return Ok(()) };
    Progress::creating(&table.qualified());
    session.query(&sql).map(drop).map_err(|error| trouble::creating(table, error))
}
