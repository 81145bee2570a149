//! A run from its first question to its report: ask, lock, plan, apply, report.

use std::time::Instant;

use postgres::SimpleQueryRow;

use crate::context::Context;
use crate::error::Error;
use crate::flights::{Joined, join, wait_for_others};
use crate::here::Here;
use crate::history::{Asked, Record, Table};
use crate::inspect::make_plan;
use crate::left_behind::LeftBehind;
use crate::observer::Observers;
use crate::plan::Plan;
use crate::report::{Applied, Continued, Report};
use crate::retries::Retries;
use crate::session::Session;
use crate::trouble;
use crate::turn::{Turn, come_back, wait_for_turn};
use crate::work::Step;

/// Applies what is pending.
pub(crate) fn run(context: Context<'_>) -> Result<Report, Error> {
    Run::new(context).steps().inspect(Observers::done)
}

/// How far a run has got.
pub(crate) struct Run<'a> {
    pub(crate) context: Context<'a>,
    pub(crate) applied: Vec<Applied>,
    /// What is applied in the transaction that is open, before the last file of it.
    pub(crate) in_transaction: Vec<Applied>,
    pub(crate) continued: Vec<Continued>,
    /// Of the migration that is next.
    pub(crate) retries: Retries,
    /// Since something that an earlier run has left behind is waited for.
    pub(crate) left_behind: Option<LeftBehind>,
}

impl<'a> Run<'a> {
    pub(crate) fn new(context: Context<'a>) -> Self {
        let (applied, in_transaction, continued) = (Vec::new(), Vec::new(), Vec::new());
        let (retries, left_behind) = (Retries::none(), None);
        Self { context, applied, in_transaction, continued, retries, left_behind }
    }
}

impl Run<'_> {
    fn steps(&mut self) -> Result<Report, Error> {
        self.context.go_on()?;
        let mut session = self.first_session()?;
        let asked = self.context.ask(&mut session)?;
        if let Asked::Current(newer) = asked {
            return Ok(self.current(newer));
        }
        let here = self.context.here(&mut session)?;
        if let Asked::Elsewhere(schema) = asked {
            return Err(trouble::elsewhere(self.context.history(), &schema));
        }
        if let Asked::Others = asked
            && let Some(report) = self.read_report(&mut session, &here)?
        {
            return Ok(report);
        }
        self.join(&here, session)
    }

    /// Where others of this process have all the connections, they may be migrating with them.
    fn first_session(&self) -> Result<Session, Error> {
        let Context { options, .. } = self.context;
        match self.context.session() {
            Err(_) if wait_for_others(&self.context.task(), options.lock_deadline) => {
                self.context.session()
            }
            session => session,
        }
    }

    fn join(&mut self, here: &Here, session: Session) -> Result<Report, Error> {
        let Context { began, options, .. } = self.context;
        let mut session = Some(session);
        let leave = || drop(session.take());
        match join(self.context.identity(here), began, options.lock_deadline, leave) {
            Joined::Lead(lead) => {
                let result = self.take_turns(here, session, Instant::now());
                // That this pool has no connection to give is no news about the pools of others.
                if !result.as_ref().is_err_and(Error::is_pool) {
                    lead.end(result.as_ref().map(drop).map_err(Error::clone));
                }
                result
            }
            Joined::Followed(outcome) => outcome.and_then(|()| self.follow(here)),
            Joined::TimedOut => self.take_turns(here, None, began),
        }
    }

    /// Reports what another thread has done. That it was not all is no reason to wait again.
    fn follow(&mut self, here: &Here) -> Result<Report, Error> {
        let mut session = self.context.session()?;
        match self.read_report(&mut session, here)? {
            Some(report) => Ok(report),
            None => self.take_turns(here, Some(session), Instant::now()),
        }
    }

    /// Works under the lock until it is done; an error tells what had been applied before.
    fn take_turns(
        &mut self,
        here: &Here,
        session: Option<Session>,
        waiting_since: Instant,
    ) -> Result<Report, Error> {
        let result = self.turns(here, session, waiting_since);
        result.map_err(|error| error.after(&self.applied))
    }

    /// The lock can be lost between two migrations, and one that failed can be tried again.
    fn turns(
        &mut self,
        here: &Here,
        mut session: Option<Session>,
        mut waiting_since: Instant,
    ) -> Result<Report, Error> {
        loop {
            let turn = match session.take() {
                Some(session) => wait_for_turn(&self.context, here, session, waiting_since)?,
                None => come_back(&self.context, here, waiting_since)?,
            };
            let step = match turn {
                Turn::Mine(session, place) => self.work(here, session, &place)?,
                Turn::Done(mut session) => self.has_been_done(&mut session, here)?,
            };
            match step {
                Step::Done(report) => return Ok(report),
                Step::Again(pause) => self.context.pause(pause)?,
            }
            waiting_since = Instant::now();
        }
    }

    fn current(&self, newer: Vec<(i64, String)>) -> Report {
        let skipped = self.context.migrations.iter().collect();
        Report { skipped, newer, ..Report::default() }
    }

    fn has_been_done(&mut self, session: &mut Session, here: &Here) -> Result<Step<Report>, Error> {
        match self.read_report(session, here)? {
            Some(report) => Ok(Step::Done(report)),
            None if self.retries.are_left(self.context.options.retries) => {
                Ok(Step::Again(self.retries.next()))
            }
            None => Err(trouble::changing()),
        }
    }

    /// Reads the rows and reports, without the lock; nothing if there is something to do.
    fn read_report(&self, session: &mut Session, here: &Here) -> Result<Option<Report>, Error> {
        let own = self.context.options.own_sql();
        let read = here.table.rows_sql(self.context.began.elapsed());
        let rows = self.read(session, &format!("{own}; {read}"))?;
        let records = records(&here.table, &rows)?;
        let plan = self.plan(&records)?;
        Ok(plan.is_done().then(|| self.report(plan, &records)))
    }

    pub(crate) fn read(
        &self,
        session: &mut Session,
        sql: &str,
    ) -> Result<Vec<SimpleQueryRow>, Error> {
        session.query(sql).map_err(|error| trouble::reading(self.context.history(), error))
    }

    pub(crate) fn plan(&self, records: &[Record]) -> Result<Plan, Error> {
        make_plan(&self.context, records)
    }

    pub(crate) fn report(&self, plan: Plan, records: &[Record]) -> Report {
        let is_ours =
            |version| self.applied_of(false).iter().any(|a| a.migration.version() == version);
        let Plan { skipped, newer, renamed, older_texts, kept, removed, .. } = plan;
        let skipped = skipped.into_iter().filter(|m| !is_ours(m.version())).collect();
        let by_others = records
            .iter()
            .filter(|record| record.meanwhile && !record.row.is_repeatable())
            .filter(|record| !is_ours(record.row.version))
            .map(Record::other)
            .collect();
        let [applied, repeated] = [false, true].map(|repeatable| self.applied_of(repeatable));
        Report {
            applied,
            skipped,
            by_others,
            newer,
            renamed,
            older_texts,
            continued: self.continued.clone(),
            repeated,
            reverted: Vec::new(),
            kept,
            removed,
        }
    }
}

impl Run<'_> {
    fn applied_of(&self, repeatable: bool) -> Vec<Applied> {
        let is_of = |applied: &&Applied| applied.migration.is_repeatable() == repeatable;
        self.applied.iter().filter(is_of).copied().collect()
    }
}

pub(crate) fn records(table: &Table, rows: &[SimpleQueryRow]) -> Result<Vec<Record>, Error> {
    Record::read_all(rows).map_err(|version| trouble::unreadable_version(table, &version))
}
