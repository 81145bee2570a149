//! What this process applies now, for those who look at it meanwhile.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use migrations_runtime::{Applied, Error, Holder, Migration, Observer, Progress};

/// Clones show the same.
#[derive(Clone, Default)]
pub(crate) struct Now(Arc<Mutex<Option<Doing>>>);

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Doing {
    pub(crate) file: &'static str,
    /// Its number, from 1, and how many there are, where statements run one by one.
    pub(crate) statement: Option<(usize, usize)>,
    pub(crate) rows: Option<u64>,
    /// It was rolled back, and is tried again after a pause.
    pub(crate) pauses: bool,
}

impl Now {
    pub(crate) fn doing(&self) -> Option<Doing> {
        self.lock().clone()
    }

    /// It does nothing more.
    pub(crate) fn end(&self) {
        *self.lock() = None;
    }

    fn lock(&self) -> MutexGuard<'_, Option<Doing>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Doing {
    fn of(migration: &'static Migration) -> Self {
        Self { file: migration.file_name(), statement: None, rows: None, pauses: false }
    }
}

impl Observer for Now {
    /// Another process has taken the lock from it.
    fn waiting(&self, _: Duration, _: Option<&Holder>) {
        self.end();
    }

    fn applying(&self, migration: &'static Migration) {
        *self.lock() = Some(Doing::of(migration));
    }

    /// A look that is told late, when the migration is applied already, is left out.
    fn progress(&self, progress: &Progress) {
        let Progress { migration, statement, rows, .. } = progress;
        let mut doing = self.lock();
        if let Some(doing) = doing.as_mut().filter(|doing| doing.file == migration.file_name()) {
            let count = migration.statements().count();
            doing.statement = statement.map(|number| (number, count));
            doing.rows = *rows;
            doing.pauses = false;
        }
    }

    fn applied(&self, _: &Applied) {
        self.end();
    }

    fn retrying(&self, migration: &'static Migration, _: Duration, _: &Error) {
        *self.lock() = Some(Doing { pauses: true, ..Doing::of(migration) });
    }
}

/// Tells both of them.
pub(crate) struct Both<A, B>(pub(crate) A, pub(crate) B);

impl<A: Observer, B: Observer> Observer for Both<A, B> {
    fn waiting(&self, waited: Duration, holder: Option<&Holder>) {
        self.0.waiting(waited, holder);
        self.1.waiting(waited, holder);
    }

    fn applying(&self, migration: &'static Migration) {
        self.0.applying(migration);
        self.1.applying(migration);
    }

    fn progress(&self, progress: &Progress) {
        self.0.progress(progress);
        self.1.progress(progress);
    }

    fn applied(&self, applied: &Applied) {
        self.0.applied(applied);
        self.1.applied(applied);
    }

    fn retrying(&self, migration: &'static Migration, pause: Duration, error: &Error) {
        self.0.retrying(migration, pause, error);
        self.1.retrying(migration, pause, error);
    }
}
