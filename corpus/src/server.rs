//! What a real server's grammar says about a text, without running any of it.
//!
//! The text is sent to be prepared in a transaction that has failed. The server parses all of it,
//! then refuses more than one statement, then refuses that one because the transaction has failed
//! (`exec_parse_message` in `src/backend/tcop/postgres.c`): it gets neither to analysis, which would
//! need the tables, nor to execution.

use postgres::error::{DbError, ErrorPosition, SqlState};
use postgres::{Client, NoTls};

const SEVERAL: &str = "cannot insert multiple commands into a prepared statement";

/// A session whose transaction has failed.
pub(crate) struct Server {
    client: Client,
    pub(crate) version: String,
}

/// What the server says about a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// At most one statement.
    One,
    Several,
    Refused(Refusal),
}

/// The first error in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// In bytes; some errors have no place.
    pub(crate) offset: Option<usize>,
    pub(crate) message: String,
}

impl Server {
    pub(crate) fn connect(url: &str) -> Result<Self, postgres::Error> {
        let mut client = Client::connect(url, NoTls)?;
        let version = client.query_one("SHOW server_version", &[])?.get(0);
        client.batch_execute("BEGIN")?;
        // The error is what this is for.
        let _ = client.batch_execute("SELECT 1 / 0");
        Ok(Self { client, version })
    }

    pub(crate) fn verdict(&mut self, text: &str) -> Result<Verdict, postgres::Error> {
        match self.client.prepare(text) {
            // Only what ends a failed transaction can be prepared in it, and what is empty.
            Ok(_) => Ok(Verdict::One),
            Err(error) => match error.as_db_error() {
                Some(answer) => Ok(verdict(text, answer)),
                None => Err(error),
            },
        }
    }

    /// Whether there is no statement in a text.
    pub(crate) fn is_empty(&mut self, text: &str) -> Result<bool, postgres::Error> {
        // Behind another statement this one would be refused as the second.
        Ok(self.verdict(&format!("{text}\n;SELECT 1"))? == Verdict::One)
    }
}

fn verdict(text: &str, answer: &DbError) -> Verdict {
    if *answer.code() == SqlState::IN_FAILED_SQL_TRANSACTION {
        Verdict::One
    } else if answer.message() == SEVERAL {
        Verdict::Several
    } else {
        Verdict::Refused(Refusal {
            offset: offset(text, answer),
            message: answer.message().to_owned(),
        })
    }
}

/// The server counts characters from 1.
fn offset(text: &str, answer: &DbError) -> Option<usize> {
    let Some(ErrorPosition::Original(position)) = answer.position() else {
        return None;
    };
    let characters = usize::try_from(*position).ok()?.checked_sub(1)?;
    Some(text.char_indices().nth(characters).map_or(text.len(), |(offset, _)| offset))
}

#[cfg(test)]
mod tests {
    use super::{Refusal, Server, Verdict};
    use local_postgres::TemporaryServer;

    #[test]
    fn tells_what_the_grammar_says_and_runs_nothing() {
        let temporary = TemporaryServer::start().unwrap();
        let mut server = Server::connect(&temporary.url("postgres")).unwrap();
        let refused = |offset, message: &str| {
            Verdict::Refused(Refusal { offset: Some(offset), message: message.into() })
        };
        for (text, expected) in [
            ("", Verdict::One),
            ("SELECT nothing FROM nowhere;; -- a", Verdict::One),
            ("CREATE TABLE t (a int)", Verdict::One),
            ("COMMIT", Verdict::One),
            ("COMMIT; CREATE TABLE t (a int)", Verdict::Several),
            ("SELECT 'é' ) ; COMMIT", refused(12, "syntax error at or near \")\"")),
            ("SELECT 'é", refused(7, "unterminated quoted string at or near \"'é\"")),
            ("SELECT (", refused(8, "syntax error at end of input")),
            ("SELECT 1", Verdict::One),
        ] {
            assert_eq!(server.verdict(text).unwrap(), expected, "{text}");
        }
        for (text, expected) in [(" ;; -- a", true), ("COMMIT", false), ("/*", false)] {
            assert_eq!(server.is_empty(text).unwrap(), expected, "{text}");
        }
    }
}
