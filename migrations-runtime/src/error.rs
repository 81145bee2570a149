mod message;

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use postgres::error::SqlState;

use crate::failure::Failure;
use crate::fresh::Stale;
use crate::lock::Holder;
use crate::migration::Migration;
use crate::refusal::Refusal;
use crate::report::Applied;

pub(crate) use message::Server;

/// Why a run failed.
///
/// Its message says what was attempted, what was found, and on lines that begin with `= next:` what
/// to do. It is complete: the [`source`](StdError::source) is for code that wants the original, and
/// printing it, too, says nothing new. A clone is the same error.
///
/// The predicates tell some kinds of errors apart; not every error has one.
#[derive(Clone)]
pub struct Error(Arc<Inner>);

struct Inner {
    kind: Kind,
    /// What this run had applied or reverted before; a failed migration tells it by itself.
    applied: Vec<&'static Migration>,
}

#[derive(Debug)]
enum Kind {
    Option {
        name: &'static str,
        problem: &'static str,
    },
    Stale(Stale),
    Thread(io::Error),
    Pool(r2d2::Error),
    Statement {
        doing: &'static str,
        error: postgres::Error,
    },
    History {
        problem: String,
        next: String,
        error: Option<postgres::Error>,
    },
    Refused(Vec<Refusal>),
    Deadline {
        waited: Duration,
        holder: Option<Holder>,
    },
    /// Of an earlier run, the server still works on a migration.
    StillRunning {
        waited: Duration,
        migration: &'static Migration,
        holder: Holder,
    },
    /// What was waited for is still pending.
    NotCurrent {
        waited: Duration,
        pending: Vec<&'static str>,
        holder: Option<Holder>,
    },
    Migration(Failure),
    Stopped,
    NotEmbedded(i64),
    NothingToResolve {
        version: i64,
        problem: &'static str,
    },
}

impl Error {
    /// Whether other processes' migrations were waited for until the deadline, or what the server
    /// still does for a process that is gone.
    #[must_use]
    pub fn is_lock_deadline(&self) -> bool {
        matches!(self.0.kind, Kind::Deadline { .. } | Kind::StillRunning { .. })
    }

    /// Whether something was still pending when the deadline of [`Runner::wait`](crate::Runner::wait)
    /// had passed.
    #[must_use]
    pub fn is_not_current(&self) -> bool {
        matches!(self.0.kind, Kind::NotCurrent { .. })
    }

    /// Whether the run ended because its [`StopHandle`](crate::StopHandle) was told to stop.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        match &self.0.kind {
            Kind::Stopped => true,
            Kind::Migration(failure) => failure.is_stopped(),
            _ => false,
        }
    }

    /// Whether a statement outside of a transaction was left in a state that no catalog tells of, so
    /// that somebody has to look, and to say by [`Runner::resolve`](crate::Runner::resolve) what was
    /// found.
    #[must_use]
    pub fn needs_resolve(&self) -> bool {
        match &self.0.kind {
            Kind::Migration(failure) => failure.needs_resolve(),
            _ => self.refusals().iter().any(Refusal::needs_resolve),
        }
    }

    /// Whether no connection could be had from the pool.
    #[must_use]
    pub fn is_pool(&self) -> bool {
        matches!(self.0.kind, Kind::Pool(_))
    }

    /// Whether the folder has changed since this binary was built, which only builds with debug
    /// assertions know.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        matches!(self.0.kind, Kind::Stale(_))
    }

    /// Whether the recorded history does not fit the embedded migrations.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        matches!(self.0.kind, Kind::Refused(_))
    }

    /// Whether an applied migration was edited since.
    #[must_use]
    pub fn is_checksum_mismatch(&self) -> bool {
        self.refusals().iter().any(|refusal| matches!(refusal, Refusal::Edited { .. }))
    }

    /// Whether an applied migration is missing from this binary, although newer ones are not.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        self.refusals().iter().any(|refusal| matches!(refusal, Refusal::Missing { .. }))
    }

    /// Whether a pending migration is older than an applied one.
    #[must_use]
    pub fn is_out_of_order(&self) -> bool {
        self.refusals().iter().any(|refusal| matches!(refusal, Refusal::Late { .. }))
    }

    /// The migration that failed.
    #[must_use]
    pub fn migration(&self) -> Option<&'static Migration> {
        match &self.0.kind {
            Kind::Migration(failure) => Some(failure.migration()),
            Kind::StillRunning { migration, .. } => Some(migration),
            _ => None,
        }
    }

    /// The SQLSTATE, where the server refused something.
    #[must_use]
    pub fn code(&self) -> Option<&SqlState> {
        self.server_error().and_then(postgres::Error::code)
    }

    /// The line and the column in the migration's file, both from 1, the column in characters, where
    /// the server said where.
    #[must_use]
    pub fn position(&self) -> Option<(usize, usize)> {
        match &self.0.kind {
            Kind::Migration(failure) => failure.position(),
            _ => None,
        }
    }

    /// Whether the connection was lost.
    pub(crate) fn is_disconnected(&self) -> bool {
        self.server_error().is_some_and(postgres::Error::is_closed)
    }

    fn refusals(&self) -> &[Refusal] {
        match &self.0.kind {
            Kind::Refused(refusals) => refusals,
            _ => &[],
        }
    }

    fn server_error(&self) -> Option<&postgres::Error> {
        match &self.0.kind {
            Kind::Statement { error, .. } => Some(error),
            Kind::History { error, .. } => error.as_ref(),
            Kind::Migration(failure) => failure.error(),
            _ => None,
        }
    }
}

impl Error {
    fn new(kind: Kind) -> Self {
        Self(Arc::new(Inner { kind, applied: Vec::new() }))
    }

    /// Tells what the run had applied or reverted before; nobody else has been given the error yet.
    pub(crate) fn after(mut self, applied: &[Applied]) -> Self {
        if let Some(inner) = Arc::get_mut(&mut self.0) {
            inner.applied = applied.iter().map(|applied| applied.migration).collect();
        }
        self
    }

    pub(crate) fn option(name: &'static str, problem: &'static str) -> Self {
        Self::new(Kind::Option { name, problem })
    }

    pub(crate) fn stale(stale: Stale) -> Self {
        Self::new(Kind::Stale(stale))
    }

    pub(crate) fn thread(error: io::Error) -> Self {
        Self::new(Kind::Thread(error))
    }

    pub(crate) fn pool(error: r2d2::Error) -> Self {
        Self::new(Kind::Pool(error))
    }

    pub(crate) fn statement(doing: &'static str, error: postgres::Error) -> Self {
        Self::new(Kind::Statement { doing, error })
    }

    pub(crate) fn history(problem: String, next: String, error: Option<postgres::Error>) -> Self {
        Self::new(Kind::History { problem, next, error })
    }

    pub(crate) fn refused(refusals: Vec<Refusal>) -> Self {
        Self::new(Kind::Refused(refusals))
    }

    pub(crate) fn deadline(waited: Duration, holder: Option<Holder>) -> Self {
        Self::new(Kind::Deadline { waited, holder })
    }

    pub(crate) fn still_running(
        waited: Duration,
        migration: &'static Migration,
        holder: Holder,
    ) -> Self {
        Self::new(Kind::StillRunning { waited, migration, holder })
    }

    pub(crate) fn not_current(
        waited: Duration,
        pending: Vec<&'static str>,
        holder: Option<Holder>,
    ) -> Self {
        Self::new(Kind::NotCurrent { waited, pending, holder })
    }

    pub(crate) fn stopped() -> Self {
        Self::new(Kind::Stopped)
    }

    pub(crate) fn not_embedded(version: i64) -> Self {
        Self::new(Kind::NotEmbedded(version))
    }

    pub(crate) fn nothing_to_resolve(version: i64, problem: &'static str) -> Self {
        Self::new(Kind::NothingToResolve { version, problem })
    }

    pub(crate) fn migration_failed(failure: Failure) -> Self {
        Self::new(Kind::Migration(failure))
    }
}

impl fmt::Debug for Error {
    /// The message, so that `fn main() -> Result<(), Error>` prints what is meant to be read.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.0.kind {
            Kind::Thread(error) => Some(error),
            Kind::Pool(error) => Some(error),
            _ => self.server_error().map(|error| error as _),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Error;

    #[test]
    fn crosses_threads_and_fits_a_box() {
        fn check<T: std::error::Error + Send + Sync + 'static>() {}
        check::<Error>();
    }

    #[test]
    fn debug_is_what_people_read() {
        let error = Error::option("set_name", "is empty");
        assert_eq!(format!("{error:?}"), "the option `set_name` is empty");
        assert_eq!(format!("{error:?}"), error.to_string());
    }
}
