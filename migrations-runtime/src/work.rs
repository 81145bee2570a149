//! The part of a run that holds the lock: look, plan, create; then what is pending is applied.

use std::time::Duration;

use postgres::error::SqlState;

use crate::apply::Apply;
use crate::baseline::Baseline;
use crate::error::Error;
use crate::here::Here;
use crate::history::{Found, Place, Record, Table};
use crate::observer::Observers;
use crate::pending::Lock;
use crate::report::Report;
use crate::run::{Run, records};
use crate::session::Session;
use crate::transaction::{TransactionId, id_sql};
use crate::trouble;
use crate::watch::with_watcher;

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
            trouble::refuse_small_pool(&pending, self.context.connections.size())?;
            if let Err(error) = create(&mut session, &here.table, place) {
                return self.again(error);
            }
            let context = self.context;
            let lock = Lock { session, transaction: Some(transaction) };
            let paused = with_watcher(&context, |watcher| {
                let apply = Apply { context: &context, here, baseline: &baseline, watcher };
                self.apply(&apply, lock, &pending)
            });
            if let Some(pause) = paused? {
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
}

/// Creates what is absent, in the transaction of the first migration.
fn create(session: &mut Session, table: &Table, place: &Place) -> Result<(), Error> {
    let Some(sql) = table.create_sql(place.found) else { return Ok(()) };
    Observers::creating(&table.qualified());
    session.query(&sql).map(drop).map_err(|error| trouble::creating(table, error))
}
