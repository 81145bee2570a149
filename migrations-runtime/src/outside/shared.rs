//! Behind a pooler that hands out connections for one transaction each, nothing holds that is set for a
//! session: each message may be for another process of the server, and what it sets is then for others.

use super::{Current, Halt, Outside};
use crate::apply::Apply;
use crate::cause::Cause;
use crate::error::Error;
use crate::failure::LeftOfStatement;
use crate::held::Lock;
use crate::migration::Migration;
use crate::observer::TARGET;
use crate::run::Run;
use crate::session::{Session, field};
use crate::sql::literal;
use crate::trouble;

impl Run<'_> {
    /// Whether connections are shared; nothing if the lock is to be taken anew, in another session: what
    /// files have left in this one must not reach others, or what is known of this one is of another
    /// process by now.
    pub(super) fn is_shared(
        &mut self,
        apply: &Apply<'_>,
        lock: &mut Lock,
        migration: &Migration,
    ) -> Result<Option<bool>, Error> {
        // A batch is a transaction, in which all that it needs is set.
        if self.is_shared.is_none() && migration.batch().is_none() {
            if lock.session.has_run_files() {
                return Ok(None);
            }
            let mut session = apply.context.session()?;
            let is_shared = is_shared(lock, &mut session).map_err(trouble::locking)?;
            self.is_shared = Some(is_shared);
            if is_shared {
                log::info!(
                    target: TARGET,
                    "A pooler shares its connections among clients: what runs outside of a transaction \
                     has the server's own lock_timeout"
                );
                return Ok(None);
            }
        }
        Ok(Some(self.is_shared.unwrap_or_default()))
    }
}

/// Whether two sessions may have each other's process of the server for their next message.
///
/// A pooler gives a client the connection that was used last, or the one that was used first. Both show
/// at once where the session of the lock ends its transaction and nobody else is there; where others
/// take what becomes free, it is a matter of chance, and each look is one more.
fn is_shared(lock: &mut Lock, session: &mut Session) -> Result<bool, postgres::Error> {
    const LOOKS: usize = 8;
    let own = pid(session)?;
    lock.let_go()?;
    for _ in 0..LOOKS {
        // Twice, lest two that take turns have the same two in turn.
        if pid(session)? != own || pid(session)? != own || pid(&mut lock.session)? == own {
            return Ok(true);
        }
    }
    Ok(false)
}

fn pid(session: &mut Session) -> Result<String, postgres::Error> {
    let rows = session.query("SELECT pg_catalog.pg_backend_pid() AS pid")?;
    Ok(rows.iter().find_map(|row| field(row, "pid")).unwrap_or_default().into())
}

impl Outside<'_, '_> {
    /// The server's process that runs a statement.
    pub(super) fn process(&self) -> String {
        if !self.is_shared {
            return self.baseline.pid.to_string();
        }
        let comment = literal(&format!("/* applying %{} */%", self.worker.token));
        format!(
            "(SELECT COALESCE(pg_catalog.max(s.pid), 0) FROM pg_catalog.pg_stat_activity s \
             WHERE s.query OPERATOR(pg_catalog.~~) {comment} \
             AND s.state OPERATOR(pg_catalog.=) 'active')"
        )
    }

    /// Refuses a statement that would run without what is to hold for it.
    pub(super) fn refuse_shared(&mut self, current: &Current) -> Result<(), Halt> {
        let Some(what) = self.set_for(current).filter(|_| self.is_shared) else { return Ok(()) };
        let left = if self.was_in_flight(current.index) {
            LeftOfStatement::ForNextRun
        } else {
            LeftOfStatement::Nothing
        };
        let cause = Cause::Shared { what, place: self.place(current) };
        Err(self.fail(cause, left))
    }

    /// What somebody has asked for, and can only be set for the session.
    fn set_for(&self, current: &Current) -> Option<&'static str> {
        let (options, migration) = (self.run.context.options, self.migration);
        if !self.settings(current).is_empty() {
            Some("what the file sets")
        } else if options.role.is_some() {
            Some("the role that `Runner::role` names")
        } else if options.statement_timeout_of(migration).is_some() {
            Some("the statement_timeout")
        } else {
            migration.lock_timeout().map(|_| "the file's lock-timeout")
        }
    }
}
