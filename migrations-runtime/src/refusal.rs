use std::fmt;

use crate::migration::Checksum;
use crate::resolve::{DONE, RETRY};

/// Why nothing may be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The file was changed after it had been applied.
    Edited { path: &'static str, embedded: Checksum, recorded: Checksum },
    /// The row's checksum is none that any version of this library wrote.
    UnreadableChecksum { path: &'static str, version: i64, recorded: String },
    /// Applied once, but not among the embedded migrations, although newer ones are.
    Missing { version: i64, name: String },
    /// Pending, but below the newest that is applied.
    Late { path: &'static str, newest: (i64, String) },
    /// Recorded more than once: the table has lost its primary key.
    Twice { version: i64, name: String },
    /// Recorded as begun and never as finished.
    Unfinished { version: i64, name: String },
    /// Of its statements, one that is done was edited.
    DoneEdited { path: &'static str, done: usize },
    /// The statement that was running when its runner was lost was edited.
    RunningEdited { path: &'static str, number: usize },
    /// Begun statement by statement, but its file says so no more.
    NowTransactional { path: &'static str, done: usize },
}

impl Refusal {
    pub(crate) fn needs_resolve(&self) -> bool {
        matches!(self, Self::Unfinished { .. } | Self::RunningEdited { .. })
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Edited { path, embedded, recorded } => write!(
                f,
                "{path} was changed after it had been applied: applied with {recorded}, embedded \
                 with {embedded}\n  = next: restore the file as it was, and put the change into a \
                 new migration; or, where both texts lead to the same schema, have the file begin \
                 with `-- migrations: accept={recorded}`"
            ),
            Self::UnreadableChecksum { path, version, recorded } => write!(
                f,
                "the history row of version {version} ({path}) has the checksum {recorded:?}, \
                 expected `sha256:` and 64 hexadecimal digits\n  = next: find out who wrote it, and \
                 restore the row from a backup"
            ),
            Self::Missing { version, name } => write!(
                f,
                "version {version} ({name}) is applied, but is not among the embedded migrations, \
                 although newer ones are\n  = next: restore its file, or start the binary that \
                 embeds it"
            ),
            Self::Late { path, newest: (version, name) } => write!(
                f,
                "{path} is pending, but the newer version {version} ({name}) is applied already\n  \
                 = next: give the file a version above {version}, or allow it with \
                 `Runner::allow_out_of_order`"
            ),
            Self::Twice { version, name } => write!(
                f,
                "version {version} ({name}) is recorded more than once\n  = next: delete the row that \
                 is wrong, and give the table its primary key (set_name, version) again"
            ),
            Self::Unfinished { version, name } => write!(
                f,
                "version {version} ({name}) was begun, but its end is not recorded: its file may \
                 have ended the transaction itself\n  = next: compare the schema with the file by \
                 hand; then {RETRY} has it run again, and {DONE} counts it as applied"
            ),
            Self::DoneEdited { path, done } => write!(
                f,
                "of {path}, {} done, but the file has another text there by now\n  = next: restore \
                 that part of the file as it was; what is behind it can be changed",
                statements(*done)
            ),
            Self::RunningEdited { path, number } => write!(
                f,
                "statement {number} of {path} may have been running when its runner was lost, but is \
                 another statement by now\n  = next: restore it as it was; or see by hand what it has \
                 left, and then say so: with {RETRY}, if it left nothing; with {DONE}, if it is done"
            ),
            Self::NowTransactional { path, done } => write!(
                f,
                "{path} was begun outside of a transaction and {} done, but its file says \
                 `no-transaction` no more\n  = next: restore the directive; or, if nothing is done, \
                 {RETRY} has it begin anew",
                statements(*done)
            ),
        }
    }
}

/// Which are done, for a sentence that goes on with `done`.
fn statements(done: usize) -> String {
    match done {
        0 => "no statement is".into(),
        1 => "statement 1 is".into(),
        _ => format!("statements 1 to {done} are"),
    }
}
