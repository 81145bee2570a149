//! A pooled connection, and the promise that it goes back to the pool as it came or not at all.

use std::ops::DerefMut;
use std::time::Duration;

use postgres::{Client, SimpleQueryMessage, SimpleQueryRow};
use r2d2::{ManageConnection, Pool};

use crate::baseline::{BELONGINGS, Baseline, belongings_sql};
use crate::observer::Progress;

/// Where connections come from: a pool, whatever its manager.
pub(crate) trait Connections: Sync {
    fn get(&self) -> Result<Connection, r2d2::Error>;
    fn get_within(&self, patience: Duration) -> Result<Connection, r2d2::Error>;
}

pub(crate) type Connection = Box<dyn DerefMut<Target = Client>>;

impl<M: ManageConnection<Connection = Client>> Connections for Pool<M> {
    fn get(&self) -> Result<Connection, r2d2::Error> {
        Ok(Box::new(Self::get(self)?))
    }

    fn get_within(&self, patience: Duration) -> Result<Connection, r2d2::Error> {
        Ok(Box::new(self.get_timeout(patience)?))
    }
}

/// A connection that is rolled back, checked and given back to its pool on drop.
pub(crate) struct Session {
    client: Connection,
    in_transaction: bool,
    /// The server's process for the session and its belongings, once a file may run in it.
    before: Option<(String, String)>,
    is_spoiled: bool,
}

impl Session {
    pub(crate) fn open(connections: &dyn Connections) -> Result<Self, r2d2::Error> {
        connections.get().map(Self::new)
    }

    pub(crate) fn open_within(
        connections: &dyn Connections,
        patience: Duration,
    ) -> Result<Self, r2d2::Error> {
        connections.get_within(patience).map(Self::new)
    }

    fn new(client: Connection) -> Self {
        Self { client, in_transaction: false, before: None, is_spoiled: false }
    }

    /// Sends one message and returns the rows of all its statements.
    pub(crate) fn query(&mut self, sql: &str) -> Result<Vec<SimpleQueryRow>, postgres::Error> {
        let messages = self.client.simple_query(sql)?;
        Ok(messages.into_iter().filter_map(row).collect())
    }

    /// Sends a message that begins a transaction, or ends one and begins the next.
    pub(crate) fn begin(&mut self, sql: &str) -> Result<Vec<SimpleQueryRow>, postgres::Error> {
        self.in_transaction = true;
        self.query(sql)
    }

    /// Sends a message that ends the transaction in its first statement.
    pub(crate) fn end(&mut self, sql: &str) -> Result<Vec<SimpleQueryRow>, postgres::Error> {
        self.in_transaction = false;
        self.query(sql)
    }

    /// From here on, what a file leaves in the session is told from what had been there.
    pub(crate) fn remember(&mut self, baseline: &Baseline) {
        self.before = Some((baseline.pid.clone(), baseline.belongings.clone()));
    }

    /// The last message ended the transaction and asked for the session's belongings.
    pub(crate) fn has_ended(&mut self, rows: &[SimpleQueryRow]) {
        self.in_transaction = false;
        let belongings = rows.iter().find_map(|row| field(row, BELONGINGS));
        let before = self.before.as_ref().map(|(_, belongings)| belongings.as_str());
        self.is_spoiled |= belongings != before;
    }

    /// Something that cannot be restored may have been set in the session.
    pub(crate) fn spoil(&mut self) {
        self.is_spoiled = true;
    }

    /// Whether the connection was lost, and with it the knowledge of how the last message ended.
    pub(crate) fn is_lost(&self) -> bool {
        self.client.is_closed()
    }

    fn clean_up(&mut self) -> Result<(), postgres::Error> {
        if self.in_transaction && self.before.is_some() {
            let rows = self.query(&format!("ROLLBACK; {}", belongings_sql(0)))?;
            self.has_ended(&rows);
        } else if self.in_transaction {
            self.end("ROLLBACK")?;
        }
        self.discard_if_spoiled()
    }

    /// Ends the session on the server, so that the pool sees a broken connection and drops it. It is
    /// named by its process, for behind a pooler this message may go to another one.
    fn discard_if_spoiled(&mut self) -> Result<(), postgres::Error> {
        let Some((pid, _)) = self.before.take().filter(|_| self.is_spoiled) else { return Ok(()) };
        Progress::discarding();
        self.query(&format!("SELECT pg_catalog.pg_terminate_backend({pid})")).map(drop)
    }
}

impl Drop for Session {
    /// An error here means that the session is over. The client notices that it is closed, and so
    /// does the pool, when it sends the next message.
    fn drop(&mut self) {
        if let Err(error) = self.clean_up() {
            log::debug!("the session is over: {error}");
            let _ = self.query("");
        }
    }
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
