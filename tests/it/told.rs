//! An observer that keeps all that it is told.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use migrations_runtime::{Error, Holder, Migration, Observer, Progress};

#[derive(Clone, Default)]
pub(crate) struct Told {
    waiting: Arc<Mutex<Vec<Holder>>>,
    progress: Arc<Mutex<Vec<Progress>>>,
    retries: Arc<Mutex<Vec<String>>>,
}

impl Told {
    /// Whom it has waited for.
    pub(crate) fn waiting(&self) -> MutexGuard<'_, Vec<Holder>> {
        self.waiting.lock().unwrap()
    }

    pub(crate) fn progress(&self) -> MutexGuard<'_, Vec<Progress>> {
        self.progress.lock().unwrap()
    }

    /// The errors after which it has tried again.
    pub(crate) fn retries(&self) -> MutexGuard<'_, Vec<String>> {
        self.retries.lock().unwrap()
    }
}

impl Observer for Told {
    fn waiting(&self, _: Duration, holder: Option<&Holder>) {
        Self::waiting(self).extend(holder.cloned());
    }

    fn progress(&self, progress: &Progress) {
        Self::progress(self).push(progress.clone());
    }

    fn retrying(&self, _: &'static Migration, _: Duration, error: &Error) {
        self.retries().push(error.to_string());
    }
}
