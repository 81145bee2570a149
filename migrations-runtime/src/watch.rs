//! Looks who is in the way of a statement that waits for a lock, over another connection.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use crate::lock::{Holder, blockers_sql};
use crate::session::{Connections, Session};

/// Does the work, and returns the last who was seen in the way of the server's process `pid`.
///
/// It costs a connection, which it does without where the pool has none to give.
pub(crate) fn watch<T>(
    connections: &dyn Connections,
    pid: &str,
    lock_timeout: Duration,
    work: impl FnOnce() -> T,
) -> (T, Option<Holder>) {
    // `pg_blocking_pids` takes the lock manager's locks: "System Information Functions" (9.27).
    let pause = match lock_timeout {
        Duration::ZERO => Duration::from_secs(1),
        timeout => (timeout / 4).clamp(Duration::from_millis(100), Duration::from_secs(1)),
    };
    let (done, is_done) = channel::<()>();
    thread::scope(|scope| {
        let watcher = thread::Builder::new().spawn_scoped(scope, move || {
            let mut seen = None;
            while is_done.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                seen = look(connections, pid, pause).or(seen);
            }
            seen
        });
        let result = work();
        drop(done);
        let seen = watcher.ok().and_then(|watcher| watcher.join().ok()).flatten();
        (result, seen)
    })
}

fn look(connections: &dyn Connections, pid: &str, patience: Duration) -> Option<Holder> {
    let mut session = Session::open_within(connections, patience).ok()?;
    Holder::read(&session.query(&blockers_sql(pid)).ok()?)
}
