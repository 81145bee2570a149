//! A file that is sent in a transaction, and what becomes of its row in the same.

use crate::migration::Migration;
use crate::plan::Repeat;

/// A file to be sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Task {
    pub(crate) file: &'static Migration,
    /// What its row has as version.
    pub(crate) row: i64,
    pub(crate) act: Act,
}

/// What becomes of the row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Record,
    /// It is there already, of an older text.
    Renew,
    Remove,
}

impl Task {
    /// Applies a migration.
    pub(crate) fn apply(migration: &'static Migration) -> Self {
        Self { file: migration, row: migration.version(), act: Act::Record }
    }

    /// Whether a row that is complete, or not, or not there, is what this leads to.
    pub(crate) fn is_done(&self, row: Option<bool>) -> bool {
        match self.act {
            Act::Record | Act::Renew => row == Some(true),
            Act::Remove => row.is_none(),
        }
    }

    /// Reverts a migration by its down file.
    pub(crate) fn revert(down: &'static Migration) -> Self {
        Self { file: down, row: down.version(), act: Act::Remove }
    }
}

impl From<&Repeat> for Task {
    fn from(repeat: &Repeat) -> Self {
        let act = if repeat.is_recorded { Act::Renew } else { Act::Record };
        Self { file: repeat.migration, row: repeat.number, act }
    }
}
