use std::time::Duration;

use crate::error::Error;
use crate::history::History;
use crate::hooks::Hooks;
use crate::migration::Migration;
use crate::sql::identifier;
use crate::standing::OutOfOrder;
use crate::stop::StopHandle;

/// What a run goes by.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) history: History,
    /// The role to take on; without one it is the session's.
    pub(crate) role: Option<String>,
    pub(crate) lock_deadline: Duration,
    pub(crate) lock_timeout: Duration,
    pub(crate) statement_timeout: Option<Duration>,
    pub(crate) retries: u32,
    pub(crate) out_of_order: OutOfOrder,
    /// The last version to apply.
    pub(crate) target: Option<i64>,
    /// Whether each repeatable object has a transaction of its own.
    pub(crate) repeats_apart: bool,
    pub(crate) hooks: Hooks,
    pub(crate) stop: StopHandle,
}

impl Default for Options {
    fn default() -> Self {
        let (table, set_name) = ("embedded_migrations".into(), "default".into());
        Self {
            history: History { schema: None, table, set_name },
            role: None,
            lock_deadline: Duration::from_secs(300),
            lock_timeout: Duration::from_secs(5),
            statement_timeout: None,
            retries: 10,
            out_of_order: OutOfOrder::Refuse,
            target: None,
            repeats_apart: false,
            hooks: Hooks::default(),
            stop: StopHandle::never(),
        }
    }
}

impl Options {
    /// Refuses what cannot work, before anything is asked of the database.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let History { schema, table, set_name } = &self.history;
        if let Some(schema) = schema {
            check_identifier("history_schema", schema)?;
        }
        check_identifier("history_table", table)?;
        check_text("set_name", set_name)?;
        check_role(self.role.as_deref())?;
        if self.lock_deadline.is_zero() {
            let problem = "is zero, so that no other process could ever be waited for: give it the \
                           time that the longest start may take, such as Duration::from_secs(300)";
            return Err(Error::option("lock_deadline", problem));
        }
        check_milliseconds("lock_timeout", self.lock_timeout)?;
        check_milliseconds("statement_timeout", self.statement_timeout.unwrap_or_default())
    }
}

impl Options {
    /// The file's own wins.
    pub(crate) fn lock_timeout_of(&self, migration: &Migration) -> Duration {
        migration.lock_timeout().unwrap_or(self.lock_timeout)
    }

    /// The file's own wins.
    pub(crate) fn statement_timeout_of(&self, migration: &Migration) -> Option<Duration> {
        migration.statement_timeout().or(self.statement_timeout)
    }

    /// What the library's own statements begin with, in a transaction or else in a message of several,
    /// which is one: the run's role, and a bound for their waits.
    pub(crate) fn own_sql(&self) -> String {
        let role = self.role_sql().map_or(String::new(), |role| role + "; ");
        format!("{role}SET LOCAL lock_timeout = {}", milliseconds(self.own_lock_timeout()))
    }

    /// Takes the run's role on until the transaction ends, if it has one of its own.
    pub(crate) fn role_sql(&self) -> Option<String> {
        self.role.as_deref().map(|role| format!("SET LOCAL ROLE {}", identifier(role)))
    }

    /// The library's own statements never wait without end.
    pub(crate) fn own_lock_timeout(&self) -> Duration {
        const DEFAULT: Duration = Duration::from_secs(5);
        if self.lock_timeout.is_zero() { DEFAULT } else { self.lock_timeout }
    }
}

/// PostgreSQL cuts longer names off (`NAMEDATALEN`, "Identifiers and Key Words" in its manual), and
/// two histories might become one.
fn check_identifier(option: &'static str, name: &str) -> Result<(), Error> {
    check_text(option, name)?;
    if name.len() > 63 {
        return Err(Error::option(
            option,
            "is longer than the 63 bytes of a PostgreSQL identifier",
        ));
    }
    Ok(())
}

/// The server takes `none` for no role, also in quotes: `check_role` in its `variable.c`.
fn check_role(role: Option<&str>) -> Result<(), Error> {
    match role {
        Some("none") => Err(Error::option("role", "is `none`, which PostgreSQL takes for no role")),
        Some(role) => check_identifier("role", role),
        None => Ok(()),
    }
}

fn check_text(option: &'static str, text: &str) -> Result<(), Error> {
    match text {
        "" => Err(Error::option(option, "is empty")),
        _ if text.contains('\0') => Err(Error::option(option, "holds a NUL character")),
        _ => Ok(()),
    }
}

fn check_milliseconds(option: &'static str, duration: Duration) -> Result<(), Error> {
    if milliseconds(duration) > i32::MAX.unsigned_abs().into() {
        return Err(Error::option(option, "is longer than the 24 days that PostgreSQL can count"));
    }
    Ok(())
}

/// A timeout in PostgreSQL's unit, rounded up: 0 would switch it off.
pub(crate) fn milliseconds(duration: Duration) -> u128 {
    duration.as_nanos().div_ceil(1_000_000)
}

#[cfg(test)]
mod tests {
    use super::{Options, milliseconds};
    use std::time::Duration;

    #[track_caller]
    fn refuses(change: impl FnOnce(&mut Options), expected: &str) {
        let mut options = Options::default();
        change(&mut options);
        let error = options.check().unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }

    #[test]
    fn the_defaults_are_accepted() {
        assert!(Options::default().check().is_ok());
    }

    #[test]
    fn refuses_what_cannot_work() {
        refuses(|o| o.lock_deadline = Duration::ZERO, "the option `lock_deadline` is zero");
        refuses(|o| o.history.table = String::new(), "the option `history_table` is empty");
        refuses(|o| o.history.schema = Some(String::new()), "the option `history_schema` is empty");
        refuses(|o| o.history.set_name = String::new(), "the option `set_name` is empty");
        refuses(|o| o.history.set_name = "\0".into(), "the option `set_name` holds a NUL");
        refuses(|o| o.role = Some(String::new()), "the option `role` is empty");
        refuses(|o| o.role = Some("none".into()), "the option `role` is `none`");
        refuses(|o| o.history.table = "ü".repeat(32), "the option `history_table` is longer");
        refuses(|o| o.lock_timeout = Duration::MAX, "the option `lock_timeout` is longer");
        let long = Some(Duration::from_secs(2_147_484));
        refuses(|o| o.statement_timeout = long, "the option `statement_timeout` is longer");
    }

    #[test]
    fn rounds_up_to_milliseconds() {
        for (nanos, expected) in [(0, 0), (1, 1), (1_000_000, 1), (1_000_001, 2)] {
            assert_eq!(milliseconds(Duration::from_nanos(nanos)), expected);
        }
    }
}
