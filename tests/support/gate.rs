use postgres::Client;

use crate::database::{TestDatabase, eventually};

/// Closes the gate at which some fixtures wait: an advisory lock, until it is opened or dropped.
pub struct Gate(Client);

impl Gate {
    /// Closes it in this database.
    #[must_use]
    pub fn close(database: &TestDatabase) -> Self {
        let mut keeper = database.client();
        keeper.batch_execute("SELECT pg_advisory_lock(4711)").unwrap();
        Self(keeper)
    }

    /// Opens it.
    pub fn open(&mut self) {
        self.0.batch_execute("SELECT pg_advisory_unlock(4711)").unwrap();
    }

    /// Closes it behind whoever has passed, once that one has gone on.
    pub fn close_again(&mut self) {
        self.0.batch_execute("SELECT pg_advisory_lock(4711)").unwrap();
    }

    /// Returns when one migration waits at it.
    pub fn wait_until_reached(&mut self) {
        eventually("a migration is at the gate", || self.count("pid") == 1);
    }

    /// How many wait at it.
    pub fn waiting(&mut self) -> i64 {
        self.count("pid")
    }

    /// Cancels the statements that wait at it, and returns how many.
    pub fn cancel(&mut self) -> i64 {
        self.count("pg_cancel_backend(pid)")
    }

    /// Ends the sessions that wait at it, and returns how many.
    pub fn terminate(&mut self) -> i64 {
        self.count("pg_terminate_backend(pid)")
    }

    /// The view shows the locks of all databases, and so of all tests.
    fn count(&mut self, what: &str) -> i64 {
        let sql = format!(
            "SELECT count({what}) FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711 \
             AND NOT granted \
             AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        );
        self.0.query_one(&sql, &[]).unwrap().get(0)
    }
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Gate")
    }
}
