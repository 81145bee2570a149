//! A run from its first question to its report: ask, lock, plan, apply, report.

use std::thread::sleep;
use std::time::{Duration, Instant};

use postgres::SimpleQueryRow;

use crate::apply::{Apply, Outcome, Then};
use crate::baseline::Baseline;
use crate::error::Error;
use crate::failure::{Cause, Failure, Standing};
use crate::flights::{Identity, Joined, join};
use crate::here::Here;
use crate::history::{Asked, Found, History, Place, Record, Table};
use crate::migration::Migration;
use crate::migrations::Migrations;
use crate::observer::Progress;
use crate::options::Options;
use crate::plan::{Plan, Row, plan};
use crate::report::{Applied, Report};
use crate::retries::Retries;
use crate::session::{Connections, Session};
use crate::trouble;
use crate::turn::{Turn, wait_for_turn};
use crate::watch::watch;

/// Applies what is pending.
pub(crate) fn run(context: Context<'_>) -> Result<Report, Error> {
    let mut run = Run { context, applied: Vec::new(), retries: Retries::none() };
    run.steps().inspect(Progress::done)
}

/// What a run goes by, from its beginning to its end.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) connections: &'a dyn Connections,
    pub(crate) migrations: Migrations,
    pub(crate) options: &'a Options,
    pub(crate) progress: &'a Progress,
    pub(crate) began: Instant,
}

impl Context<'_> {
    pub(crate) fn session(&self) -> Result<Session, Error> {
        Session::open(self.connections).map_err(Error::pool)
    }

    pub(crate) fn history(&self) -> &History {
        &self.options.history
    }

    pub(crate) fn ask(&self, session: &mut Session) -> Result<Asked, Error> {
        let answer = session.query(&self.history().ask_sql(self.migrations.newest_version()));
        History::asked(answer, &self.migrations).map_err(|e| trouble::reading(self.history(), e))
    }

    fn here(&self, session: &mut Session) -> Result<Here, Error> {
        let rows = session.query(&Here::sql(self.history())).map_err(trouble::locking)?;
        Here::read(&rows, self.history()).ok_or_else(|| trouble::no_schema(self.history()))
    }

    /// Calls with the same of it have the same to do.
    fn identity(&self, here: &Here) -> Identity {
        let list = self.migrations.list().as_ptr();
        format!("{} {list:p} {:?} {:?}", here.database, here.table, self.options)
    }
}

struct Run<'a> {
    context: Context<'a>,
    applied: Vec<Applied>,
    retries: Retries,
}

/// Where a turn under the lock ends.
enum Step {
    Done(Report),
    /// The lock was lost, or the migration shall be tried again: read again, plan again.
    Again(Duration),
}

impl Run<'_> {
    fn steps(&mut self) -> Result<Report, Error> {
        let mut session = self.context.session()?;
        if let Asked::Current(newer) = self.context.ask(&mut session)? {
            return Ok(self.current(newer));
        }
        let Context { began, options, .. } = self.context;
        let here = self.context.here(&mut session)?;
        let identity = self.context.identity(&here);
        let mut session = Some(session);
        match join(identity, began, options.lock_deadline, || drop(session.take())) {
            Joined::Lead(lead) => {
                let result = self.take_turns(&here, session, Instant::now());
                lead.end(result.as_ref().map(drop).map_err(Error::clone));
                result
            }
            Joined::Followed(outcome) => outcome.and_then(|()| self.follow(&here)),
            Joined::TimedOut => self.take_turns(&here, None, began),
        }
    }

    /// Reports what another thread has done. That it was not all is no reason to wait again.
    fn follow(&mut self, here: &Here) -> Result<Report, Error> {
        let mut session = self.context.session()?;
        match self.context.ask(&mut session)? {
            Asked::Current(_) => self.done_by_others(&mut session, here),
            Asked::Different => self.take_turns(here, Some(session), Instant::now()),
        }
    }

    /// Works under the lock until it is done; it can be lost between two migrations.
    fn take_turns(
        &mut self,
        here: &Here,
        mut session: Option<Session>,
        mut waiting_since: Instant,
    ) -> Result<Report, Error> {
        loop {
            let session = session.take().map_or_else(|| self.context.session(), Ok)?;
            let step = match wait_for_turn(&self.context, here, session, waiting_since)? {
                Turn::Mine(session, place) => self.work(here, session, &place)?,
                Turn::Done(mut session) => Step::Done(self.done_by_others(&mut session, here)?),
            };
            match step {
                Step::Done(report) => return Ok(report),
                Step::Again(pause) => sleep(pause),
            }
            waiting_since = Instant::now();
        }
    }

    fn current(&self, newer: Vec<(i64, String)>) -> Report {
        let skipped = self.context.migrations.iter().collect();
        Report { skipped, newer, ..Report::default() }
    }

    fn done_by_others(&self, session: &mut Session, here: &Here) -> Result<Report, Error> {
        let rows = self.read(session, &here.table.rows_sql(self.context.began.elapsed()))?;
        let records = records(&here.table, &rows)?;
        let plan = self.plan(&records)?;
        Ok(self.report(plan, &records))
    }

    /// Works while this process holds the lock.
    fn work(&mut self, here: &Here, mut session: Session, place: &Place) -> Result<Step, Error> {
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

    fn read(&self, session: &mut Session, sql: &str) -> Result<Vec<SimpleQueryRow>, Error> {
        session.query(sql).map_err(|error| trouble::reading(self.context.history(), error))
    }

    fn plan(&self, records: &[Record]) -> Result<Plan, Error> {
        let rows: Vec<Row> = records.iter().map(|record| record.row.clone()).collect();
        plan(self.context.migrations.list(), &rows, self.context.options.out_of_order)
            .map_err(Error::refused)
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

    fn report(&self, plan: Plan, records: &[Record]) -> Report {
        let is_ours = |version| self.applied.iter().any(|a| a.migration.version() == version);
        let skipped = plan.skipped.into_iter().filter(|m| !is_ours(m.version())).collect();
        let by_others = records
            .iter()
            .filter(|record| record.meanwhile && !is_ours(record.row.version))
            .map(Record::other)
            .collect();
        let applied = self.applied.clone();
        Report { applied, skipped, by_others, newer: plan.newer, renamed: plan.renamed }
    }
}

fn records(table: &Table, rows: &[SimpleQueryRow]) -> Result<Vec<Record>, Error> {
    Record::read_all(rows).map_err(|version| trouble::unreadable_version(table, &version))
}
