//! Threads of one process that call at once: one works, the others wait for it here and not at the
//! database, and all of them get its failure.

use std::sync::{Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::error::Error;

/// What tells the work of one call from that of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    /// The migrations and the options.
    pub(crate) task: String,
    /// The database, and the role that works there.
    pub(crate) database: String,
}

/// What becomes of a call.
pub(crate) enum Joined {
    /// It works, and tells how it went.
    Lead(Lead),
    /// Another call, which was on its way at the same time, has ended so.
    Followed(Result<(), Error>),
    /// The other call did not end in time.
    TimedOut,
}

/// Joins the call that is on its way or ended since `called`; else this one leads. `before_wait` is
/// called before a wait.
pub(crate) fn join(
    identity: Identity,
    called: Instant,
    deadline: Duration,
    before_wait: impl FnOnce(),
) -> Joined {
    let mut flights = FLIGHTS.lock();
    if matches!(flights.get(&identity), Some(Flight::OnItsWay)) {
        drop(flights);
        before_wait();
        flights = FLIGHTS.wait_while_on_its_way(&identity, deadline);
    }
    match flights.get(&identity) {
        Some(Flight::OnItsWay) => Joined::TimedOut,
        Some(Flight::Ended(at, outcome)) if called < *at => Joined::Followed(outcome.clone()),
        _ => {
            flights.insert(identity.clone(), Flight::OnItsWay);
            Joined::Lead(Lead(identity))
        }
    }
}

/// Waits while anyone is on its way with this task, in whichever database; whether there was anyone.
///
/// It is for a call that cannot get a connection because others have them all.
pub(crate) fn wait_for_others(task: &str, deadline: Duration) -> bool {
    let is_on_its_way = |flights: &mut ByIdentity| flights.is_on_its_way(task);
    let mut flights = FLIGHTS.lock();
    let was_anyone = is_on_its_way(&mut flights);
    drop(FLIGHTS.ended.wait_timeout_while(flights, deadline, is_on_its_way));
    was_anyone
}

/// The duty to tell how a call went. Without a word, as after a panic, it is as if it had not been.
pub(crate) struct Lead(Identity);

impl Lead {
    pub(crate) fn end(self, outcome: Result<(), Error>) {
        FLIGHTS.lock().insert(self.0.clone(), Flight::Ended(Instant::now(), outcome));
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        let mut flights = FLIGHTS.lock();
        if matches!(flights.get(&self.0), Some(Flight::OnItsWay)) {
            flights.remove(&self.0);
        }
        FLIGHTS.ended.notify_all();
    }
}

enum Flight {
    OnItsWay,
    Ended(Instant, Result<(), Error>),
}

/// The last flight of each identity. They are few.
#[derive(Default)]
struct ByIdentity(Vec<(Identity, Flight)>);

impl ByIdentity {
    fn get(&self, identity: &Identity) -> Option<&Flight> {
        self.0.iter().find(|(of, _)| of == identity).map(|(_, flight)| flight)
    }

    fn insert(&mut self, identity: Identity, flight: Flight) {
        self.remove(&identity);
        self.0.push((identity, flight));
    }

    fn remove(&mut self, identity: &Identity) {
        self.0.retain(|(of, _)| of != identity);
    }

    /// Whether anyone is on its way with this task.
    fn is_on_its_way(&self, task: &str) -> bool {
        let mut flights = self.0.iter();
        flights.any(|(of, flight)| of.task == task && matches!(flight, Flight::OnItsWay))
    }
}

#[derive(Default)]
struct Flights {
    by_identity: Mutex<ByIdentity>,
    ended: Condvar,
}

static FLIGHTS: LazyLock<Flights> = LazyLock::new(Flights::default);

impl Flights {
    fn lock(&self) -> MutexGuard<'_, ByIdentity> {
        self.by_identity.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_while_on_its_way(
        &self,
        identity: &Identity,
        deadline: Duration,
    ) -> MutexGuard<'_, ByIdentity> {
        let is_on_its_way =
            |flights: &mut ByIdentity| matches!(flights.get(identity), Some(Flight::OnItsWay));
        let waited = self.ended.wait_timeout_while(self.lock(), deadline, is_on_its_way);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

#[cfg(test)]
mod tests {
    use super::{Identity, Joined, join, wait_for_others};
    use crate::error::Error;
    use std::thread;
    use std::time::{Duration, Instant};

    const LONG: Duration = Duration::from_secs(60);

    fn identity(task: &str) -> Identity {
        Identity { task: task.into(), database: "database".into() }
    }

    fn lead(task: &str, called: Instant) -> super::Lead {
        match join(identity(task), called, LONG, || ()) {
            Joined::Lead(lead) => lead,
            _ => panic!("expected to lead"),
        }
    }

    #[test]
    fn a_call_that_overlapped_gets_the_outcome_and_a_later_one_leads() {
        let called = Instant::now();
        lead("overlap", called).end(Err(Error::option("name", "problem")));
        let followed = join(identity("overlap"), called, LONG, || ());
        assert!(matches!(followed, Joined::Followed(Err(_))));
        drop(lead("overlap", Instant::now()));
    }

    #[test]
    fn a_call_waits_for_the_one_on_its_way() {
        let called = Instant::now();
        let mut first = Some(lead("wait", called));
        let (waits, is_waiting) = std::sync::mpsc::channel();
        let second =
            thread::spawn(move || join(identity("wait"), called, LONG, || waits.send(()).unwrap()));
        is_waiting.recv().unwrap();
        first.take().unwrap().end(Ok(()));
        assert!(matches!(second.join().unwrap(), Joined::Followed(Ok(()))));
    }

    #[test]
    fn after_a_panic_the_next_one_leads() {
        let called = Instant::now();
        drop(lead("panic", called));
        drop(lead("panic", called));
    }

    #[test]
    fn a_wait_ends_at_the_deadline() {
        let called = Instant::now();
        let _first = lead("deadline", called);
        let second = join(identity("deadline"), called, Duration::ZERO, || ());
        assert!(matches!(second, Joined::TimedOut));
    }

    #[test]
    fn others_are_not_waited_for() {
        let called = Instant::now();
        let _one = lead("one", called);
        let _another = lead("another", called);
    }

    #[test]
    fn who_has_no_connection_waits_for_those_who_have() {
        assert!(!wait_for_others("connections", LONG));
        let first = lead("connections", Instant::now());
        assert!(wait_for_others("connections", Duration::ZERO));
        first.end(Ok(()));
        assert!(!wait_for_others("connections", LONG));
    }
}
