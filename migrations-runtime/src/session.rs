//! A pooled connection, and the promise that it goes back to the pool as it came or not at all.

use std::io::{self, Write as _};
use std::ops::DerefMut;
use std::time::Duration;

use postgres::error::{DbError, Severity};
use postgres::{CancelToken, Client, SimpleQueryMessage, SimpleQueryRow};
use r2d2::{ManageConnection, Pool};

use crate::observer::TARGET;

/// Where connections come from: a pool, whatever its manager.
pub(crate) trait Connections: Sync {
    /// How long to wait for one, where nothing else is said.
    fn patience(&self) -> Duration;
    fn get_within(&self, patience: Duration) -> Result<Connection, r2d2::Error>;
    /// How many there are at most.
    fn size(&self) -> u32;
}

pub(crate) type Connection = Box<dyn DerefMut<Target = Client> + Send>;

impl<M: ManageConnection<Connection = Client>> Connections for Pool<M> {
    fn patience(&self) -> Duration {
        self.connection_timeout()
    }

    fn get_within(&self, patience: Duration) -> Result<Connection, r2d2::Error> {
        Ok(Box::new(self.get_timeout(patience)?))
    }

    fn size(&self) -> u32 {
        self.max_size()
    }
}

/// A connection that is given back to its pool on drop, outside of a transaction. One in which files
/// have run is ended instead: settings could be restored, but nobody lists all that a session holds.
pub(crate) struct Session {
    client: Connection,
    in_transaction: bool,
    has_run_files: bool,
    over: Option<Over>,
}

/// Why a session is over, before the client shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Over {
    /// The server has ended it, with a fatal error.
    Ended,
    /// The client has asked for one answer more than comes, and gives the connection up.
    GivenUp,
}

impl Session {
    pub(crate) fn open_within(
        connections: &dyn Connections,
        patience: Duration,
    ) -> Result<Self, r2d2::Error> {
        connections.get_within(patience).map(Self::new)
    }

    fn new(client: Connection) -> Self {
        Self { client, in_transaction: false, has_run_files: false, over: None }
    }

    /// Sends one message and returns the rows of all its statements.
    pub(crate) fn query(&mut self, sql: &str) -> Result<Vec<SimpleQueryRow>, postgres::Error> {
        let messages = self.send(sql)?;
        Ok(messages.into_iter().filter_map(row).collect())
    }

    /// Sends one message whose answers are not kept: those to a large file would take as much memory as
    /// the file has statements.
    pub(crate) fn run(&mut self, sql: &str) -> Result<(), postgres::Error> {
        let sent = self.client.batch_execute(sql);
        self.notice(sent)
    }

    /// Sends one message and returns how many rows its last statement has changed.
    pub(crate) fn count(&mut self, sql: &str) -> Result<u64, postgres::Error> {
        self.in_transaction = true;
        let messages = self.send(sql)?;
        Ok(messages.iter().rev().find_map(changed).unwrap_or_default())
    }

    /// Sends a `COPY … FROM STDIN` and its data, a piece at a time.
    pub(crate) fn copy(&mut self, sql: &str, data: &str) -> Result<(), postgres::Error> {
        let copied = self.write(sql, data);
        self.notice(copied)
    }

    fn write(&mut self, sql: &str, data: &str) -> Result<(), postgres::Error> {
        const PIECE: usize = 64 * 1024;
        let mut writer = match self.client.copy_in(sql) {
            Ok(writer) => writer,
            Err(error) => {
                self.over = Some(Over::GivenUp);
                return Err(error);
            }
        };
        let mut pieces = data.as_bytes().chunks(PIECE);
        match pieces.try_for_each(|piece| writer.write_all(piece)) {
            Ok(()) => writer.finish().map(drop),
            Err(error) => {
                // Without an end the server takes back what it has got.
                drop(writer);
                // If the error is not the client's, that of the transaction that has failed is.
                of_client(error).map_or_else(|| self.query("SELECT").map(drop), Err)
            }
        }
    }

    /// What can cancel what the session is doing, from another thread.
    pub(crate) fn cancel_token(&self) -> CancelToken {
        self.client.cancel_token()
    }

    /// Sends a message that begins a transaction, or ends one and begins the next.
    pub(crate) fn begin(&mut self, sql: &str) -> Result<Vec<SimpleQueryRow>, postgres::Error> {
        self.in_transaction = true;
        self.query(sql)
    }

    /// Sends statements as a transaction of their own that is rolled back: what they set is gone.
    pub(crate) fn peek(&mut self, sql: &str) -> Result<Vec<SimpleQueryRow>, postgres::Error> {
        self.finish(&format!("BEGIN; {sql}; ROLLBACK"))
    }

    /// Sends a message that ends the transaction in its last statement.
    pub(crate) fn finish(&mut self, sql: &str) -> Result<Vec<SimpleQueryRow>, postgres::Error> {
        let rows = self.begin(sql)?;
        self.in_transaction = false;
        Ok(rows)
    }

    /// Begins a transaction in place of the one that the session is in, if it is in one.
    pub(crate) fn begin_anew(&mut self, sql: &str) -> Result<Vec<SimpleQueryRow>, postgres::Error> {
        self.begin(&format!("{}{sql}", self.leave_sql()))
    }

    /// Ends the transaction that the session is in, if it is in one. One that the client has given up
    /// may be.
    fn leave_sql(&self) -> &'static str {
        let is_given_up = self.over == Some(Over::GivenUp);
        if self.in_transaction || is_given_up { "ROLLBACK; " } else { "" }
    }

    /// Sends a message that ends the transaction in its first statement.
    pub(crate) fn end(&mut self, sql: &str) -> Result<Vec<SimpleQueryRow>, postgres::Error> {
        self.in_transaction = false;
        self.query(sql)
    }

    /// The connection itself, for the user's own code. What that does may end it.
    pub(crate) fn client(&mut self) -> &mut Client {
        &mut self.client
    }

    /// From here on files run in the session.
    pub(crate) fn will_run_files(&mut self) {
        self.has_run_files = true;
    }

    /// Whether the connection was lost, and with it the knowledge of how the last message ended.
    pub(crate) fn is_lost(&self) -> bool {
        self.over.is_some() || self.client.is_closed()
    }

    /// Whether an error is the server's last word on what was sent, although the connection is gone: the
    /// client gives it up where the server refuses a `COPY` before its data.
    pub(crate) fn has_told(&self, error: &postgres::Error) -> bool {
        self.over == Some(Over::GivenUp) && error.as_db_error().is_some()
    }

    fn send(&mut self, sql: &str) -> Result<Vec<SimpleQueryMessage>, postgres::Error> {
        let sent = self.client.simple_query(sql);
        self.notice(sent)
    }

    /// The server ends the session with a fatal error, which the client notices only afterwards.
    fn notice<T>(&mut self, result: Result<T, postgres::Error>) -> Result<T, postgres::Error> {
        if result.as_ref().is_err_and(is_fatal) {
            self.over = Some(Over::Ended);
        }
        result
    }

    fn roll_back(&mut self) {
        if let Err(error) = self.end("ROLLBACK") {
            log::debug!(target: TARGET, "The session is over: {error}");
            self.notice_end();
        }
    }

    /// Ends the session on the server, so that the pool sees a broken connection and drops it.
    ///
    /// Where a migration ran in a transaction, it is still in one, so that a pooler cannot have given
    /// it to somebody else; and the role that logged in may end it, whatever role it has now.
    fn terminate(&mut self) {
        const END: &str = "RESET SESSION AUTHORIZATION; SET ROLE NONE; \
                           SELECT pg_catalog.pg_terminate_backend(pg_catalog.pg_backend_pid())";
        if self.over == Some(Over::GivenUp) {
            // If the client has not noticed yet, it takes the answer that is left for that to this.
            self.notice_end();
        }
        let _ = self.end(&format!("{}{END}", self.leave_sql()));
        self.notice_end();
        if !self.client.is_closed() {
            log::warn!(target: TARGET, "The session in which migrations ran could not be ended");
            let _ = self.query("DISCARD ALL");
        }
    }

    /// The client notices that the server has closed the connection when it sends the next message;
    /// so does the pool.
    fn notice_end(&mut self) {
        let _ = self.query("");
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if self.has_run_files {
            self.terminate();
        } else if self.in_transaction {
            self.roll_back();
        }
    }
}

fn changed(message: &SimpleQueryMessage) -> Option<u64> {
    match message {
        SimpleQueryMessage::CommandComplete(rows) => Some(*rows),
        _ => None,
    }
}

fn is_fatal(error: &postgres::Error) -> bool {
    let severity = error.as_db_error().and_then(DbError::parsed_severity);
    matches!(severity, Some(Severity::Fatal | Severity::Panic))
}

/// The client's own error within one of its writer.
fn of_client(error: io::Error) -> Option<postgres::Error> {
    error.into_inner()?.downcast().ok().map(|error| *error)
}

fn row(message: SimpleQueryMessage) -> Option<SimpleQueryRow> {
    match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    }
}

/// The value of a column; nothing if it is null or the row has no such column.
pub(crate) fn field<'a>(row: &'a SimpleQueryRow, column: &str) -> Option<&'a str> {
    row.try_get(column).ok().flatten()
}
