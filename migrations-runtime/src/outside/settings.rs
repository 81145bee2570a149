//! What holds in the session while a statement runs: what the file has set, and the time-outs.

use std::time::Duration;

use super::{Current, Halt, Outside};
use crate::__private::Step;
use crate::baseline::Baseline;
use crate::effect::Effect;
use crate::observer::TARGET;
use crate::options::milliseconds;
use crate::sql::{identifier, literal};
use crate::statement::Statement;

impl Outside<'_, '_> {
    /// What the file has set before this statement, once more: each message begins as a new session
    /// would. The time-outs stand before it, for those that a file sets win; how strings are read is
    /// not the file's to change.
    pub(super) fn settings(&self, current: &Current) -> String {
        let steps = self.migration.steps().iter().zip(self.migration.statements());
        let before = steps.take(current.index);
        let counts = |(step, _): &(&Step, Statement)| {
            let index = u32::try_from(current.index).unwrap_or(u32::MAX);
            matches!(step.effect, Effect::Setting { until } if until.is_none_or(|it| it >= index))
        };
        let texts = before.filter(counts).flat_map(|(_, statement)| [statement.text(), ";\n"]);
        let settings: String = texts.collect();
        if settings.is_empty() { settings } else { settings + STRINGS + ";\n" }
    }

    /// Whether the file has set something, with this statement or before it.
    pub(super) fn has_set(&self, current: &Current) -> bool {
        let sets = |step: &Step| matches!(step.effect, Effect::Setting { .. });
        self.migration.steps().iter().take(current.index + 1).any(sets)
    }

    /// Puts all settings back behind a statement, where the file has changed some, in the transaction
    /// that is open or that is begun for it. Where that cannot be, another session goes on.
    pub(super) fn restore_settings(&mut self, current: &Current, begin: &str) -> Result<(), Halt> {
        if !self.has_set(current) {
            return Ok(());
        }
        let identity = self.identity();
        let search_path = self.baseline.restore_search_path_sql();
        let settings = self.baseline.restore_settings_sql();
        let restore =
            format!("{begin}{identity}; RESET lock_timeout; {search_path}; {settings}; COMMIT");
        self.session.finish(&restore).map(drop).map_err(|error| {
            log::debug!(target: TARGET, "Going on in another session: {error}");
            Halt::Again(Duration::ZERO)
        })
    }

    /// The file's own wins; see [`Effect::waits_in_peace`].
    pub(super) fn lock_timeout(&self, effect: Effect) -> Duration {
        match self.migration.lock_timeout() {
            None if effect.waits_in_peace() => Duration::ZERO,
            _ => self.run.context.options.lock_timeout_of(self.migration),
        }
    }

    /// The time-outs of a statement, as settings and their values.
    pub(super) fn timeouts(&self, lock_timeout: Duration) -> Vec<(&'static str, u128)> {
        let options = self.run.context.options;
        let statement_timeout = options.statement_timeout_of(self.migration);
        let timeouts =
            [("lock_timeout", Some(lock_timeout)), ("statement_timeout", statement_timeout)];
        let given = timeouts.into_iter().filter_map(|(name, timeout)| Some((name, timeout?)));
        given.map(|(name, timeout)| (name, milliseconds(timeout))).collect()
    }

    /// What holds for the session while a statement runs, which has no transaction to set it in: the
    /// run's role, too.
    ///
    /// Nothing is set that is so already: a pooler may give the session to others between two
    /// statements. The reset takes back what the message has set for itself.
    pub(super) fn session_settings(&self, current: &Current, lock_timeout: Duration) -> String {
        let timeouts = self.timeouts(lock_timeout).into_iter();
        let value = |(name, value): (&str, u128)| {
            format!("({}, {})", literal(name), literal(&value.to_string()))
        };
        let values: Vec<_> = timeouts.map(value).collect();
        let role = self.run.context.options.role.as_deref();
        let role = role.map_or(String::new(), |role| format!("SET ROLE {}; ", identifier(role)));
        format!(
            "RESET lock_timeout; {role}SELECT pg_catalog.set_config(v.name, v.value, false) \
             FROM (VALUES {}) v (name, value) \
             JOIN pg_catalog.pg_settings s ON s.name OPERATOR(pg_catalog.=) v.name \
             WHERE s.setting OPERATOR(pg_catalog.<>) v.value; {}",
            values.join(", "),
            self.settings(current),
        )
    }
}

/// The file is read as it was checked. It has to be set before the message that holds a statement:
/// the server reads all of a message before it runs any of it.
const STRINGS: &str = "SET standard_conforming_strings = on";

/// A batch may pause for longer than the server lets a session be idle: `idle_session_timeout`.
pub(super) fn first_sql() -> String {
    format!(
        "{STRINGS}; SELECT pg_catalog.set_config(s.name, '0', false) FROM pg_catalog.pg_settings s \
         WHERE s.name OPERATOR(pg_catalog.=) 'idle_session_timeout' \
         AND s.setting OPERATOR(pg_catalog.<>) '0'; {}",
        Baseline::sql()
    )
}
