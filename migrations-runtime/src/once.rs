use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::error::Error;
use crate::history::History;
use crate::report::Report;

/// Lets the first caller of a process run and the others wait for it.
///
/// An attempt stands on `OnceLock`, which is [`Once`](std::sync::Once) with a value: every caller of
/// it gets its outcome. A success stays; after a failure the next caller begins a new attempt.
///
/// Each history has attempts of its own: one set may be applied to several.
#[derive(Debug)]
pub struct Gate(Mutex<Vec<(History, Arc<Attempt>)>>);

type Attempt = OnceLock<Result<Report, Error>>;

impl Gate {
    /// A gate that nobody has passed.
    #[must_use]
    #[expect(
        clippy::new_without_default,
        reason = "only the macro's output makes one, in a static"
    )]
    pub const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// Runs, or waits for the caller who runs, or returns what the successful run returned.
    pub(crate) fn pass(
        &self,
        history: &History,
        run: impl FnOnce() -> Result<Report, Error>,
    ) -> Result<Report, Error> {
        let attempt = self.current(history);
        let outcome = attempt.get_or_init(run).clone();
        if outcome.is_err() {
            self.forget(&attempt);
        }
        outcome
    }

    fn current(&self, history: &History) -> Arc<Attempt> {
        let mut current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, attempt)) = current.iter().find(|(of, _)| of == history) {
            return Arc::clone(attempt);
        }
        let attempt = Arc::default();
        current.push((history.clone(), Arc::clone(&attempt)));
        attempt
    }

    fn forget(&self, failed: &Arc<Attempt>) {
        let mut current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        current.retain(|(_, attempt)| !Arc::ptr_eq(attempt, failed));
    }
}

#[cfg(test)]
mod tests {
    use super::Gate;
    use crate::error::Error;
    use crate::history::History;
    use crate::options::Options;
    use crate::report::Report;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    fn history() -> History {
        Options::default().history
    }

    fn failure() -> Error {
        Error::option("name", "problem")
    }

    #[test]
    fn a_success_is_remembered() {
        let gate = Gate::new();
        assert!(gate.pass(&history(), || Ok(Report::default())).is_ok());
        assert!(gate.pass(&history(), || Err(failure())).is_ok());
    }

    #[test]
    fn each_history_has_attempts_of_its_own() {
        let (gate, other) = (Gate::new(), History { set_name: "other".into(), ..history() });
        assert!(gate.pass(&history(), || Ok(Report::default())).is_ok());
        assert!(gate.pass(&other, || Err(failure())).is_err());
    }

    #[test]
    fn after_a_failure_the_next_caller_tries_again() {
        let gate = Gate::new();
        assert!(gate.pass(&history(), || Err(failure())).is_err());
        assert!(gate.pass(&history(), || Ok(Report::default())).is_ok());
    }

    #[test]
    fn callers_that_wait_get_the_outcome_of_the_one_who_runs() {
        const CALLERS: usize = 8;
        let (gate, runs) = (Gate::new(), AtomicUsize::new(0));
        let run = || {
            runs.fetch_add(1, Ordering::SeqCst);
            // Each caller holds the attempt; so do the gate and this look at it.
            while Arc::strong_count(&gate.current(&history())) < CALLERS + 2 {
                thread::yield_now();
            }
            Err(failure())
        };
        let outcomes: Vec<_> = thread::scope(|scope| {
            let threads: Vec<_> =
                (0..CALLERS).map(|_| scope.spawn(|| gate.pass(&history(), run))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(outcomes.iter().all(Result::is_err));
        assert_eq!(runs.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn a_panic_leaves_the_attempt_to_the_next_caller() {
        let gate = Gate::new();
        let panicked = thread::scope(|scope| {
            scope.spawn(|| gate.pass(&history(), || panic!("on purpose"))).join()
        });
        assert!(panicked.is_err());
        assert!(gate.pass(&history(), || Ok(Report::default())).is_ok());
    }
}
