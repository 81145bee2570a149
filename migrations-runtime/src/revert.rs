//! Reverts applied migrations, newest first.

use crate::context::Context;
use crate::error::Error;
use crate::migration::Migration;
use crate::report::Report;

/// How many migrations to revert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revert {
    /// The newest ones, this many.
    Steps(usize),
    /// All that are newer than this version, which itself stays applied.
    To(i64),
}

pub(crate) fn planned(_: Context<'_>, _: Revert) -> Result<Vec<&'static Migration>, Error> {
    Err(Error::option("down", "is in the making"))
}

pub(crate) fn revert(_: Context<'_>, _: Revert) -> Result<Report, Error> {
    Err(Error::option("down", "is in the making"))
}
