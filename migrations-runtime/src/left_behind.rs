//! What the server still does for a runner that is gone: it does not notice the death of a client
//! while it works for it.

use std::time::{Duration, Instant};

use crate::backoff::Backoff;
use crate::context::Context;
use crate::error::Error;
use crate::journal::Worker;
use crate::lock::{AS_WHO_LOGGED_IN, Holder, sessions_sql};
use crate::migration::Migration;
use crate::progress::{LOG_INTERVAL, Phase};
use crate::session::Session;
use crate::sql::literal;
use crate::trouble;

/// A wait until the server does nothing any more for a worker, up to the deadline.
///
/// Nobody may hold the lock meanwhile: a build of an index waits for each transaction that had a
/// snapshot at one moment until that transaction ends, even if its snapshot is gone
/// (`WaitForOlderSnapshots` in PostgreSQL's `src/backend/commands/indexcmds.c`), and would so wait for
/// the one who waits for it.
pub(crate) struct LeftBehind {
    began: Instant,
    told: Option<Instant>,
    backoff: Backoff,
}

impl LeftBehind {
    pub(crate) fn new() -> Self {
        let backoff = Backoff::new(Duration::from_millis(10), Duration::from_millis(250));
        Self { began: Instant::now(), told: None, backoff }
    }

    /// Looks once. If the worker is not gone, this is the pause after which to look again.
    pub(crate) fn look(
        &mut self,
        context: &Context<'_>,
        session: &mut Session,
        worker: &Worker,
        migration: &'static Migration,
    ) -> Result<Option<Duration>, Error> {
        let Some(holder) = look(session, worker)? else { return Ok(None) };
        let waited = self.began.elapsed();
        if waited >= context.options.lock_deadline {
            return Err(Error::still_running(waited, migration, holder));
        }
        if self.told.is_none_or(|told| told.elapsed() >= LOG_INTERVAL) {
            context.observers.waiting(waited, Some(&holder));
            self.told = Some(Instant::now());
        }
        Ok(Some(self.backoff.next()))
    }
}

fn look(session: &mut Session, worker: &Worker) -> Result<Option<Holder>, Error> {
    let sql = format!("{AS_WHO_LOGGED_IN}; {}", sql(worker));
    let rows = session.query(&sql).map_err(trouble::locking)?;
    let Some(holder) = Holder::read(&rows) else { return Ok(None) };
    let phase = format!("{AS_WHO_LOGGED_IN}; {}", Phase::sql(&format!("SELECT {}", holder.pid)));
    let phase = session.query(&phase).ok();
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
         AND s.datname OPERATOR(pg_catalog.=) pg_catalog.current_database() \
         AND (s.query OPERATOR(pg_catalog.~~) {comment} \
         AND (s.state OPERATOR(pg_catalog.<>) 'idle' OR s.state_change OPERATOR(pg_catalog.>) \
         pg_catalog.timestamptz_mi_interval(pg_catalog.clock_timestamp(), \
         pg_catalog.make_interval(secs => 5))) \
         OR s.pid OPERATOR(pg_catalog.=) {pid} AND s.state IS NULL)"
    ))
}
