//! Looks and changes nothing: it takes no lock, creates nothing, and needs the right to SELECT only.

use std::time::{Duration, Instant};

use postgres::error::SqlState;

use crate::backoff::Backoff;
use crate::context::Context;
use crate::error::Error;
use crate::here::Here;
use crate::history::{Asked, Record, Table};
use crate::lock::Holder;
use crate::migration::Migration;
use crate::plan::{Plan, plan};
use crate::recorded::Recorded;
use crate::refusal::Refusal;
use crate::run::records;
use crate::session::Session;
use crate::standing::{Item, Row, Standing, compare};
use crate::status::{Entry, State, Status};
use crate::trouble;
use crate::turn::holder;

/// What is embedded and what is recorded, side by side, and who migrates just now.
pub(crate) fn status(context: Context<'_>) -> Result<Status, Error> {
    let mut session = context.session()?;
    let (here, records) = look(&context, &mut session)?;
    let rows = rows(&records);
    let items = compare(&context.migrations, &rows, context.options.out_of_order);
    let entries = items.into_iter().map(|item| entry(item, &records)).collect();
    Ok(Status {
        set_name: context.history().set_name.clone(),
        history: here.table.qualified(),
        application: context.migrations.application(),
        entries,
        holder: holder(&context, &mut session, &here)?,
    })
}

/// What a run would do.
pub(crate) fn planned(context: Context<'_>) -> Result<Plan, Error> {
    let mut session = context.session()?;
    let (_, records) = look(&context, &mut session)?;
    make_plan(&context, &records)
}

/// What is recorded, in the order in which it was applied.
pub(crate) fn history(context: Context<'_>) -> Result<Vec<Recorded>, Error> {
    let mut session = context.session()?;
    let (_, records) = look(&context, &mut session)?;
    let mut recorded: Vec<_> = records.into_iter().map(|record| record.recorded).collect();
    recorded.sort_by_key(|recorded| (recorded.applied_at, recorded.version));
    Ok(recorded)
}

/// Whether there is nothing to do; in one round trip, unless something is tolerated.
pub(crate) fn is_current(context: Context<'_>) -> Result<bool, Error> {
    let mut session = context.session()?;
    if let Asked::Current(_) = context.ask(&mut session)? {
        return Ok(true);
    }
    let (_, records) = look(&context, &mut session)?;
    Ok(make_plan(&context, &records)?.is_done())
}

/// Waits until there is nothing to do, whoever does it. That the database cannot be reached yet is no
/// reason to give up; that the history does not fit is.
///
/// For a connection it waits a second at a time, so as to notice the deadline and its stop handle.
pub(crate) fn wait(context: Context<'_>, deadline: Duration) -> Result<(), Error> {
    let context = Context { patience: Some(Duration::from_secs(1)), ..context };
    let mut backoff = Backoff::new(Duration::from_millis(50), Duration::from_secs(1));
    let mut told = None;
    loop {
        context.go_on()?;
        let result = is_current(context);
        let waited = context.began.elapsed();
        match result {
            Ok(true) => return Ok(()),
            Err(error) if !is_passing(&error) => return Err(error),
            Err(error) if waited >= deadline => return Err(error),
            Ok(false) if waited >= deadline => return Err(not_current(context, waited)?),
            Ok(false) => tell(context, waited, &mut told),
            Err(_) => {}
        }
        context.pause(backoff.next().min(deadline.saturating_sub(waited)))?;
    }
}

/// Who holds the lock.
pub(crate) fn lock_holder(context: Context<'_>) -> Result<Option<Holder>, Error> {
    let mut session = context.session()?;
    let here = context.here(&mut session)?;
    holder(&context, &mut session, &here)
}

/// Reads the rows; no table has none.
pub(crate) fn look(
    context: &Context<'_>,
    session: &mut Session,
) -> Result<(Here, Vec<Record>), Error> {
    let here = context.here(session)?;
    let records = match read(context, session, &here.table)? {
        Some(records) => records,
        None => context.refuse_elsewhere(session).map(|()| Vec::new())?,
    };
    Ok((here, records))
}

/// What a run is to do, up to its target.
pub(crate) fn make_plan(context: &Context<'_>, records: &[Record]) -> Result<Plan, Error> {
    Ok(make_whole_plan(context, records)?.up_to(context.options.target))
}

/// The same without a target.
pub(crate) fn make_whole_plan(context: &Context<'_>, records: &[Record]) -> Result<Plan, Error> {
    plan(&context.migrations, &rows(records), context.options.out_of_order).map_err(Error::refused)
}

/// The rows of the set; nothing if there is no table.
pub(crate) fn read(
    context: &Context<'_>,
    session: &mut Session,
    table: &Table,
) -> Result<Option<Vec<Record>>, Error> {
    let own = context.options.own_sql();
    let read = table.rows_sql(context.began.elapsed());
    match session.query(&format!("{own}; {read}")) {
        Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => Ok(None),
        Err(error) => Err(trouble::reading(context.history(), error)),
        Ok(rows) => records(table, &rows).map(Some),
    }
}

fn rows(records: &[Record]) -> Vec<Row> {
    records.iter().map(|record| record.row.clone()).collect()
}

fn is_passing(error: &Error) -> bool {
    let codes = [
        SqlState::CANNOT_CONNECT_NOW,
        SqlState::ADMIN_SHUTDOWN,
        SqlState::CRASH_SHUTDOWN,
        // The history is locked, as it is while somebody works on it by hand.
        SqlState::LOCK_NOT_AVAILABLE,
    ];
    error.is_pool() || error.is_disconnected() || error.code().is_some_and(|it| codes.contains(it))
}

fn not_current(context: Context<'_>, waited: Duration) -> Result<Error, Error> {
    let pending = planned(context)?.to_apply().map(Migration::file_name).collect();
    Ok(Error::not_current(waited, pending, lock_holder(context)?))
}

/// Says whom is waited for, at first and every few seconds.
fn tell(context: Context<'_>, waited: Duration, told: &mut Option<Instant>) {
    const INTERVAL: Duration = Duration::from_secs(5);
    if told.is_some_and(|told| told.elapsed() < INTERVAL) {
        return;
    }
    *told = Some(Instant::now());
    let holder = lock_holder(context).ok().flatten();
    context.observers.waiting(waited, holder.as_ref());
}

fn entry(item: Item<'_>, records: &[Record]) -> Entry {
    let Item { migration, row, standing } = item;
    let record = row.and_then(|row| records.iter().find(|record| record.row == *row));
    let problem = match &standing {
        Standing::Refused(refusal) => Some(refusal.to_string()),
        _ => None,
    };
    let recorded = record.map(|record| record.recorded.clone());
    Entry { migration, recorded, state: state(&standing), problem }
}

fn state(standing: &Standing) -> State {
    match standing {
        Standing::Applied => State::Applied,
        Standing::Accepted { .. } => State::Accepted,
        Standing::Pending => State::Pending,
        Standing::Begun(_) => State::Begun,
        Standing::Changed => State::Changed,
        Standing::Kept => State::Kept,
        Standing::Newer => State::Newer,
        Standing::Removed => State::Removed,
        Standing::Refused(refusal) => match refusal {
            Refusal::Edited { .. } | Refusal::DoneEdited { .. } => State::Edited,
            Refusal::Missing { .. } => State::Missing,
            Refusal::Late { .. } => State::Late,
            _ => State::InDoubt,
        },
    }
}
