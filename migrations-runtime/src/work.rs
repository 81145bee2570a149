//! The part of a run that holds the lock: look, plan, create; then what is pending is applied.

use std::time::Duration;

use postgres::error::SqlState;

use crate::apply::Apply;
use crate::baseline::Baseline;
use crate::context::Context;
use crate::error::Error;
use crate::held::Lock;
use crate::here::Here;
use crate::history::{Found, Place, Record, Table};
use crate::observer::Observers;
use crate::options::Options;
use crate::report::Report;
use crate::retries::Retries;
use crate::run::{Run, records};
use crate::session::Session;
use crate::transaction::{TransactionId, id_sql};
use crate::trouble;
use crate::watch::with_watcher;

/// Where a turn under the lock ends.
pub(crate) enum Step<T> {
    Done(T),
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
    ) -> Result<Step<Report>, Error> {
        trouble::refuse_open_transaction(place)?;
        let looked = look(&self.context, &mut session, &here.table, place);
        let Look { baseline, transaction, records } = match looked {
            Err(error) => return self.again(error),
            Ok(looked) => looked,
        };
        let plan = self.plan(&records)?;
        if !plan.is_done() {
            let what = format!("{} migrations are pending", plan.to_apply().count());
            trouble::refuse_without_rights(place, &here.table, &what)?;
            trouble::refuse_small_pool(&plan.pending, self.context.connections.size())?;
            if let Err(error) = create(&mut session, &here.table, place) {
                return self.again(error);
            }
            let context = self.context;
            let lock = Lock { session, transaction: Some(transaction) };
            let paused = with_watcher(&context, |watcher| {
                let apply = Apply { context: &context, here, baseline: &baseline, watcher };
                self.apply(&apply, lock, &plan)
            });
            if let Some(pause) = paused? {
                return Ok(Step::Again(pause));
            }
        }
        Ok(Step::Done(self.report(plan, &records)))
    }

    pub(crate) fn again<T>(&mut self, error: Error) -> Result<Step<T>, Error> {
        again(error, &mut self.retries, self.context.options)
    }
}

/// Tries again where the history table is locked, or somebody else created the same: another history
/// in the same new schema has a lock of its own.
pub(crate) fn again<T>(
    error: Error,
    retries: &mut Retries,
    options: &Options,
) -> Result<Step<T>, Error> {
    let passing =
        [SqlState::LOCK_NOT_AVAILABLE, SqlState::UNIQUE_VIOLATION, SqlState::DUPLICATE_SCHEMA];
    let is_passing = error.code().is_some_and(|code| passing.contains(code));
    if is_passing && retries.are_left(options.retries) {
        Ok(Step::Again(retries.next()))
    } else {
        Err(error)
    }
}

/// What the session and the history are like.
pub(crate) struct Look {
    pub(crate) baseline: Baseline,
    pub(crate) transaction: TransactionId,
    pub(crate) records: Vec<Record>,
}

/// Reads what they are like, under the lock.
pub(crate) fn look(
    context: &Context<'_>,
    session: &mut Session,
    table: &Table,
    place: &Place,
) -> Result<Look, Error> {
    trouble::refuse_standby(place)?;
    let mut message = format!("{}; {}", Baseline::sql(), id_sql());
    if place.found == Found::Table {
        message += "; ";
        message += &table.rows_sql(context.began.elapsed());
    }
    let rows = session.query(&message);
    let rows = rows.map_err(|error| trouble::reading(context.history(), error))?;
    let transaction = TransactionId::read(&rows).ok_or_else(trouble::no_transaction)?;
    Ok(Look { baseline: Baseline::read(&rows), transaction, records: records(table, &rows)? })
}

/// Creates what is absent, in the transaction of the first migration.
pub(crate) fn create(session: &mut Session, table: &Table, place: &Place) -> Result<(), Error> {
    let Some(sql) = table.create_sql(place.found) else { return Ok(()) };
    Observers::creating(&table.qualified());
    session.query(&sql).map(drop).map_err(|error| trouble::creating(table, error))
}
