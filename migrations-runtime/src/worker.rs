use std::io;
use std::panic::resume_unwind;
use std::thread;

/// Does the work on a thread of our own and waits for it.
///
/// The `postgres` client panics on a thread that drives a tokio runtime, and the caller's may.
pub(crate) fn on_own_thread<T: Send>(work: impl FnOnce() -> T + Send) -> io::Result<T> {
    thread::scope(|scope| {
        let worker = thread::Builder::new().name("migrations".into()).spawn_scoped(scope, work)?;
        Ok(worker.join().unwrap_or_else(|panic| resume_unwind(panic)))
    })
}
