//! A migration that failed, told so that one knows where and what next.

use std::fmt;

use postgres::error::{DbError, ErrorPosition, SqlState};

use crate::advice::next_by_code;
use crate::cause::{Cause, Place};
use crate::error::Server;
use crate::history::COLUMNS;
use crate::hooks::Objection;
use crate::lock::Holder;
use crate::migration::{Kind, Migration};
use crate::resolve::{DONE, RETRY};

#[derive(Debug)]
pub(crate) struct Failure {
    migration: &'static Migration,
    cause: Cause,
    left: Left,
    how_far: HowFar,
}

/// What a migration that failed has left in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    Nothing,
    /// What stands before a COMMIT of its own.
    Part,
    /// It may have been committed.
    Unknown,
    /// Of one whose statements run one by one, the statements before the one that failed.
    Statements {
        done: usize,
        last: LeftOfStatement,
    },
    /// Of one that runs in batches, those before the one that failed.
    Batches {
        rows: u64,
    },
}

/// What a statement that failed has left in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LeftOfStatement {
    Nothing,
    /// It may be done, or have left something that the next run will find and remove.
    ForNextRun,
    /// It may have left something of which no catalog tells; the next run begins it anew.
    Unclear,
    /// It may have committed something, or nothing, and no run can find out.
    ForPeople,
}

/// How far the run had got.
#[derive(Clone, Debug, Default)]
pub(crate) struct HowFar {
    /// Applied in this run, before.
    pub(crate) applied: Vec<&'static str>,
    /// Applied in the same transaction, before.
    pub(crate) rolled_back: Vec<&'static str>,
    /// Pending behind the one that failed.
    pub(crate) not_tried: Vec<&'static str>,
    /// How often the one that failed was tried again.
    pub(crate) retries: u32,
    /// Who was in its way when it was tried again.
    pub(crate) blocker: Option<Holder>,
}

impl Failure {
    pub(crate) fn new(
        migration: &'static Migration,
        cause: Cause,
        left: Left,
        how_far: HowFar,
    ) -> Self {
        Self { migration, cause, left, how_far }
    }

    pub(crate) fn migration(&self) -> &'static Migration {
        self.migration
    }

    pub(crate) fn position(&self) -> Option<(usize, usize)> {
        let excerpt = self.cause.place().map(Place::excerpt)?;
        Some((excerpt.line, excerpt.column))
    }

    pub(crate) fn error(&self) -> Option<&postgres::Error> {
        self.cause.error()
    }

    pub(crate) fn is_stopped(&self) -> bool {
        matches!(self.cause, Cause::Stopped { .. })
    }

    pub(crate) fn needs_resolve(&self) -> bool {
        matches!(self.left, Left::Statements { last: LeftOfStatement::ForPeople, .. })
    }

    fn next(&self) -> String {
        match &self.cause {
            _ if self.left == Left::Part => {
                "remove COMMIT and the like from the file, and bring the \
                                             schema and the history row in order by hand"
                    .into()
            }
            _ if self.needs_resolve() => format!(
                "find out by hand whether the statement is done; if it is, say so with {DONE}; if it has \
                 left nothing, with {RETRY}; then start again"
            ),
            Cause::InvalidIndex { name, .. } => format!(
                "if nobody is building it, `DROP INDEX CONCURRENTLY {name}`, and start again"
            ),
            cause => self.next_by_cause(cause).into(),
        }
    }

    fn next_by_cause(&self, cause: &Cause) -> &'static str {
        match cause {
            Cause::Refused { .. } => next_by_code(self.error().and_then(postgres::Error::code)),
            Cause::History(_) => {
                "compare the history table with its expected columns, and find out who else writes \
                 to it"
            }
            Cause::EndedTransaction(_) => {
                "remove BEGIN, COMMIT, ROLLBACK and the like: the file runs in a transaction already"
            }
            Cause::ChangedSchema(_) => {
                "name the history's schema with `Runner::history_schema`, for the next start would \
                 look for it elsewhere, and run everything again"
            }
            Cause::Copy(_) => "give it data, which end with a line `\\.`, or remove it",
            Cause::NameTaken { .. } => {
                "connect to the server itself or through a pooler in session mode, or let PgBouncer \
                 look after prepared statements: its `max_prepared_statements`, from 1.21 on"
            }
            Cause::Lost(_) if self.left == Left::Nothing => {
                "find out who ended the connection, and start again"
            }
            Cause::Lost(_) => "start again: the next run finds out, and goes on from there",
            Cause::Objected(_) => "correct what the hook tells of, and start again",
            Cause::Stopped { .. } | Cause::CannotTell(_) | Cause::InvalidIndex { .. } => {
                "start again"
            }
        }
    }
}

impl Left {
    /// Whether to try again is safe; where statements run one by one, what the last one has left is
    /// looked for before.
    pub(crate) fn may_be_tried_again(self) -> bool {
        !matches!(self, Self::Part | Self::Unknown)
    }
}

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "rolled back, it left nothing",
            Self::Part => "applied in part: what stands before its own COMMIT is there",
            Self::Unknown => {
                "rolled back, or committed as a whole just before the connection was lost"
            }
            Self::Statements { done, last } => return fmt_statements(*done, *last, f),
            Self::Batches { rows } => {
                return write!(f, "{rows} rows are changed and stay, the last batch left nothing");
            }
        })
    }
}

fn fmt_statements(done: usize, last: LeftOfStatement, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match done {
        0 => Ok(()),
        1 => f.write_str("statement 1 is done and stays; "),
        _ => write!(f, "statements 1 to {done} are done and stay; "),
    }?;
    write!(f, "statement {} ", done + 1)?;
    f.write_str(match last {
        LeftOfStatement::Nothing => "left nothing",
        LeftOfStatement::ForNextRun => {
            "may be done or have left something, which the next start finds"
        }
        LeftOfStatement::Unclear => {
            "failed, and will be run again; whether it left something, no catalog tells"
        }
        LeftOfStatement::ForPeople => "may have committed something, which no catalog tells",
    })
}

fn server_details(error: &DbError) -> impl Iterator<Item = (&'static str, String)> {
    let query = match error.position() {
        Some(ErrorPosition::Internal { query, .. }) => Some(query.as_str()),
        _ => None,
    };
    let fields = [
        ("detail", error.detail()),
        ("hint", error.hint()),
        ("in query", query),
        ("context", error.where_()),
    ];
    fields.into_iter().filter_map(|(label, text)| Some((label, text?.replace('\n', "\n    "))))
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_headline(f)?;
        if let Some(place) = self.cause.place() {
            write!(f, "\n{}", place.excerpt())?;
        }
        let server = self.error().and_then(postgres::Error::as_db_error);
        for (label, text) in server.into_iter().flat_map(server_details) {
            write!(f, "\n  = {label}: {text}")?;
        }
        self.fmt_how_far(f)?;
        write!(f, "\n  = next: {}", self.next())
    }
}

impl Failure {
    fn fmt_headline(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.migration.kind() == Kind::Down { "revert with" } else { "apply" };
        write!(f, "cannot {what} {}", self.migration.path())?;
        if let Some((line, column)) = self.position() {
            write!(f, ":{line}:{column}")?;
        }
        match &self.cause {
            Cause::Refused { message, error, .. } => {
                let code = error.code().map_or("none", SqlState::code);
                write!(f, ": {message} (SQLSTATE {code})")
            }
            Cause::History(error) => {
                write!(f, ": its history row could not be written: {}", Server(error))?;
                write!(f, "\n  = expected columns: {COLUMNS}")
            }
            Cause::EndedTransaction(_) => {
                f.write_str(": the file ended the transaction that it runs in")
            }
            Cause::ChangedSchema(_) => {
                f.write_str(": the file changes what current_schema() names")
            }
            Cause::Copy(error) => {
                write!(
                    f,
                    ": COPY needs data that the file does not hold, or has some for the client: {error}"
                )
            }
            Cause::NameTaken { error, .. } => write!(
                f,
                ": COPY is sent as a prepared statement, and another client of a pooler has left one of \
                 the same name in the connection: {}",
                Server(error)
            ),
            Cause::Lost(error) => write!(f, ": the connection was lost: {}", Server(error)),
            Cause::Stopped { .. } => f.write_str(": stopped, as its stop handle was told"),
            Cause::Objected(Objection { hook, error }) => match self.error() {
                Some(error) => write!(f, ": the hook `{hook}` failed: {}", Server(error)),
                None => write!(f, ": the hook `{hook}` failed: {error}"),
            },
            Cause::CannotTell(_) => f.write_str(
                ": an earlier run was lost while this statement may have been running, and the \
                 catalog cannot tell whether it is done",
            ),
            Cause::InvalidIndex { name, .. } => write!(
                f,
                ": there is an INVALID index {name}, which a build has left that was none of this \
                 migration"
            ),
        }
    }

    fn fmt_how_far(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let HowFar { applied, rolled_back, not_tried, retries, blocker } = &self.how_far;
        if *retries > 0 {
            write!(f, "\n  = tried: {} times", retries + 1)?;
        }
        if let Some(blocker) = blocker.as_ref().filter(|_| self.cause.is_passing()) {
            write!(f, "\n  = blocked by: {blocker}")?;
        }
        write!(f, "\n  = this migration: {}", self.left)?;
        if !rolled_back.is_empty() {
            write!(f, "\n  = rolled back with it: {}", Names(rolled_back))?;
        }
        let done = self.migration.kind().what_was_done();
        write!(f, "\n  = {done} before it in this run: {}", Names(applied))?;
        write!(f, "\n  = not tried: {}", Names(not_tried))
    }
}

/// A list that stays readable when it is long.
pub(crate) struct Names<'a>(pub(crate) &'a [&'static str]);

impl fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [] => f.write_str("none"),
            names if names.len() <= 5 => f.write_str(&names.join(", ")),
            [first, .., last] => write!(f, "{} files, {first} to {last}", self.0.len()),
            [only] => f.write_str(only),
        }
    }
}
