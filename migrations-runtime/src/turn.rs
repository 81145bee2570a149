//! Waits for this run's turn: polls the lock, with a deadline.

use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::backoff::Backoff;
use crate::error::Error;
use crate::history::{Asked, History, Place};
use crate::lock::{Holder, Key, begin_sql, is_locked};
use crate::run::Context;
use crate::session::Session;
use crate::trouble;

/// Where the wait leads.
pub(crate) enum Turn {
    Mine(Locked),
    /// Others have done it all meanwhile.
    Done(Session, Option<Place>),
}

/// A session whose transaction holds the lock.
pub(crate) struct Locked {
    pub(crate) session: Session,
    pub(crate) key: Key,
    pub(crate) place: Option<Place>,
}

/// Takes the lock, or finds while it waits that there is nothing left to do.
///
/// The connection goes back to the pool for each pause, so that the threads of one process can wait
/// for each other with fewer connections than threads.
pub(crate) fn wait_for_turn(context: &Context<'_>, mut session: Session) -> Result<Turn, Error> {
    let mut wait = Wait::new(context.options.lock_deadline);
    loop {
        let (locked, is_mine) = try_lock(context, session)?;
        if is_mine {
            return Ok(Turn::Mine(locked));
        }
        let Locked { session: mut waiting, key, place } = locked;
        if let Asked::Current(_) = leave_and_ask(context, &mut waiting)? {
            return Ok(Turn::Done(waiting, place));
        }
        wait.tell(context, &mut waiting, key)?;
        drop(waiting);
        sleep(wait.pause());
        session = context.session()?;
    }
}

fn try_lock(context: &Context<'_>, mut session: Session) -> Result<(Locked, bool), Error> {
    let history = context.history();
    let rows = session
        .begin(&format!("{}; {}", begin_sql(history), history.place_sql()))
        .map_err(trouble::locking)?;
    let key = Key::read(&rows).ok_or_else(|| trouble::no_schema(history))?;
    Ok((Locked { session, key, place: Place::read(&rows) }, is_locked(&rows)))
}

fn leave_and_ask(context: &Context<'_>, session: &mut Session) -> Result<Asked, Error> {
    let ask = context.history().ask_sql(context.migrations.newest_version());
    let answer = session.end(&format!("ROLLBACK; {ask}"));
    History::asked(answer, &context.migrations).map_err(|e| trouble::reading(context.history(), e))
}

struct Wait {
    began: Instant,
    deadline: Duration,
    told: Option<Instant>,
    backoff: Backoff,
}

impl Wait {
    fn new(deadline: Duration) -> Self {
        let backoff = Backoff::new(Duration::from_millis(10), Duration::from_millis(250));
        Self { began: Instant::now(), deadline, told: None, backoff }
    }

    fn pause(&mut self) -> Duration {
        self.backoff.next().min(self.deadline.saturating_sub(self.began.elapsed()))
    }

    /// Says whom we wait for, at first and every few seconds, and gives up at the deadline.
    fn tell(
        &mut self,
        context: &Context<'_>,
        session: &mut Session,
        key: Key,
    ) -> Result<(), Error> {
        const INTERVAL: Duration = Duration::from_secs(5);
        let waited = self.began.elapsed();
        let is_over = waited >= self.deadline;
        if !is_over && self.told.is_some_and(|told| told.elapsed() < INTERVAL) {
            return Ok(());
        }
        let holder = holder(session, key)?;
        if is_over {
            return Err(Error::deadline(waited, holder));
        }
        self.told = Some(Instant::now());
        context.progress.waiting(waited, holder.as_ref());
        Ok(())
    }
}

fn holder(session: &mut Session, key: Key) -> Result<Option<Holder>, Error> {
    let rows = session.query(&key.holder_sql()).map_err(trouble::locking)?;
    Ok(Holder::read(&rows))
}
