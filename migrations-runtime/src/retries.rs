//! How often a migration was tried, and when it is tried again.

use std::time::Duration;

use crate::backoff::Backoff;
use crate::lock::Holder;

/// The tries of one migration after the first.
pub(crate) struct Retries {
    count: u32,
    blocker: Option<Holder>,
    backoff: Backoff,
}

impl Retries {
    pub(crate) fn none() -> Self {
        let backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(5));
        Self { count: 0, blocker: None, backoff }
    }

    pub(crate) fn count(&self) -> u32 {
        self.count
    }

    /// Who was last seen in the way.
    pub(crate) fn blocker(&self) -> Option<&Holder> {
        self.blocker.as_ref()
    }

    pub(crate) fn saw(&mut self, blocker: Option<Holder>) {
        self.blocker = blocker.or(self.blocker.take());
    }

    pub(crate) fn are_left(&self, limit: u32) -> bool {
        self.count < limit
    }

    /// Counts one more try, and returns the pause before it.
    pub(crate) fn next(&mut self) -> Duration {
        self.count += 1;
        self.backoff.next()
    }
}
