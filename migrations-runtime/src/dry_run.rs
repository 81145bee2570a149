//! Runs what is pending in one transaction, and rolls it back.

use crate::context::Context;
use crate::error::Error;
use crate::migration::Migration;
use crate::report::Applied;

/// What a dry run has found.
#[derive(Clone, Debug, Default)]
pub struct DryRun {
    pub(crate) tried: Vec<Applied>,
    pub(crate) not_tried: Vec<&'static Migration>,
    pub(crate) error: Option<Error>,
}

impl DryRun {
    /// What has passed, in order, and how long it took.
    #[must_use]
    pub fn tried(&self) -> &[Applied] {
        &self.tried
    }

    /// What could not be tried so: what runs outside of a transaction, and what stands behind an error.
    #[must_use]
    pub fn not_tried(&self) -> &[&'static Migration] {
        &self.not_tried
    }

    /// What the server has refused.
    #[must_use]
    pub fn error(&self) -> Option<&Error> {
        self.error.as_ref()
    }
}

pub(crate) fn dry_run(_: Context<'_>) -> Result<DryRun, Error> {
    Err(Error::option("dry_run", "is in the making"))
}
