use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::error::Error;
use crate::lock::Holder;
use crate::migration::Migration;
use crate::progress::Progress;
use crate::report::{Applied, Continued, Report};

/// Is told of a run's progress while it happens, on the library's threads: of [`progress`] on another
/// one than of most else, perhaps at the same moment.
///
/// Each method does nothing by default. The same is said to the [`log`] facade, whether there is an
/// observer or not. A method that runs migrations itself would wait for itself; one that takes long
/// holds up the run, and one of progress the next look and a stop.
///
/// [`progress`]: Self::progress
pub trait Observer: Send + Sync {
    /// The lock is held by somebody else; said when the wait begins, and every few seconds.
    fn waiting(&self, waited: Duration, holder: Option<&Holder>) {
        let _ = (waited, holder);
    }

    /// A migration is sent to the server.
    fn applying(&self, migration: &'static Migration) {
        let _ = migration;
    }

    /// A migration is still being applied: said twice a second, from half a second on.
    ///
    /// The look at the server costs a connection of the pool for a moment, besides the one that works,
    /// or the two where statements run one by one. Where the pool has none to give, there is no look;
    /// batches tell their rows without.
    fn progress(&self, progress: &Progress) {
        let _ = progress;
    }

    /// A migration is committed.
    fn applied(&self, applied: &Applied) {
        let _ = applied;
    }

    /// A migration, or of one whose statements run one by one a statement, was rolled back and is
    /// tried again after a pause.
    fn retrying(&self, migration: &'static Migration, pause: Duration, error: &Error) {
        let _ = (migration, pause, error);
    }
}

/// The target of log records that users see and filter by.
pub(crate) const TARGET: &str = "migrations_runtime";

/// Tells the log and the observer.
#[derive(Clone, Default)]
pub(crate) struct Observers(pub(crate) Option<Arc<dyn Observer>>);

impl fmt::Debug for Observers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.0.is_some() { "an observer" } else { "no observer" };
        f.write_str(what)
    }
}

impl Observers {
    pub(crate) fn waiting(&self, waited: Duration, holder: Option<&Holder>) {
        match holder {
            Some(holder) => log::info!(target: TARGET, "Waiting for the migrations of {holder}"),
            None => log::info!(target: TARGET, "Waiting for the migrations of another process"),
        }
        self.tell(|observer| observer.waiting(waited, holder));
    }

    pub(crate) fn creating(table: &str) {
        log::debug!(target: TARGET, "Creating the history table {table}");
    }

    pub(crate) fn applying(&self, migration: &'static Migration) {
        log::debug!(target: TARGET, "Applying {}", migration.file_name());
        self.tell(|observer| observer.applying(migration));
    }

    pub(crate) fn progress(&self, progress: &Progress, shall_log: bool) {
        if shall_log {
            log::info!(target: TARGET, "{progress}");
        }
        self.tell(|observer| observer.progress(progress));
    }

    pub(crate) fn continued(continued: &Continued) {
        log::warn!(target: TARGET, "{continued}");
    }

    pub(crate) fn applied(&self, applied: &Applied) {
        log::info!(target: TARGET, "{applied}");
        self.tell(|observer| observer.applied(applied));
    }

    pub(crate) fn retrying(&self, migration: &'static Migration, pause: Duration, error: &Error) {
        log::warn!(target: TARGET, "Trying {} again in {pause:.1?}: {error}", migration.file_name());
        self.tell(|observer| observer.retrying(migration, pause, error));
    }

    /// What the report says is logged where it has not been logged before.
    pub(crate) fn done(report: &Report) {
        report.by_others.iter().for_each(|other| log::info!(target: TARGET, "{other}"));
        report.tolerated().for_each(|line| log::warn!(target: TARGET, "{line}"));
        log::info!(target: TARGET, "{}", report.summary());
    }

    fn tell(&self, tell: impl FnOnce(&dyn Observer)) {
        if let Some(observer) = &self.0 {
            tell(observer.as_ref());
        }
    }
}
