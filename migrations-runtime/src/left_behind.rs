//! What the server still does for a runner that is gone: it does not notice the death of a client
//! while it works for it.

use std::time::{Duration, Instant};

use crate::backoff::Backoff;
use crate::context::Context;
use crate::error::Error;
use crate::journal::Worker;
use crate::lock::{Holder, sessions_sql};
use crate::migration::Migration;
use crate::progress::Phase;
use crate::session::Session;
use crate::sql::literal;
use crate::trouble;

/// Waits until the server does nothing any more for this worker, up to the deadline; whether there
/// was anything to wait for.
pub(crate) fn wait_for_left_behind(
    context: &Context<'_>,
    session: &mut Session,
    worker: &Worker,
    migration: &'static Migration,
) -> Result<bool, Error> {
    const INTERVAL: Duration = Duration::from_secs(5);
    let (began, mut told) = (Instant::now(), None::<Instant>);
    let mut backoff = Backoff::new(Duration::from_millis(10), Duration::from_millis(250));
    while let Some(holder) = look(session, worker)? {
        let waited = began.elapsed();
        if waited >= context.options.lock_deadline {
            return Err(Error::still_running(waited, migration, holder));
        }
        if told.is_none_or(|told| told.elapsed() >= INTERVAL) {
            context.observers.waiting(waited, Some(&holder));
            told = Some(Instant::now());
        }
        context.pause(backoff.next())?;
    }
    Ok(told.is_some())
}

fn look(session: &mut Session, worker: &Worker) -> Result<Option<Holder>, Error> {
    // Within a transaction, the server would answer what it had answered before.
    let sql = format!("SELECT pg_catalog.pg_stat_clear_snapshot(); {}", sql(worker));
    let rows = session.query(&sql).map_err(trouble::locking)?;
    let Some(holder) = Holder::read(&rows) else { return Ok(None) };
    let phase = session.query(&Phase::sql(&format!("SELECT {}", holder.pid))).ok();
    Ok(Some(Holder { phase: phase.and_then(|rows| Phase::read(&rows)), ..holder }))
}

/// What the worker sends begins with a comment that holds its token. A session that is idle behind
/// such a statement may have the next one in its ears already, for a few seconds at most; a pooler
/// keeps it for others. Whose statement we may not see is taken for the worker's by its number.
fn sql(worker: &Worker) -> String {
    let comment = literal(&format!("/* applying %{} */%", worker.token));
    let pid = worker.pid;
    sessions_sql(&format!(
        "SELECT s.pid FROM pg_catalog.pg_stat_activity s \
         WHERE s.pid OPERATOR(pg_catalog.<>) pg_catalog.pg_backend_pid() \
         AND (s.query OPERATOR(pg_catalog.~~) {comment} \
         AND (s.state OPERATOR(pg_catalog.<>) 'idle' OR s.state_change OPERATOR(pg_catalog.>) \
         pg_catalog.timestamptz_mi_interval(pg_catalog.clock_timestamp(), \
         pg_catalog.make_interval(secs => 5))) \
         OR s.pid OPERATOR(pg_catalog.=) {pid} AND s.state IS NULL)"
    ))
}
