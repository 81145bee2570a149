//! The session that statements run in, beside the one that holds the lock.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use super::Halt;
use crate::apply::Apply;
use crate::error::Error;
use crate::migration::Migration;

/// Does the work that begins with opening the second session, within the time that it is given.
///
/// A pooler may have no connection to the server but the one that holds the lock. So the lock is let go
/// where the work takes as long as the pool waits for a connection, and that is an error; else either would
/// wait for the other, until the pooler ends one of them.
pub(super) fn beside_the_lock<T>(
    apply: &Apply<'_>,
    migration: &Migration,
    work: impl FnOnce(Duration) -> Result<T, Halt>,
) -> Result<T, Halt> {
    let patience = apply.context.connections.patience();
    let (came, is_coming) = channel::<()>();
    let (result, has_let_go) = thread::scope(move |scope| {
        let guard = thread::Builder::new().name("guard-migrations".into());
        let guard = guard.spawn_scoped(scope, move || {
            let is_late = is_coming.recv_timeout(patience) == Err(RecvTimeoutError::Timeout);
            is_late && apply.watcher.give_back().is_some()
        });
        let result = work(patience.saturating_mul(2));
        drop(came);
        (result, guard.is_ok_and(|guard| guard.join().unwrap_or_default()))
    });
    if has_let_go { Err(no_second(migration, patience).into()) } else { result }
}

fn no_second(migration: &Migration, patience: Duration) -> Error {
    Error::history(
        format!(
            "cannot apply {}: statements that run outside of a transaction take two connections to the \
             server, one to hold the lock and one to run them, but within {patience:?} there was no second \
             one; nothing was changed",
            migration.path()
        ),
        "give a pooler in front of the server two connections or more for this database and user, such \
         as by `default_pool_size` of PgBouncer, or connect past it; and see that other users of the pool \
         give their connections back"
            .into(),
        None,
    )
}
