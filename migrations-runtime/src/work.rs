//! The part of a run that holds the lock: look, plan, create, apply.

use std::time::Duration;

use crate::apply::{Apply, Outcome, Then};
use crate::baseline::Baseline;
use crate::context::Context;
use crate::error::Error;
use crate::failure::{Cause, Failure, Standing};
use crate::here::Here;
use crate::history::{Found, Place, Record, Table};
use crate::migration::Migration;
use crate::observer::Progress;
use crate::report::{Applied, Report};
use crate::retries::Retries;
use crate::run::{Run, records};
use crate::session::Session;
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
        let (baseline, records) = self.look(&mut session, &here.table, place)?;
        let mut plan = self.plan(&records)?;
        let pending = std::mem::take(&mut plan.pending);
        if !pending.is_empty() {
            trouble::refuse_without_rights(place, &here.table, pending.len())?;
            if let Some(pause) = self.create(&mut session, &here.table, place)? {
                return Ok(Step::Again(pause));
            }
            session.remember(&baseline);
            let Context { options, migrations, .. } = self.context;
            let application = migrations.application();
            let apply = Apply { here, baseline: &baseline, options, application };
            if let Some(pause) = self.apply(&apply, &mut session, &pending)? {
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
    ) -> Result<(Baseline, Vec<Record>), Error> {
        let mut message = Baseline::sql();
        if place.found == Found::Table {
            message += "; ";
            message += &table.rows_sql(self.context.began.elapsed());
        }
        let rows = self.read(session, &message)?;
        Ok((Baseline::read(&rows), records(table, &rows)?))
    }

    /// Creates what is absent, in the transaction of the first migration. Another history in the same
    /// new schema has a lock of its own; who loses that race gets a pause.
    fn create(
        &mut self,
        session: &mut Session,
        table: &Table,
        place: &Place,
    ) -> Result<Option<Duration>, Error> {
        let Some(sql) = table.create_sql(place.found) else { return Ok(None) };
        Progress::creating(&table.qualified());
        match session.query(&sql) {
            Ok(_) => Ok(None),
            Err(error) if self.retries.is_lost_race(&error, self.context.options.retries) => {
                Ok(Some(self.retries.next()))
            }
            Err(error) => Err(Error::statement("create the history table", error)),
        }
    }

    /// Applies the pending migrations in order. A pause means that it must be planned anew after it.
    fn apply(
        &mut self,
        apply: &Apply<'_>,
        session: &mut Session,
        pending: &[&'static Migration],
    ) -> Result<Option<Duration>, Error> {
        for (index, &migration) in pending.iter().enumerate() {
            let rest = &pending[index + 1..];
            let is_last = rest.is_empty() || migration.sets_custom_settings();
            let then = if is_last { Then::Release } else { Then::Lock };
            self.context.progress.applying(migration);
            match self.send(apply, session, migration, then) {
                Outcome::Applied { took, locked } => {
                    self.has_applied(Applied { migration, took });
                    if !rest.is_empty() && !locked {
                        return Ok(Some(Duration::ZERO));
                    }
                }
                Outcome::Failed(cause) => return self.failed(migration, cause, rest).map(Some),
            }
        }
        Ok(None)
    }

    /// Sends it, and from the second try on looks who is in the way: to look at each first one, too,
    /// would cost every run a connection.
    fn send(
        &mut self,
        apply: &Apply<'_>,
        session: &mut Session,
        migration: &'static Migration,
        then: Then,
    ) -> Outcome {
        if self.retries.count() == 0 {
            return apply.send(session, migration, then);
        }
        let Context { connections, options, .. } = self.context;
        let (pid, lock_timeout) = (&apply.baseline.pid, options.lock_timeout);
        let send = || apply.send(session, migration, then);
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
        rest: &[&'static Migration],
    ) -> Result<Duration, Error> {
        let may_pass = self.retries.may_pass(&cause, self.context.options.retries);
        let standing = Standing {
            applied: self.applied.iter().map(|applied| applied.migration.file_name()).collect(),
            not_tried: rest.iter().map(|migration| migration.file_name()).collect(),
            retries: self.retries.count(),
            blocker: self.retries.blocker().cloned(),
        };
        let error = Error::migration_failed(Failure::new(migration, cause, standing));
        if !may_pass {
            return Err(error);
        }
        let pause = self.retries.next();
        self.context.progress.retrying(migration, pause, &error);
        Ok(pause)
    }
}
