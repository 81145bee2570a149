//! A pooled connection, and the promise that it goes back to the pool as it came or not at all.

use std::fmt::Write as _;
use std::ops::DerefMut;

use postgres::{Client, SimpleQueryMessage, SimpleQueryRow};
use r2d2::{ManageConnection, Pool};

use crate::observer::Progress;
use crate::sql::{identifier, literal, literal_behind_file};

/// Where connections come from: a pool, whatever its manager.
pub(crate) trait Connections: Sync {
    fn get(&self) -> Result<Box<dyn DerefMut<Target = Client>>, r2d2::Error>;
}

impl<M: ManageConnection<Connection = Client>> Connections for Pool<M> {
    fn get(&self) -> Result<Box<dyn DerefMut<Target = Client>>, r2d2::Error> {
        Ok(Box::new(Self::get(self)?))
    }
}

/// A connection that is rolled back, checked and given back to its pool on drop.
pub(crate) struct Session {
    client: Box<dyn DerefMut<Target = Client>>,
    in_transaction: bool,
    belongings: Option<String>,
    is_spoiled: bool,
}

/// What the session was like before the first file ran on it: what the pool's customizer had set.
#[derive(Debug, Default)]
pub(crate) struct Baseline {
    session_user: String,
    role: String,
    settings: Vec<(String, String)>,
    belongings: String,
}

impl Session {
    pub(crate) fn open(connections: &dyn Connections) -> Result<Self, r2d2::Error> {
        Ok(Self {
            client: connections.get()?,
            in_transaction: false,
            belongings: None,
            is_spoiled: false,
        })
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

    /// The last message ended the transaction, as its last statement.
    pub(crate) fn has_ended(&mut self) {
        self.in_transaction = false;
    }

    /// From here on, what a file leaves in the session is told from what had been there.
    pub(crate) fn remember(&mut self, baseline: &Baseline) {
        self.belongings = Some(baseline.belongings.clone());
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
        if self.in_transaction {
            self.end("ROLLBACK")?;
        }
        if self.is_spoiled || self.has_new_belongings()? {
            self.discard();
        }
        Ok(())
    }

    fn has_new_belongings(&mut self) -> Result<bool, postgres::Error> {
        let Some(belongings) = self.belongings.take() else { return Ok(false) };
        let rows = self.query(&belongings_sql(0))?;
        Ok(rows.iter().any(|row| field(row, "belongings") != Some(&belongings)))
    }

    /// Ends the session on the server, so that the pool sees a broken connection and drops it.
    fn discard(&mut self) {
        Progress::discarding();
        // The server answers with the error that the session was terminated.
        let _ = self.query("SELECT pg_catalog.pg_terminate_backend(pg_catalog.pg_backend_pid())");
        let _ = self.query("");
    }
}

impl Drop for Session {
    /// An error here means that the connection is gone, which the pool finds out by itself.
    fn drop(&mut self) {
        if let Err(error) = self.clean_up() {
            log::debug!("the connection could not be cleaned up: {error}");
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

/// Counts what a session owns besides its settings: temporary tables, prepared statements, cursors,
/// channels that it listens to, and advisory locks but for `own_locks`.
fn belongings_sql(own_locks: u8) -> String {
    format!(
        "SELECT pg_catalog.concat_ws(',', \
         (SELECT pg_catalog.count(*) FROM pg_catalog.pg_class \
          WHERE relnamespace OPERATOR(pg_catalog.=) pg_catalog.pg_my_temp_schema()), \
         (SELECT pg_catalog.count(*) FROM pg_catalog.pg_prepared_statements), \
         (SELECT pg_catalog.count(*) FROM pg_catalog.pg_cursors), \
         (SELECT pg_catalog.count(*) FROM pg_catalog.pg_listening_channels()), \
         (SELECT pg_catalog.count(*) OPERATOR(pg_catalog.-) {own_locks} FROM pg_catalog.pg_locks \
          WHERE locktype OPERATOR(pg_catalog.=) 'advisory' \
          AND pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid())) AS belongings"
    )
}

/// The settings that name the transaction's own characteristics, which end with it.
fn transaction_settings(quote: fn(&str) -> String) -> String {
    ["isolation", "read_only", "deferrable"].map(|n| quote(&format!("transaction_{n}"))).join(", ")
}

impl Baseline {
    /// Reads the baseline, in the transaction that holds the run's lock.
    pub(crate) fn sql() -> String {
        format!(
            "SELECT session_user AS session_user, pg_catalog.current_setting('role') AS role; {}; \
             SELECT name AS setting_name, setting FROM pg_catalog.pg_settings \
             WHERE source OPERATOR(pg_catalog.=) 'session' \
             AND name OPERATOR(pg_catalog.<>) ALL (ARRAY[{}])",
            belongings_sql(1),
            transaction_settings(literal),
        )
    }

    pub(crate) fn read(rows: &[SimpleQueryRow]) -> Self {
        let find = |column| rows.iter().find_map(|row| field(row, column)).unwrap_or_default();
        let setting =
            |row| Some((field(row, "setting_name")?.into(), field(row, "setting")?.into()));
        Self {
            session_user: find("session_user").into(),
            role: find("role").into(),
            settings: rows.iter().filter_map(setting).collect(),
            belongings: find("belongings").into(),
        }
    }

    /// Restores user and role, behind a file's SQL.
    pub(crate) fn restore_identity_sql(&self) -> String {
        // `none` is the keyword for no role, which no role can be named.
        let role = if self.role == "none" { "NONE".into() } else { identifier(&self.role) };
        let user = identifier(&self.session_user);
        format!("SET SESSION AUTHORIZATION {user}; SET ROLE {role}")
    }

    /// Restores every setting that is not as it was, behind a file's SQL.
    ///
    /// `RESET ALL` would not do: it takes away what the pool's customizer had set.
    pub(crate) fn restore_settings_sql(&self) -> String {
        let mut kept = String::from("(NULL::pg_catalog.text, NULL::pg_catalog.text)");
        for (name, value) in &self.settings {
            let (name, value) = (literal_behind_file(name), literal_behind_file(value));
            // Writing to a string cannot fail.
            let _ = write!(kept, ", ({name}, {value})");
        }
        let [session, empty] = ["session", ""].map(literal_behind_file);
        let transaction_settings = transaction_settings(literal_behind_file);
        format!(
            "SELECT pg_catalog.set_config(s.name, COALESCE(k.value, s.reset_val, {empty}), false) \
             FROM pg_catalog.pg_settings s LEFT JOIN (VALUES {kept}) k (name, value) \
             ON k.name OPERATOR(pg_catalog.=) s.name \
             WHERE (s.source OPERATOR(pg_catalog.=) {session} OR k.name IS NOT NULL) \
             AND s.name OPERATOR(pg_catalog.<>) ALL (ARRAY[{transaction_settings}]) \
             AND s.setting OPERATOR(pg_catalog.<>) COALESCE(k.value, s.reset_val, {empty})"
        )
    }
}
