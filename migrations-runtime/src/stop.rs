use std::fmt;
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use postgres::{CancelToken, NoTls};

use crate::linked::Linked;

/// Asks runs to stop, from another thread, such as one that listens for signals.
///
/// A run that is given one with [`Runner::stop_handle`](crate::Runner::stop_handle) looks at it
/// where it waits, and while the server works: then it cancels the statement there. It ends with an
/// error for which [`Error::is_stopped`](crate::Error::is_stopped) holds. Clones are one handle, and
/// what was told to stop stays so.
///
/// Two waits are not its own to end: that for a connection, which ends with the pool's time-out; and
/// that of a call of `run_once` for another one of the same process, which ends with that.
///
/// ```no_run
/// # use migrations_runtime::{Migrations, StopHandle, embed_migrations};
/// # static MIGRATIONS: Migrations = embed_migrations!();
/// # fn run(pool: &r2d2::Pool<r2d2_postgres::PostgresConnectionManager<postgres::NoTls>>) -> Result<(), migrations_runtime::Error> {
/// let stop = StopHandle::new();
/// let on_signal = stop.clone(); // for the thread that calls `on_signal.stop()`
/// MIGRATIONS.runner().stop_handle(stop).run_once(pool)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct StopHandle(Arc<Inner>);

struct Inner {
    is_stopped: Mutex<bool>,
    changed: Condvar,
    cancel: Linked<Cancel>,
}

type Cancel = fn(&CancelToken) -> Result<(), postgres::Error>;

impl StopHandle {
    /// A handle that stops nothing yet.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "two defaults would be two handles")]
    pub fn new() -> Self {
        Self::with(|token| token.cancel_query(NoTls))
    }

    /// Stops all runs that have this handle, and all that will begin with it. Returns at once.
    pub fn stop(&self) {
        *self.lock() = true;
        self.0.changed.notify_all();
    }

    /// Whether [`stop`](Self::stop) was called.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        *self.lock()
    }

    /// The handle of runs that were given none. What nobody stops has nothing to cancel.
    pub(crate) fn never() -> Self {
        static NEVER: LazyLock<StopHandle> = LazyLock::new(|| StopHandle::with(|_| Ok(())));
        NEVER.clone()
    }

    fn with(cancel: Cancel) -> Self {
        let (is_stopped, changed) = (Mutex::default(), Condvar::new());
        Self(Arc::new(Inner { is_stopped, changed, cancel: Linked(cancel) }))
    }

    /// Cancels what the server does in a session.
    ///
    /// It takes such a request without TLS and before it asks who is there: "Canceling Requests in
    /// Progress" (55.2.8) in PostgreSQL's manual. The client may not send it so.
    pub(crate) fn cancel(&self, token: &CancelToken) -> Result<(), postgres::Error> {
        (self.0.cancel.0)(token)
    }

    /// Sleeps, but no longer than until it is told to stop.
    pub(crate) fn pause(&self, pause: Duration) {
        self.wait(Some(pause), |is_stopped| !is_stopped);
    }

    /// Waits while it shall, which is asked again when somebody has woken it or told it to stop, but
    /// no longer than the patience lasts.
    pub(crate) fn wait(&self, patience: Option<Duration>, shall_wait: impl Fn(bool) -> bool) {
        let goes_on = |is_stopped: &mut bool| shall_wait(*is_stopped);
        let Inner { changed, .. } = &*self.0;
        match patience {
            Some(patience) => drop(changed.wait_timeout_while(self.lock(), patience, goes_on)),
            None => drop(changed.wait_while(self.lock(), goes_on)),
        }
    }

    /// Has those who wait ask again whether they shall. The lock is for those who are about to wait.
    pub(crate) fn wake(&self) {
        drop(self.lock());
        self.0.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, bool> {
        self.0.is_stopped.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for StopHandle {
    /// As an identity: runs with different handles do not wait for each other's outcome.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StopHandle({:p})", Arc::as_ptr(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::StopHandle;
    use std::thread;
    use std::time::Duration;

    #[test]
    fn a_pause_ends_when_it_is_stopped() {
        let stop = StopHandle::new();
        thread::scope(|scope| {
            scope.spawn(|| stop.pause(Duration::from_secs(3600)));
            stop.clone().stop();
        });
        assert!(stop.is_stopped() && !StopHandle::never().is_stopped());
    }

    #[test]
    fn runs_without_a_handle_have_the_same() {
        assert_eq!(format!("{:?}", StopHandle::never()), format!("{:?}", StopHandle::never()));
        assert_ne!(format!("{:?}", StopHandle::new()), format!("{:?}", StopHandle::never()));
    }
}
