use std::fmt;

use crate::lock::Holder;
use crate::migration::Migration;
use crate::recorded::Recorded;

/// What is embedded and what is recorded, side by side, as [`Runner::status`](crate::Runner::status)
/// found it.
#[derive(Clone, Debug)]
pub struct Status {
    pub(crate) set_name: String,
    pub(crate) history: String,
    pub(crate) application: &'static str,
    pub(crate) entries: Vec<Entry>,
    pub(crate) holder: Option<Holder>,
}

/// A migration or a repeatable object: embedded, recorded, or both.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Entry {
    /// What is embedded.
    pub migration: Option<&'static Migration>,
    /// What is recorded.
    pub recorded: Option<Recorded>,
    /// How the two go together.
    pub state: State,
    /// What is wrong with it, and what to do, where a run would refuse it.
    pub problem: Option<String>,
}

/// How what is embedded and what is recorded go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum State {
    /// It is applied as it is embedded.
    Applied,
    /// It is applied under another name, or with an older text that its file accepts; see
    /// [`Runner::repair`](crate::Runner::repair).
    Accepted,
    /// It is not applied yet.
    Pending,
    /// Some of its statements may be done, and the next run goes on with it.
    Begun,
    /// A repeatable object whose text has changed since it was applied, or one that is to be applied
    /// again because a migration was reverted.
    Changed,
    /// A repeatable object whose text is another one than was applied, in a binary that is older than
    /// the one that was deployed last: it is left alone.
    Kept,
    /// It was applied by a newer binary, and this one does not embed it.
    Newer,
    /// A repeatable object that was applied, but whose file is gone.
    Removed,
    /// Its file was changed after it had been applied.
    Edited,
    /// It was applied, and is not embedded although newer migrations are.
    Missing,
    /// It is pending, but a newer one is applied.
    Late,
    /// It was begun, and nobody but people can tell what became of it; or its row cannot be read.
    InDoubt,
}

impl Status {
    /// The set's name.
    #[must_use]
    pub fn set_name(&self) -> &str {
        &self.set_name
    }

    /// The history table, with its schema, as quoted identifiers.
    #[must_use]
    pub fn history(&self) -> &str {
        &self.history
    }

    /// The package that embeds the migrations, and its version.
    #[must_use]
    pub fn application(&self) -> &'static str {
        self.application
    }

    /// The migrations by version, then the repeatable objects in the order in which they are applied.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Who migrates just now: whoever holds the lock.
    #[must_use]
    pub fn holder(&self) -> Option<&Holder> {
        self.holder.as_ref()
    }

    /// What a run would apply or go on with.
    pub fn pending(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.state.is_pending())
    }

    /// What a run would refuse.
    pub fn problems(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.problem.is_some())
    }

    /// Whether there is nothing to apply and nothing that a run would refuse.
    #[must_use]
    pub fn is_current(&self) -> bool {
        self.pending().chain(self.problems()).next().is_none()
    }
}

impl Entry {
    /// The version; nothing for a repeatable object.
    #[must_use]
    pub fn version(&self) -> Option<i64> {
        match (self.migration, &self.recorded) {
            (Some(migration), _) if migration.is_repeatable() => None,
            (Some(migration), _) => Some(migration.version()),
            (None, recorded) => recorded.as_ref()?.version,
        }
    }

    /// The name, as it is embedded, or else as it is recorded.
    #[must_use]
    pub fn name(&self) -> &str {
        let recorded = || self.recorded.as_ref().map(|recorded| recorded.name.as_str());
        self.migration.map(Migration::name).or_else(recorded).unwrap_or_default()
    }
}

impl State {
    /// Whether a run would apply it, or go on with it.
    #[must_use]
    pub const fn is_pending(self) -> bool {
        matches!(self, Self::Pending | Self::Begun | Self::Changed)
    }

    /// One lower-case word, such as `applied` or `in-doubt`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Accepted => "accepted",
            Self::Pending => "pending",
            Self::Begun => "begun",
            Self::Changed => "changed",
            Self::Kept => "kept",
            Self::Newer => "newer",
            Self::Removed => "removed",
            Self::Edited => "edited",
            Self::Missing => "missing",
            Self::Late => "late",
            Self::InDoubt => "in-doubt",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
