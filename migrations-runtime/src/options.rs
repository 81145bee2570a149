use std::time::Duration;

use crate::error::Error;
use crate::history::History;
use crate::hooks::Hooks;
use crate::migration::Migration;
use crate::standing::OutOfOrder;
use crate::stop::StopHandle;

/// What a run goes by.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) history: History,
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

    /// Bounds the waits of the library's own statements, outside of a transaction also of a message.
    pub(crate) fn own_lock_timeout_sql(&self) -> String {
        format!("SET LOCAL lock_timeout = {}", milliseconds(self.own_lock_timeout()))
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
