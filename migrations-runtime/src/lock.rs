//! The only file that knows the advisory lock.
//!
//! It is a transaction-level lock that lives and dies with the transaction that applies a
//! migration: it cannot leak, and it works behind a pooler that hands out connections for one
//! transaction each. It is polled, because a blocking `pg_advisory_lock` holds a snapshot that
//! `CREATE INDEX CONCURRENTLY` elsewhere would wait for. See "Explicit Locking" (13.3.5) in
//! PostgreSQL's manual.

use std::fmt;
use std::time::Duration;

use postgres::SimpleQueryRow;

use crate::options::Options;
use crate::progress::Phase;
use crate::seconds;
use crate::session::field;

/// Begins a transaction for migrations.
///
/// The isolation level is named because the session's default may be one that keeps a snapshot, and
/// the rows must be read as they are after the lock is taken.
pub(crate) fn begin_sql(options: &Options) -> String {
    format!("BEGIN ISOLATION LEVEL READ COMMITTED; {}", own_settings_sql(options))
}

/// The settings of such a transaction, also where another file follows in the same.
///
/// A process that is stopped or cut off in between must not hold the lock for long, nor one that is
/// merely slow lose it: hence the minute. The file that follows in a message of its own is read as it
/// was checked: with `standard_conforming_strings` on, which a database, a role or an earlier file may
/// have switched off.
pub(crate) fn own_settings_sql(options: &Options) -> String {
    format!(
        "SET LOCAL idle_in_transaction_session_timeout = 60000; \
         SET LOCAL standard_conforming_strings = on; {}",
        options.own_sql()
    )
}

/// Begins a transaction that does nothing but hold the lock, while statements run in another session.
///
/// It may stay open for as long as they take, but is sent something within each minute. It has no
/// number and no snapshot, which others would wait for. `transaction_timeout` came with
/// PostgreSQL 17.
pub(crate) fn hold_sql(key: Key) -> String {
    format!(
        "BEGIN ISOLATION LEVEL READ COMMITTED; \
         SET LOCAL idle_in_transaction_session_timeout = 60000; \
         SELECT CASE WHEN pg_catalog.current_setting('transaction_timeout', true) IS NOT NULL \
         THEN pg_catalog.set_config('transaction_timeout', '0', true) END; {}",
        try_sql(key)
    )
}

/// Tries to take the lock in a transaction.
pub(crate) fn try_sql(key: Key) -> String {
    format!("SELECT pg_catalog.pg_try_advisory_xact_lock({key}) AS {LOCKED}")
}

const LOCKED: &str = "migrations_runtime_locked";

/// Whether one of the rows tells that the lock was taken.
pub(crate) fn is_locked(rows: &[SimpleQueryRow]) -> bool {
    rows.iter().any(|row| field(row, LOCKED) == Some("t"))
}

const FREE: &str = "migrations_runtime_is_free";

/// Whether the lock was free when it was [probed](Key::probe_sql).
pub(crate) fn is_free(rows: &[SimpleQueryRow]) -> bool {
    rows.iter().any(|row| field(row, FREE) == Some("t"))
}

/// The lock's number, which the server derives from the names of the schema and the table: one lock
/// for each history, not for each database.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key(i64);

impl Key {
    pub(crate) const fn new(number: i64) -> Self {
        Self(number)
    }

    /// Asks whether the lock is free, which costs the server next to nothing: takes it, beside others who
    /// ask, for as long as the answer takes.
    pub(crate) fn probe_sql(self) -> String {
        format!("SELECT pg_catalog.pg_try_advisory_xact_lock_shared({self}) AS {FREE}")
    }

    /// Asks who holds the lock.
    pub(crate) fn holder_sql(self) -> String {
        sessions_sql(&self.pids_sql())
    }

    /// Ends the session that holds the lock, and tells whose it was.
    ///
    /// The function is called for the rows of the result only: as a condition, the planner might put it
    /// in front of the others, and it would end every session that has a lock of any kind.
    pub(crate) fn terminate_sql(self) -> String {
        format!(
            "WITH h AS MATERIALIZED ({}) \
             SELECT h.*, pg_catalog.pg_terminate_backend(h.pid) AS ended FROM h",
            self.holder_sql()
        )
    }

    /// `pg_locks` shows the high and the low half of the number apart.
    fn pids_sql(self) -> String {
        format!(
            "SELECT l.pid FROM pg_catalog.pg_locks l \
             WHERE l.locktype OPERATOR(pg_catalog.=) 'advisory' AND l.granted \
             AND l.objsubid OPERATOR(pg_catalog.=) 1 \
             AND l.database OPERATOR(pg_catalog.=) (SELECT d.oid FROM pg_catalog.pg_database d \
             WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()) \
             AND pg_catalog.int8or(pg_catalog.int8shl(l.classid::pg_catalog.int8, 32), \
             l.objid::pg_catalog.int8) OPERATOR(pg_catalog.=) {self}"
        )
    }
}

/// Asks who is in the way of a process of the server.
///
/// `pg_blocking_pids` takes the lock manager's locks ("System Information Functions", 9.27), and so
/// is called for one that waits only.
pub(crate) fn blockers_sql(pid: i32) -> String {
    sessions_sql(&format!(
        "SELECT b.pid FROM pg_catalog.pg_stat_get_activity({pid}) w, \
         LATERAL pg_catalog.unnest(pg_catalog.pg_blocking_pids(w.pid)) b (pid) \
         WHERE w.wait_event_type OPERATOR(pg_catalog.=) 'Lock'"
    ))
}

/// For a message that looks at sessions. The server shows them to the role that they belong to, which is
/// the one that has logged in, whatever role it has taken on since.
pub(crate) const AS_WHO_LOGGED_IN: &str = "SET LOCAL ROLE NONE";

/// What `pg_stat_activity` shows of these processes; `pids` is a query that returns a column `pid`.
pub(crate) fn sessions_sql(pids: &str) -> String {
    format!(
        "SELECT p.pid, a.application_name, a.state, a.query, pg_catalog.extract('epoch', \
         pg_catalog.timestamptz_mi(pg_catalog.clock_timestamp(), a.xact_start)) AS age \
         FROM ({pids}) p LEFT JOIN pg_catalog.pg_stat_activity a \
         ON a.pid OPERATOR(pg_catalog.=) p.pid"
    )
}

impl fmt::Display for Key {
    /// In parentheses and with a type, for a negative number is an operator and an operand in SQL.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({}::pg_catalog.int8)", self.0)
    }
}

/// Who holds a lock that is waited for, as `pg_stat_activity` shows it to the waiting role.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Holder {
    /// The process of the server that works for the holder.
    pub pid: i32,
    /// The name that the holder's connection has given itself; may be empty.
    pub application_name: String,
    /// `active`, `idle in transaction` and the like; empty where the role may not see it.
    pub state: String,
    /// The statement that it runs or ran last, shortened to one line of 100 characters, as it is: also
    /// with what it holds in literals. PostgreSQL shows other roles' statements only to superusers and
    /// members of `pg_read_all_stats`.
    pub query: String,
    /// How long its transaction has been open, where the role may see it.
    pub age: Option<Duration>,
    /// How far the server has got with what it does for the holder, where its views show that.
    pub phase: Option<Phase>,
}

impl Holder {
    pub(crate) fn read(rows: &[SimpleQueryRow]) -> Option<Self> {
        rows.iter().find_map(|row| {
            let text = |column| field(row, column).unwrap_or_default();
            Some(Self {
                pid: text("pid").parse().ok()?,
                application_name: text("application_name").into(),
                state: text("state").into(),
                query: one_line(text("query")),
                age: seconds::read(text("age")),
                phase: None,
            })
        })
    }
}

fn one_line(query: &str) -> String {
    const LENGTH: usize = 100;
    let words = query.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("{} …", &words[..end]),
        None => words,
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pid, application_name, state, query, age, phase } = self;
        write!(f, "pid {pid} (application_name `{application_name}`, state `{state}`")?;
        if let Some(age) = age {
            write!(f, ", transaction open for {} s", seconds::tenths(*age))?;
        }
        write!(f, ", query `{query}`)")?;
        phase.iter().try_for_each(|phase| write!(f, ": {phase}"))
    }
}
