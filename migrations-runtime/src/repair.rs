//! Brings the history in line with what a run tolerates.

use crate::context::Context;
use crate::error::Error;
use crate::migration::{Checksum, Migration};

/// What a repair has changed in the history.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Repaired {
    /// Migrations whose rows had the checksum of an older text, and that.
    pub restamped: Vec<(&'static Migration, Checksum)>,
    /// Migrations whose rows had another name, and that.
    pub renamed: Vec<(&'static Migration, String)>,
    /// Repeatable objects whose files are gone: their rows were removed.
    pub forgotten: Vec<String>,
}

pub(crate) fn repair(_: Context<'_>) -> Result<Repaired, Error> {
    Err(Error::option("repair", "is in the making"))
}
