use std::time::{Duration, SystemTime};

/// What the history table says of a migration or a repeatable object.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recorded {
    /// The version; nothing for a repeatable object.
    pub version: Option<i64>,
    /// The name.
    pub name: String,
    /// The checksum of the text that was applied, as [`Checksum`](crate::Checksum) displays it.
    pub checksum: String,
    /// When it was begun, by the server's clock; of one whose statements run one by one, when the run
    /// began that went on with it last.
    pub applied_at: SystemTime,
    /// How long it took; zero for one that was adopted by a baseline, nothing for one that is not done.
    pub duration: Option<Duration>,
    /// The role that applied it.
    pub applied_by: String,
    /// The package that embeds it, and its version.
    pub application: String,
    /// How many statements are done, of one whose statements run one by one.
    pub statements_done: Option<usize>,
    /// How many rows its batches have changed, of one that runs in batches.
    pub rows: Option<u64>,
}
