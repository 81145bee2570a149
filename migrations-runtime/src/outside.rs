//! A migration whose statements run one by one, in a session of their own, while another one holds
//! the lock.

mod alone;
mod batches;
mod hooks;
mod joint;
mod repair;
mod row;
mod second;
mod settings;

use std::time::{Duration, Instant};

use crate::apply::Apply;
use crate::baseline::Baseline;
use crate::cause::{Cause, Place, Sent};
use crate::effect::Effect;
use crate::error::Error;
use crate::failure::{Left, LeftOfStatement};
use crate::held::Lock;
use crate::journal::{Journal, Worker};
use crate::left_behind::LeftBehind;
use crate::migration::Migration;
use crate::observer::Observers;
use crate::parts::{Part, data_of};
use crate::pending::Next;
use crate::plan::Pending;
use crate::report::{Applied, Continued, Found};
use crate::retries::Retries;
use crate::run::Run;
use crate::session::Session;
use crate::statement::Statement;
use crate::trouble;
use crate::watch::Subject;

impl Run<'_> {
    /// Applies one outside of a transaction.
    pub(crate) fn outside(
        &mut self,
        apply: &Apply<'_>,
        mut lock: Lock,
        next: &Pending,
        rest: &[&'static Migration],
    ) -> Result<Next, Error> {
        match lock.hold(apply) {
            Ok(true) => {}
            Ok(false) => return Ok(Next::Again(Duration::ZERO)),
            Err(error) => return self.lock_lost(&lock.session, error),
        }
        apply.watcher.keep(lock.session, next.migration);
        let outcome = Outside::begin(self, apply, next, rest).and_then(Outside::run);
        let holder = apply.watcher.give_back();
        match outcome {
            Ok(applied) => {
                self.has_applied(applied);
                let go = |session| Next::Go(Lock { session, transaction: None });
                Ok(holder.map_or(Next::Again(Duration::ZERO), go))
            }
            Err(Halt::Again(pause)) => Ok(Next::Again(pause)),
            Err(Halt::Failed(error)) => Err(error),
        }
    }

    /// Plans anew after a pause, while the server works for an earlier run.
    fn refuse_left_behind(
        &mut self,
        session: &mut Session,
        worker: &Worker,
        migration: &'static Migration,
    ) -> Result<(), Halt> {
        let left_behind = self.left_behind.get_or_insert_with(LeftBehind::new);
        if let Some(pause) = left_behind.look(&self.context, session, worker, migration)? {
            return Err(Halt::Again(pause));
        }
        self.left_behind = None;
        Ok(())
    }
}

/// Why a migration did not come to its end.
pub(crate) enum Halt {
    /// It must be planned anew after a pause: somebody else may have gone on with it.
    Again(Duration),
    Failed(Error),
}

impl From<Error> for Halt {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// A migration that runs statement by statement.
pub(crate) struct Outside<'r, 'p> {
    run: &'r mut Run<'p>,
    apply: &'r Apply<'r>,
    migration: &'static Migration,
    rest: &'r [&'static Migration],
    session: Session,
    baseline: Baseline,
    worker: Worker,
    began: Instant,
    /// When the rows of its batches were last told, and when they were logged.
    told: Instant,
    logged: Instant,
    /// What an earlier run has left.
    journal: Journal,
    /// How many statements are done.
    done: usize,
    rows: u64,
    /// Whether it is still to be told that an earlier run had begun it.
    continues: bool,
}

/// A statement that runs now.
#[derive(Clone, Debug)]
struct Current {
    /// From 0.
    index: usize,
    statement: Statement,
    part: Part,
    effect: Effect,
}

impl<'r, 'p> Outside<'r, 'p> {
    /// Opens the second session, makes sure that the server does nothing any more for an earlier run,
    /// and writes the row or takes it over.
    fn begin(
        run: &'r mut Run<'p>,
        apply: &'r Apply<'r>,
        next: &Pending,
        rest: &'r [&'static Migration],
    ) -> Result<Self, Halt> {
        let migration = next.migration;
        let journal = next.begun.clone().unwrap_or_default();
        let (session, baseline) = second::beside_the_lock(apply, migration, |patience| {
            let mut session = apply.context.session_within(patience)?;
            if let Some(earlier) = &journal.worker {
                run.refuse_left_behind(&mut session, earlier, migration)?;
            }
            session.will_run_files();
            let rows = session.query(&settings::first_sql()).map_err(trouble::locking)?;
            Ok((session, Baseline::read(&rows)))
        })?;
        let worker = Worker::new(baseline.pid);
        let (done, rows, began) = (journal.done, journal.rows, Instant::now());
        let continues = next.begun.is_some();
        let mut outside = Self {
            run,
            apply,
            migration,
            rest,
            session,
            baseline,
            worker,
            began,
            told: began,
            logged: began,
            journal,
            done,
            rows,
            continues,
        };
        outside.write_begin(continues)?;
        outside.run.context.observers.applying(migration);
        Ok(outside)
    }

    fn run(mut self) -> Result<Applied, Halt> {
        while let Some(current) = self.current() {
            self.keep_lock(LeftOfStatement::Nothing)?;
            match current.effect {
                _ if self.migration.batch().is_some() => self.batches(&current)?,
                Effect::Transactional | Effect::Setting { .. } => self.joint(&current)?,
                _ => self.alone(&current)?,
            }
            self.done += 1;
            self.run.retries = Retries::none();
        }
        self.found(self.done, Found::NotBegun);
        self.write_finish()?;
        let rows = self.migration.batch().map(|_| self.rows);
        Ok(Applied { migration: self.migration, took: self.began.elapsed(), rows })
    }

    fn current(&self) -> Option<Current> {
        let index = self.done;
        let (step, statement) =
            (self.migration.steps().get(index)?, self.migration.statements().nth(index)?);
        let sql = statement.range();
        let data = data_of(self.migration, &sql);
        let effect = match step.effect {
            // The server had refused it in a transaction, and so it was begun outside of one.
            Effect::Transactional | Effect::Setting { .. } if self.was_in_flight(index) => {
                Effect::Unknown
            }
            effect => effect,
        };
        Some(Current { index, statement, part: Part { sql, data }, effect })
    }

    /// Whether an earlier run has begun the statement, and nobody has looked after it yet.
    fn was_in_flight(&self, index: usize) -> bool {
        index == self.journal.done && self.journal.in_flight.is_some()
    }

    /// Makes sure, before each try of a statement, that the run shall go on and that the lock is still
    /// held.
    fn keep_lock(&mut self, last: LeftOfStatement) -> Result<(), Halt> {
        if self.run.context.options.stop.is_stopped() {
            return Err(self.fail(Cause::STOPPED, last));
        }
        if self.apply.watcher.holds_lock(self.migration) {
            return Ok(());
        }
        Err(self.again(trouble::lock_lost()))
    }

    /// Plans anew, if that has not been done too often.
    fn again(&mut self, error: Error) -> Halt {
        if self.run.retries.are_left(self.run.context.options.retries) {
            Halt::Again(self.run.retries.next())
        } else {
            Halt::Failed(error)
        }
    }

    /// Tells, once, what was found of the statement with which the run goes on.
    fn found(&mut self, number: usize, found: Found) {
        if std::mem::take(&mut self.continues) {
            let continued = Continued { migration: self.migration, statement: number, found };
            Observers::continued(&continued);
            self.run.continued.push(continued);
        }
    }

    fn fail(&mut self, cause: Cause, last: LeftOfStatement) -> Halt {
        Halt::Failed(self.run.error(self.migration, cause, self.left(last), self.rest))
    }

    /// Pauses before the next try of a statement, or says that there shall be none.
    fn pause_or_fail(&mut self, cause: Cause, last: LeftOfStatement) -> Result<(), Halt> {
        let left = self.left(last);
        let pause = self.run.failed(self.migration, cause, left, self.rest)?;
        self.run.context.options.stop.pause(pause);
        self.keep_lock(last)
    }

    fn left(&self, last: LeftOfStatement) -> Left {
        match self.migration.batch() {
            Some(_) if last == LeftOfStatement::Nothing => Left::Batches { rows: self.rows },
            _ => Left::Statements { done: self.done, last },
        }
    }

    /// Does work in the session while it is looked at.
    fn watched<T>(&mut self, subject: Subject, work: impl FnOnce(&mut Session) -> T) -> T {
        let (result, blocker) = self.apply.watcher.watch(subject, &mut self.session, work);
        self.run.retries.saw(blocker);
        result
    }

    /// Why a statement failed, and where.
    fn cause(&self, current: &Current, error: postgres::Error, sent: &Sent<'_>) -> Cause {
        let cause = Cause::new(error, sent, &self.apply.here.table);
        cause.or_at(self.migration.sql(), &current.statement.range())
    }

    fn place(&self, current: &Current) -> Place {
        Place::at(self.migration.sql(), current.statement.range().start)
    }

    fn subject(&self, current: &Current) -> Subject {
        Subject {
            migration: self.migration,
            statement: self.migration.batch().is_none().then_some(current.index + 1),
            rows: self.migration.batch().map(|_| self.rows),
            pid: self.baseline.pid,
            lock_timeout: self.lock_timeout(current.effect),
            began: if self.migration.batch().is_some() { self.began } else { Instant::now() },
        }
    }

    /// Tells those who look at `pg_stat_activity` what is run; the token tells the next run whose it is,
    /// if this one is lost.
    fn comment(&self, current: &Current) -> String {
        let (number, count) = (current.index + 1, self.migration.steps().len());
        let Worker { token, .. } = &self.worker;
        format!(
            "/* applying {}, statement {number} of {count}, {token} */",
            self.migration.file_name()
        )
    }
}
