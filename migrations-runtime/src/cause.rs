//! Why a migration failed: whose statement it was, and where in the file.

use std::error::Error;
use std::io;

use postgres::error::{DbError, ErrorPosition, SqlState};

use crate::excerpt::Excerpt;
use crate::history::{CHANGED_SCHEMA, ENDED_TRANSACTION, ROW_IS_GONE, Table};

#[derive(Debug)]
pub(crate) enum Cause {
    /// The server refused a statement of the file.
    Refused { error: postgres::Error, message: String, place: Option<Place> },
    /// The server refused a statement of ours.
    History(postgres::Error),
    /// The file ended the transaction in which it was to be recorded.
    EndedTransaction(postgres::Error),
    /// After the file, `current_schema()` would name another place for the history.
    ChangedSchema(postgres::Error),
    /// The client does not understand the server: the file has a `COPY` from or to the client.
    Copy(postgres::Error),
    /// The connection is gone, before the answer to COMMIT came.
    Lost(postgres::Error),
}

/// Where in the file.
#[derive(Debug)]
pub(crate) enum Place {
    Inside(Excerpt),
    /// The server read on behind the end of the file.
    BehindEnd(Excerpt),
}

/// What was sent: a file, and statements of ours around it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sent<'a> {
    pub(crate) prefix: &'a str,
    pub(crate) file: &'a str,
    pub(crate) suffix: &'a str,
    /// Whether the server counts positions in bytes.
    pub(crate) in_bytes: bool,
}

impl Cause {
    /// Takes an error of the server apart.
    pub(crate) fn new(error: postgres::Error, sent: Sent<'_>, table: &Table) -> Self {
        let Some(server) = error.as_db_error() else { return Self::Copy(error) };
        let place = position(server).map(|at| sent.place(at));
        let is_syntax = *server.code() == SqlState::SYNTAX_ERROR;
        let is_raised = |mark| {
            *server.code() == SqlState::INVALID_TEXT_REPRESENTATION
                && server.message().contains(mark)
        };
        if is_raised(ENDED_TRANSACTION) {
            Self::EndedTransaction(error)
        } else if is_raised(ROW_IS_GONE) {
            Self::History(error)
        } else if is_raised(CHANGED_SCHEMA) {
            Self::ChangedSchema(error)
        } else if table.is_named(server.schema(), server.table()) {
            Self::History(error)
        } else {
            match place {
                Some(Some(Place::BehindEnd(_))) if !is_syntax => Self::History(error),
                Some(None) => Self::History(error),
                place => {
                    let place = place.flatten();
                    Self::Refused { message: message(server, place.as_ref(), sent), error, place }
                }
            }
        }
    }

    /// The client answers what it does not understand with an error of its own, and the server ends
    /// the session at the next message, as it waits for data.
    pub(crate) fn lost(error: postgres::Error) -> Self {
        let is_of_client = error.as_db_error().is_none() && !error.is_closed() && !is_io(&error);
        if is_of_client { Self::Copy(error) } else { Self::Lost(error) }
    }

    pub(crate) fn error(&self) -> &postgres::Error {
        match self {
            Self::Refused { error, .. }
            | Self::History(error)
            | Self::EndedTransaction(error)
            | Self::ChangedSchema(error)
            | Self::Copy(error)
            | Self::Lost(error) => error,
        }
    }

    pub(crate) fn place(&self) -> Option<&Place> {
        match self {
            Self::Refused { place, .. } => place.as_ref(),
            _ => None,
        }
    }

    /// Whether somebody else was in the way. See "PostgreSQL Error Codes" (appendix A) in
    /// PostgreSQL's manual.
    pub(crate) fn is_passing(&self) -> bool {
        let Some(code) = self.error().code() else { return false };
        match self {
            Self::Refused { .. } => [
                SqlState::LOCK_NOT_AVAILABLE,
                SqlState::T_R_DEADLOCK_DETECTED,
                SqlState::T_R_SERIALIZATION_FAILURE,
            ]
            .contains(code),
            // Another runner wrote the row without the lock; or the table is locked.
            Self::History(_) => {
                [SqlState::UNIQUE_VIOLATION, SqlState::LOCK_NOT_AVAILABLE].contains(code)
            }
            _ => false,
        }
    }
}

impl Place {
    pub(crate) fn excerpt(&self) -> &Excerpt {
        match self {
            Self::Inside(excerpt) | Self::BehindEnd(excerpt) => excerpt,
        }
    }
}

fn is_io(error: &postgres::Error) -> bool {
    error.source().is_some_and(<dyn Error>::is::<io::Error>)
}

/// PostgreSQL counts from 1. See `P` in "Error and Notice Message Fields" (55.8) in its manual.
fn position(error: &DbError) -> Option<usize> {
    match error.position()? {
        ErrorPosition::Original(position) => usize::try_from(*position).ok()?.checked_sub(1),
        ErrorPosition::Internal { .. } => None,
    }
}

impl Sent<'_> {
    /// The place in the file; nothing if it is in front of it.
    fn place(self, at: usize) -> Option<Place> {
        let offset = if self.in_bytes {
            let offset = at.checked_sub(self.prefix.len())?;
            self.file.char_indices().take_while(|(begin, _)| *begin < offset).count()
        } else {
            at.checked_sub(self.prefix.chars().count())?
        };
        Some(if self.file.chars().nth(offset).is_some() {
            Place::Inside(Excerpt::new(self.file, offset))
        } else {
            Place::BehindEnd(Excerpt::new(self.file.trim_end(), usize::MAX))
        })
    }
}

/// The server's message, without what it quotes of ours: it quotes an unterminated string or comment
/// up to the end of what was sent.
fn message(error: &DbError, place: Option<&Place>, sent: Sent<'_>) -> String {
    const LENGTH: usize = 100;
    if let Some(Place::BehindEnd(_)) = place {
        return "the file ends inside of a statement, a string, a name or a comment".into();
    }
    let Some((quoted, _)) = error.message().split_once(sent.suffix) else {
        return error.message().into();
    };
    let line = quoted.lines().next().unwrap_or_default();
    match line.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("{}…\"", &line[..end]),
        None => format!("{line}\""),
    }
}
