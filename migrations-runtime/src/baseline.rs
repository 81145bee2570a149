//! What a session is like before files run in it, and the SQL that restores it.

use postgres::SimpleQueryRow;

use crate::options::Options;
use crate::session::field;
use crate::sql::{identifier, literal_behind_file};

/// What the session was like before the first file ran on it: what the pool's customizer had set.
#[derive(Debug, Default)]
pub(crate) struct Baseline {
    pub(crate) pid: i32,
    session_user: String,
    role: String,
    search_path: String,
    settings: Vec<(String, String)>,
    /// Whether the server counts positions in bytes: it does where it knows no characters.
    pub(crate) counts_bytes: bool,
}

impl Baseline {
    /// Reads the baseline, in the transaction that holds the run's lock.
    pub(crate) fn sql() -> String {
        format!(
            "SELECT pg_catalog.pg_backend_pid() AS pid, session_user AS session_user, \
             pg_catalog.current_setting('role') AS role, \
             pg_catalog.current_setting('search_path') AS search_path, \
             pg_catalog.current_setting('server_encoding') AS encoding; \
             SELECT name AS setting_name, setting FROM pg_catalog.pg_settings \
             WHERE source OPERATOR(pg_catalog.=) 'session' \
             AND name OPERATOR(pg_catalog.<>) ALL (ARRAY[{OWN_SETTINGS}])"
        )
    }

    pub(crate) fn read(rows: &[SimpleQueryRow]) -> Self {
        let find = |column| rows.iter().find_map(|row| field(row, column)).unwrap_or_default();
        let setting =
            |row| Some((field(row, "setting_name")?.into(), field(row, "setting")?.into()));
        Self {
            pid: find("pid").parse().unwrap_or_default(),
            session_user: find("session_user").into(),
            role: find("role").into(),
            search_path: find("search_path").into(),
            settings: rows.iter().filter_map(setting).collect(),
            counts_bytes: find("encoding") == "SQL_ASCII",
        }
    }

    /// Restores user and role, behind a file's SQL, and takes the run's role on for the rest of the
    /// transaction.
    pub(crate) fn restore_identity_sql(&self, options: &Options) -> String {
        // `none` is the keyword for no role, which no role can be named.
        let role = if self.role == "none" { "NONE".into() } else { identifier(&self.role) };
        let user = identifier(&self.session_user);
        let of_run = options.role_sql().map_or(String::new(), |role| format!("; {role}"));
        format!("SET SESSION AUTHORIZATION {user}; SET ROLE {role}{of_run}")
    }

    /// Restores the search path, behind a file's SQL and in its transaction: what follows there looks
    /// at `current_schema()`.
    pub(crate) fn restore_search_path_sql(&self) -> String {
        let [name, path] = ["search_path", &self.search_path].map(literal_behind_file);
        format!("SELECT pg_catalog.set_config({name}, {path}, false)")
    }

    /// Restores every setting: to what the server has for this session, and then to what the pool's
    /// customizer had set.
    ///
    /// To look in `pg_settings` for those that have changed would cost more than most files do.
    pub(crate) fn restore_settings_sql(&self) -> String {
        let kept = |(name, value): &(String, String)| {
            format!("({}, {})", literal_behind_file(name), literal_behind_file(value))
        };
        let kept: Vec<_> = self.settings.iter().map(kept).collect();
        if kept.is_empty() {
            return "RESET ALL".into();
        }
        format!(
            "RESET ALL; SELECT pg_catalog.set_config(k.name, k.value, false) \
             FROM (VALUES {}) k (name, value)",
            kept.join(", ")
        )
    }
}

/// The settings that name the transaction's own characteristics, which end with it, and those that
/// are set for each transaction.
const OWN_SETTINGS: &str = "'transaction_isolation', 'transaction_read_only', \
    'transaction_deferrable', 'lock_timeout', 'standard_conforming_strings', \
    'idle_in_transaction_session_timeout'";
