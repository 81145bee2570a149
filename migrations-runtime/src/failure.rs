//! A migration that failed, told so that one knows where and what next.

use std::fmt;

use postgres::error::{DbError, ErrorPosition, SqlState};

use crate::error::Server;
use crate::excerpt::Excerpt;
use crate::lock::Holder;
use crate::migration::Migration;

#[derive(Debug)]
pub(crate) struct Failure {
    migration: &'static Migration,
    cause: Cause,
    standing: Standing,
}

/// How far the run had got.
#[derive(Clone, Debug, Default)]
pub(crate) struct Standing {
    /// Applied in this run, before.
    pub(crate) applied: Vec<&'static str>,
    /// Pending behind the one that failed.
    pub(crate) not_tried: Vec<&'static str>,
    /// How often the one that failed was tried again.
    pub(crate) retries: u32,
    /// Who was in its way when it was tried again.
    pub(crate) blocker: Option<Holder>,
}

#[derive(Debug)]
pub(crate) enum Cause {
    /// The server refused a statement, and rolled the migration back.
    Refused { error: postgres::Error, message: String, place: Option<Place> },
    /// Its row was there already: another runner wrote it without the lock.
    Overtaken(postgres::Error),
    /// The connection is gone, before the answer to COMMIT came.
    Lost(postgres::Error),
    /// The client does not understand the server: the file has a `COPY … FROM STDIN`.
    Copy(postgres::Error),
    /// The file ended the transaction in which it was to be recorded.
    EndedTransaction,
}

/// Where in the file.
#[derive(Debug)]
pub(crate) enum Place {
    Inside(Excerpt),
    /// The server read on behind the end of the file.
    BehindEnd(Excerpt),
}

impl Cause {
    /// Takes an error of the server apart. What was sent around the file is not the author's: the
    /// `prefix` is counted off the position, and a message that quotes the `suffix` loses it.
    pub(crate) fn refused(
        error: postgres::Error,
        migration: &Migration,
        (prefix, suffix): (&str, &str),
    ) -> Self {
        let place = position(&error)
            .and_then(|at| at.checked_sub(prefix.chars().count()))
            .map(|offset| Place::new(migration.sql(), offset));
        let is_syntax = error.code() == Some(&SqlState::SYNTAX_ERROR);
        let place = place.filter(|place| is_syntax || matches!(place, Place::Inside(_)));
        let message = match place {
            Some(Place::BehindEnd(_)) => UNFINISHED.into(),
            _ => without_suffix(server_message(&error), suffix),
        };
        Self::Refused { error, message, place }
    }
}

const UNFINISHED: &str = "the file ends inside of a statement, a string, a name or a comment";

fn server_message(error: &postgres::Error) -> String {
    error.as_db_error().map_or_else(|| error.to_string(), |error| error.message().into())
}

/// An unterminated string or comment is quoted by the server up to the end of the message.
fn without_suffix(message: String, suffix: &str) -> String {
    match message.split_once(suffix) {
        Some((quoted, _)) => format!("{}\"", quoted.lines().next().unwrap_or_default()),
        None => message,
    }
}

/// PostgreSQL counts characters, from 1. See `P` in "Error and Notice Message Fields" (55.8).
fn position(error: &postgres::Error) -> Option<usize> {
    match error.as_db_error()?.position()? {
        ErrorPosition::Original(position) => usize::try_from(*position).ok()?.checked_sub(1),
        ErrorPosition::Internal { .. } => None,
    }
}

impl Place {
    fn new(sql: &str, offset: usize) -> Self {
        if sql.chars().nth(offset).is_some() {
            Self::Inside(Excerpt::new(sql, offset))
        } else {
            Self::BehindEnd(Excerpt::new(sql.trim_end(), usize::MAX))
        }
    }

    fn excerpt(&self) -> &Excerpt {
        match self {
            Self::Inside(excerpt) | Self::BehindEnd(excerpt) => excerpt,
        }
    }
}

impl Failure {
    pub(crate) fn new(migration: &'static Migration, cause: Cause, standing: Standing) -> Self {
        Self { migration, cause, standing }
    }

    pub(crate) fn migration(&self) -> &'static Migration {
        self.migration
    }

    pub(crate) fn position(&self) -> Option<(usize, usize)> {
        self.place().map(Place::excerpt).map(|excerpt| (excerpt.line, excerpt.column))
    }

    pub(crate) fn error(&self) -> Option<&postgres::Error> {
        match &self.cause {
            Cause::Refused { error, .. }
            | Cause::Overtaken(error)
            | Cause::Lost(error)
            | Cause::Copy(error) => Some(error),
            Cause::EndedTransaction => None,
        }
    }

    fn place(&self) -> Option<&Place> {
        match &self.cause {
            Cause::Refused { place, .. } => place.as_ref(),
            _ => None,
        }
    }

    fn outcome(&self) -> &'static str {
        match self.cause {
            Cause::Refused { .. } | Cause::Overtaken(_) | Cause::Copy(_) => {
                "rolled back, it left nothing"
            }
            Cause::Lost(_) => {
                "rolled back, or committed as a whole just before the connection was lost"
            }
            Cause::EndedTransaction => {
                "applied in part: what stands before its COMMIT, and after it"
            }
        }
    }

    fn next(&self) -> &'static str {
        match self.cause {
            Cause::Overtaken(_) => "find out who else writes to the history table, and start again",
            Cause::Refused { .. } => self.next_by_code(),
            Cause::Lost(_) => "start again: the next run finds out, and goes on from there",
            Cause::Copy(_) => {
                "write the data as INSERT, or load them with psql after the migration"
            }
            Cause::EndedTransaction => {
                "remove COMMIT, END, ROLLBACK, ABORT and PREPARE TRANSACTION from the file, and \
                 bring the schema and the history row in order by hand"
            }
        }
    }
}

impl Failure {
    fn next_by_code(&self) -> &'static str {
        match self.error().and_then(postgres::Error::code) {
            Some(&SqlState::ACTIVE_SQL_TRANSACTION) => {
                "take the statement out of the file and run it by hand: each migration runs in a \
                 transaction, and this version knows no other way"
            }
            Some(&SqlState::LOCK_NOT_AVAILABLE) => {
                "wait for the transaction that holds the lock, or end it with \
                 `SELECT pg_terminate_backend(pid)`, and start again"
            }
            _ => "correct the cause and start again",
        }
    }
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
        if let Some(place) = self.place() {
            write!(f, "\n{}", place.excerpt())?;
        }
        let error = self.error().and_then(postgres::Error::as_db_error);
        for (label, text) in error.into_iter().flat_map(server_details) {
            write!(f, "\n  = {label}: {text}")?;
        }
        self.fmt_standing(f)?;
        write!(f, "\n  = next: {}", self.next())
    }
}

impl Failure {
    fn fmt_headline(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot apply {}", self.migration.path())?;
        if let Some((line, column)) = self.position() {
            write!(f, ":{line}:{column}")?;
        }
        match &self.cause {
            Cause::Refused { error, message, .. } => {
                let code = error.code().map_or("none", SqlState::code);
                write!(f, ": {message} (SQLSTATE {code})")
            }
            Cause::Overtaken(error) => {
                write!(f, ": its history row was there already: {}", Server(error))
            }
            Cause::Lost(error) => write!(f, ": the connection was lost: {}", Server(error)),
            Cause::Copy(error) => {
                write!(f, ": COPY … FROM STDIN is not supported in a migration: {error}")
            }
            Cause::EndedTransaction => {
                f.write_str(": the file ended the transaction that it runs in")
            }
        }
    }

    fn fmt_standing(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Standing { applied, not_tried, retries, blocker } = &self.standing;
        if *retries > 0 {
            write!(f, "\n  = tried: {} times", retries + 1)?;
        }
        if let Some(blocker) = blocker {
            write!(f, "\n  = blocked by: {blocker}")?;
        }
        write!(f, "\n  = this migration: {}", self.outcome())?;
        write!(f, "\n  = applied before it in this run: {}", Names(applied))?;
        write!(f, "\n  = not tried: {}", Names(not_tried))
    }
}

/// A list that stays readable when it is long.
struct Names<'a>(&'a [&'static str]);

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
