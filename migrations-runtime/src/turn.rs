//! Waits for this run's turn: polls the lock, with a deadline.

use std::time::{Duration, Instant};

use crate::backoff::Backoff;
use crate::context::Context;
use crate::error::Error;
use crate::here::Here;
use crate::history::Place;
use crate::lock::{Holder, begin_sql, is_free, is_locked, try_sql};
use crate::options::Options;
use crate::progress::Phase;
use crate::session::{Session, field};
use crate::trouble;

/// Where the wait leads.
pub(crate) enum Turn {
    /// The session's transaction holds the lock.
    Mine(Session, Place),
    /// Others have done it all meanwhile.
    Done(Session),
}

/// Comes back to what was begun: others may have finished it meanwhile.
pub(crate) fn come_back(context: &Context<'_>, here: &Here, since: Instant) -> Result<Turn, Error> {
    let mut session = context.session()?;
    if context.is_done(&mut session)? {
        return Ok(Turn::Done(session));
    }
    wait_for_turn(context, here, session, since)
}

/// Takes the lock, or finds after it has waited that there is nothing left to do.
pub(crate) fn wait_for_turn(
    context: &Context<'_>,
    here: &Here,
    mut session: Session,
    since: Instant,
) -> Result<Turn, Error> {
    let mut wait = Wait::new(since, context.options.lock_deadline);
    loop {
        if let Some(place) = try_lock(context.options, here, &mut session)? {
            return Ok(Turn::Mine(session, place));
        }
        session.end("ROLLBACK").map_err(trouble::locking)?;
        session = wait.until_free(context, here, session)?;
        if context.is_done(&mut session)? {
            return Ok(Turn::Done(session));
        }
    }
}

fn try_lock(options: &Options, here: &Here, session: &mut Session) -> Result<Option<Place>, Error> {
    let (begin, lock) = (begin_sql(options), try_sql(here.key));
    let message = format!("{begin}; {lock}; {}", here.table.place_sql());
    let rows = session.begin(&message).map_err(trouble::locking)?;
    Ok(Place::read(&rows).filter(|_| is_locked(&rows)))
}

/// Who holds the lock, and how far that one has got.
pub(crate) fn holder(
    context: &Context<'_>,
    session: &mut Session,
    here: &Here,
) -> Result<Option<Holder>, Error> {
    let rows = session.query(&here.key.holder_sql()).map_err(trouble::locking)?;
    let phase = Holder::read(&rows).and_then(|holder| phase(context, session, here, &holder));
    Ok(Holder::read(&rows).map(|holder| Holder { phase, ..holder }))
}

/// How far the holder has got. Where it runs statements one by one, another process works for it.
///
/// The history is the run's role's to read, processes are shown to the login.
fn phase(
    context: &Context<'_>,
    session: &mut Session,
    here: &Here,
    holder: &Holder,
) -> Option<Phase> {
    // The history may be locked, and this is no reason to wait.
    const PATIENCE: &str = "SET LOCAL lock_timeout = 100";
    let own = context.options.own_sql();
    let mut read = |sql| session.query(&format!("{own}; {PATIENCE}; {sql}")).unwrap_or_default();
    let (workers, batches) = (read(here.table.worker_pids_sql()), read(here.table.rows_done_sql()));
    let pids = workers.iter().filter_map(|row| field(row, "pid"));
    let pids = pids.fold(holder.pid.to_string(), |pids, pid| pids + ", " + pid);
    let shown = session.query(&Phase::sql(&format!("ARRAY[{pids}]"))).ok();
    shown.and_then(|rows| Phase::read(&rows)).or_else(|| Phase::read(&batches))
}

struct Wait {
    began: Instant,
    deadline: Duration,
    /// When to say next whom we wait for. A lock that is free soon is no news.
    tell_at: Duration,
    backoff: Backoff,
}

impl Wait {
    fn new(began: Instant, deadline: Duration) -> Self {
        let backoff = Backoff::new(Duration::from_millis(10), Duration::from_millis(80));
        Self { began, deadline, tell_at: Duration::from_millis(500), backoff }
    }

    /// Waits until the lock is free, or for a second: what this run is to do may be done although the
    /// holder has more to do.
    ///
    /// The connection goes back to the pool for each pause, so that a wait takes none from others.
    fn until_free(
        &mut self,
        context: &Context<'_>,
        here: &Here,
        mut session: Session,
    ) -> Result<Session, Error> {
        const PATIENCE: Duration = Duration::from_secs(1);
        let since = Instant::now();
        loop {
            self.tell(context, here, &mut session)?;
            drop(session);
            context.pause(self.pause())?;
            session = context.session()?;
            let probe = session.query(&here.key.probe_sql()).map_err(trouble::locking)?;
            if is_free(&probe) || since.elapsed() >= PATIENCE {
                return Ok(session);
            }
        }
    }

    fn pause(&mut self) -> Duration {
        self.backoff.next().min(self.deadline.saturating_sub(self.began.elapsed()))
    }

    /// Says whom we wait for, every few seconds, and gives up at the deadline.
    fn tell(
        &mut self,
        context: &Context<'_>,
        here: &Here,
        session: &mut Session,
    ) -> Result<(), Error> {
        const INTERVAL: Duration = Duration::from_secs(5);
        let waited = self.began.elapsed();
        let is_over = waited >= self.deadline;
        if !is_over && waited < self.tell_at {
            return Ok(());
        }
        let holder = holder(context, session, here)?;
        if is_over {
            return Err(Error::deadline(waited, holder));
        }
        self.tell_at = waited + INTERVAL;
        context.observers.waiting(waited, holder.as_ref());
        Ok(())
    }
}
