//! Why a migration failed: whose statement it was, and where in the file.

use std::error::Error;
use std::io;
use std::ops::Range;

use postgres::error::{DbError, ErrorPosition, SqlState};

use crate::excerpt::Excerpt;
use crate::history::{CHANGED_SCHEMA, ENDED_TRANSACTION, ROW_IS_GONE, Table};
use crate::hooks::Objection;
use crate::parts::Part;

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
    /// The name under which the client prepares a `COPY` is taken, in this connection to the server.
    NameTaken { error: postgres::Error, place: Place },
    /// The connection is gone, before the answer to COMMIT came.
    Lost(postgres::Error),
    /// The run was told to stop; and what the server said when it was cancelled, and where.
    Stopped { error: Option<postgres::Error>, place: Option<Place> },
    /// A statement may have run when its runner was lost, and the catalog cannot tell.
    CannotTell(Place),
    /// A hook did not want to go on.
    Objected(Objection),
    /// An index of the name is there which some other build has left INVALID.
    InvalidIndex { name: String, place: Place },
}

/// Where in the file.
#[derive(Debug)]
pub(crate) enum Place {
    Inside(Excerpt),
    /// The server read on behind the end of the file.
    BehindEnd(Excerpt),
}

/// What was sent: a part of a file, and statements of ours around it.
#[derive(Clone, Debug)]
pub(crate) struct Sent<'a> {
    pub(crate) prefix: &'a str,
    pub(crate) file: &'a str,
    pub(crate) part: Part,
    pub(crate) suffix: &'a str,
    /// Whether the server counts positions in bytes.
    pub(crate) in_bytes: bool,
}

impl Cause {
    /// Takes an error of the server apart.
    pub(crate) fn new(error: postgres::Error, sent: &Sent<'_>, table: &Table) -> Self {
        let Some(server) = error.as_db_error() else { return Self::Copy(error) };
        let place = position(server)
            .map(|at| sent.place(at))
            .or_else(|| sent.place_in_data(server.where_()?).map(Some));
        if sent.part.data.is_some() && *server.code() == SqlState::DUPLICATE_PSTATEMENT {
            let place = Place::at(sent.file, sent.part.sql.start);
            return Self::NameTaken { error, place };
        }
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
                    Self::Refused {
                        message: message(server.message(), place.as_ref(), sent),
                        error,
                        place,
                    }
                }
            }
        }
    }

    /// An error of what completes or removes something half done.
    pub(crate) fn of_repair(error: postgres::Error, sql: &str, place: Place) -> Self {
        let message = match error.as_db_error() {
            Some(server) => format!("{}, in `{sql}`", server.message()),
            None => format!("{error}, in `{sql}`"),
        };
        Self::Refused { error, message, place: Some(place) }
    }

    /// An error of what is checked at COMMIT.
    pub(crate) fn at_commit(error: postgres::Error) -> Self {
        match error.as_db_error().map(|server| server.message().to_owned()) {
            Some(message) => Self::Refused { error, message, place: None },
            None => Self::lost(error),
        }
    }

    /// Told to stop, between two messages.
    pub(crate) const STOPPED: Self = Self::Stopped { error: None, place: None };

    /// The client answers what it does not understand with an error of its own, and the server ends
    /// the session at the next message, as it waits for data.
    pub(crate) fn lost(error: postgres::Error) -> Self {
        let is_of_client = error.as_db_error().is_none() && !error.is_closed() && !is_io(&error);
        if is_of_client { Self::Copy(error) } else { Self::Lost(error) }
    }

    /// Told to stop, the server says that it was cancelled; or somebody was in the way at that moment,
    /// who would else be waited for.
    pub(crate) fn or_stopped(self, is_stopped: bool) -> Self {
        let is_passing = self.is_passing();
        match self {
            Self::Refused { error, place, .. }
                if is_stopped
                    && (is_passing || error.code() == Some(&SqlState::QUERY_CANCELED)) =>
            {
                Self::Stopped { error: Some(error), place }
            }
            cause => cause,
        }
    }

    /// Where the server does not say where in a statement, its beginning is.
    pub(crate) fn or_at(self, file: &str, statement: &Range<usize>) -> Self {
        match self {
            Self::Refused { error, message, place: None } => {
                let place = Some(Place::at(file, statement.start));
                Self::Refused { error, message, place }
            }
            cause => cause,
        }
    }

    pub(crate) fn error(&self) -> Option<&postgres::Error> {
        match self {
            Self::Refused { error, .. }
            | Self::NameTaken { error, .. }
            | Self::History(error)
            | Self::EndedTransaction(error)
            | Self::ChangedSchema(error)
            | Self::Copy(error)
            | Self::Lost(error) => Some(error),
            Self::Stopped { error, .. } => error.as_ref(),
            Self::Objected(objection) => objection.of_server(),
            Self::CannotTell(_) | Self::InvalidIndex { .. } => None,
        }
    }

    pub(crate) fn place(&self) -> Option<&Place> {
        match self {
            Self::Refused { place, .. } | Self::Stopped { place, .. } => place.as_ref(),
            Self::NameTaken { place, .. }
            | Self::CannotTell(place)
            | Self::InvalidIndex { place, .. } => Some(place),
            _ => None,
        }
    }

    /// Whether somebody else was in the way. See "PostgreSQL Error Codes" (appendix A) in
    /// PostgreSQL's manual.
    pub(crate) fn is_passing(&self) -> bool {
        let Some(code) = self.error().and_then(postgres::Error::code) else { return false };
        match self {
            Self::Refused { .. } | Self::Objected(_) => [
                SqlState::LOCK_NOT_AVAILABLE,
                SqlState::T_R_DEADLOCK_DETECTED,
                SqlState::T_R_SERIALIZATION_FAILURE,
            ]
            .contains(code),
            // The next connection may be without it, and this one is ended with its session.
            Self::NameTaken { .. } => true,
            // Another runner wrote the row without the lock; or the table is locked.
            Self::History(_) => {
                [SqlState::UNIQUE_VIOLATION, SqlState::LOCK_NOT_AVAILABLE].contains(code)
            }
            _ => false,
        }
    }
}

impl Place {
    /// The place so many bytes into a file.
    pub(crate) fn at(file: &str, offset: usize) -> Self {
        Self::Inside(Excerpt::new(file, offset))
    }

    pub(crate) fn excerpt(&self) -> &Excerpt {
        match self {
            Self::Inside(excerpt) | Self::BehindEnd(excerpt) => excerpt,
        }
    }
}

/// Where the character of this number begins, or the end. (`char_indices` would count them one by one.)
fn byte(text: &str, number: usize) -> usize {
    let mut rest = text.chars();
    if let Some(before) = number.checked_sub(1) {
        rest.nth(before);
    }
    text.len() - rest.as_str().len()
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
    pub(crate) fn place(&self, at: usize) -> Option<Place> {
        let Range { start, end } = self.part.sql;
        let sql = self.file.get(start..end)?;
        let offset = if self.in_bytes {
            at.checked_sub(self.prefix.len())?
        } else {
            byte(sql, at.checked_sub(self.prefix.chars().count())?)
        };
        Some(if offset < sql.len() {
            Place::at(self.file, start + offset)
        } else {
            Place::BehindEnd(Excerpt::new(self.file[..end].trim_end(), usize::MAX))
        })
    }

    /// The part of a message that ends where the file does, if it quotes the file up to its end.
    fn quoted_to_the_end<'m>(&self, message: &'m str) -> Option<&'m str> {
        if !self.suffix.is_empty() {
            return message.split_once(self.suffix).map(|(quoted, _)| quoted);
        }
        let sql = self.file.get(self.part.sql.clone())?;
        let tail = sql.char_indices().rev().nth(LENGTH).map(|(start, _)| &sql[start..])?;
        message.find(tail).map(|at| &message[..at + tail.len()])
    }

    /// The line of the data that a `COPY` stumbled over, which the server names in the context of
    /// the error, after the table: `COPY bets, line 3, column odds: "x"`.
    pub(crate) fn place_in_data(&self, context: &str) -> Option<Place> {
        let data = self.part.data.clone()?.place;
        let (_, line) = context.strip_prefix("COPY ")?.split_once(", line ")?;
        let digits = line.split(|char: char| !char.is_ascii_digit()).next()?;
        let before = digits.parse::<usize>().ok()?.checked_sub(1)?;
        let lines = self.file.get(data.clone())?.split_inclusive('\n').take(before);
        Some(Place::at(self.file, data.start + lines.map(str::len).sum::<usize>()))
    }
}

/// How many characters of a message are told that quotes all of the rest.
const LENGTH: usize = 100;

/// The server's message, without what it quotes of ours, or of megabytes: it quotes an unterminated
/// string or comment up to the end of what was sent.
pub(crate) fn message(message: &str, place: Option<&Place>, sent: &Sent<'_>) -> String {
    if let Some(Place::BehindEnd(_)) = place {
        return "the file ends inside of a statement, a string, a name or a comment".into();
    }
    let Some(quoted) = sent.quoted_to_the_end(message) else { return message.into() };
    let line = quoted.lines().next().unwrap_or_default();
    match line.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("{}…\"", &line[..end]),
        None => format!("{line}\""),
    }
}
