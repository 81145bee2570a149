//! What holds in the session while a statement runs: what the file has set, and the time-outs.

use std::time::Duration;

use super::{Current, Outside};
use crate::baseline::Baseline;
use crate::effect::Effect;
use crate::options::milliseconds;
use crate::sql::literal;
use crate::statement::Statement;

impl Outside<'_, '_> {
    /// What the file has set before this statement, once more: each message begins as a new session
    /// would.
    pub(super) fn settings(&self, current: &Current) -> String {
        let settings = self.settings_up_to(current.index);
        settings.flat_map(|statement| [statement.text(), ";\n"]).collect()
    }

    /// Behind a statement, all settings as they were, where the file has changed some: a pooler may
    /// give the session to others between two messages.
    pub(super) fn restored_settings(&self, current: &Current) -> String {
        if self.settings_up_to(current.index + 1).next().is_none() {
            return String::new();
        }
        let search_path = self.baseline.restore_search_path_sql();
        format!("RESET lock_timeout; {search_path}; {}; ", self.baseline.restore_settings_sql())
    }

    fn settings_up_to(&self, index: usize) -> impl Iterator<Item = Statement> {
        let steps = self.migration.steps().iter().zip(self.migration.statements());
        let settings = steps.take(index).filter(|(step, _)| step.effect == Effect::Setting);
        settings.map(|(_, statement)| statement)
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

    /// What holds for the session while a statement runs, which has no transaction to set it in.
    ///
    /// Nothing is set that is so already: a pooler may give the session to others between two
    /// statements. The reset takes back what the message has set for itself.
    pub(super) fn session_settings(&self, current: &Current, lock_timeout: Duration) -> String {
        let timeouts = self.timeouts(lock_timeout);
        let timeouts = timeouts.iter().map(|(name, value)| (*name, value.to_string()));
        let strings = ("standard_conforming_strings", "on".to_owned());
        let values: Vec<_> = timeouts
            .chain([strings])
            .map(|(name, value)| format!("({}, {})", literal(name), literal(&value)))
            .collect();
        format!(
            "RESET lock_timeout; SELECT pg_catalog.set_config(v.name, v.value, false) \
             FROM (VALUES {}) v (name, value) \
             JOIN pg_catalog.pg_settings s ON s.name OPERATOR(pg_catalog.=) v.name \
             WHERE s.setting OPERATOR(pg_catalog.<>) v.value; {}",
            values.join(", "),
            self.settings(current),
        )
    }
}

/// A batch may pause for longer than the server lets a session be idle: `idle_session_timeout`.
pub(super) fn first_sql() -> String {
    format!(
        "SELECT pg_catalog.set_config(s.name, '0', false) FROM pg_catalog.pg_settings s \
         WHERE s.name OPERATOR(pg_catalog.=) 'idle_session_timeout' \
         AND s.setting OPERATOR(pg_catalog.<>) '0'; {}",
        Baseline::sql()
    )
}
