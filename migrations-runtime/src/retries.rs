//! Whether a migration that failed is tried again, and when.

use std::time::Duration;

use postgres::error::SqlState;

use crate::backoff::Backoff;
use crate::failure::Cause;
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

    /// Whether the same statements may succeed when they are sent again, and may be.
    pub(crate) fn may_pass(&self, cause: &Cause, limit: u32) -> bool {
        let is_passing = match cause {
            Cause::Refused { error, .. } => error.code().is_some_and(is_passing),
            Cause::Overtaken(_) => true,
            _ => false,
        };
        is_passing && self.count < limit
    }

    /// Whether somebody else created the same at the same moment, and it may be tried again.
    pub(crate) fn is_lost_race(&self, error: &postgres::Error, limit: u32) -> bool {
        let races = [SqlState::UNIQUE_VIOLATION, SqlState::DUPLICATE_SCHEMA];
        error.code().is_some_and(|code| races.contains(code)) && self.count < limit
    }

    /// Counts one more try, and returns the pause before it.
    pub(crate) fn next(&mut self) -> Duration {
        self.count += 1;
        self.backoff.next()
    }
}

/// Somebody else was in the way. See "PostgreSQL Error Codes" (appendix A) in PostgreSQL's manual.
fn is_passing(code: &SqlState) -> bool {
    [
        SqlState::LOCK_NOT_AVAILABLE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::T_R_SERIALIZATION_FAILURE,
    ]
    .contains(code)
}
