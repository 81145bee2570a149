//! The model tells right from wrong: each protocol that is wrong in one way breaks a promise.

// With `--nocapture`, what was checked.
#![allow(clippy::print_stdout)]

use migrations_model::{Broken, Kind, Protocol, explore};
use stateright::{Checker, HasDiscoveries, Model};

use Kind::{Alone, Inside, Joint, Opaque};

/// What shows that it is wrong, and by which promise.
fn protocol(broken: Broken) -> (Protocol, &'static str) {
    let processes = |kinds: &[Kind], faults| Protocol::new(kinds, 2, faults).broken(broken);
    let threads = processes(&[Inside], 1).in_one_process();
    match broken {
        Broken::NoLock => (processes(&[Inside], 0), "one holder of the lock at most"),
        Broken::NoRelock => (processes(&[Inside, Inside], 0), UNDER_LOCK),
        Broken::LockOutlivesItsOwner => (processes(&[Inside], 1), END),
        Broken::PlanBeforeLock => (processes(&[Inside, Inside], 0), STUCK),
        Broken::RowBehindCommit => (processes(&[Inside], 0), TRUE),
        Broken::LostIsApplied => (processes(&[Inside], 1), REPORTED),
        Broken::BlindToLeftBehind => {
            (processes(&[Alone], 1), "nobody is refused who was not stalled")
        }
        Broken::NoWorkerInRow => (processes(&[Joint], 2), ONCE),
        Broken::InFlightTooLate | Broken::RerunInDoubt => (processes(&[Opaque], 1), ONCE),
        Broken::SkipInDoubt => (processes(&[Opaque], 1), TRUE),
        Broken::FollowersAreToldSuccess => (threads, "who returns success finds all applied"),
        Broken::FlightOutlivesPanic => (threads, END),
    }
}

const ONCE: &str = "each migration takes effect at most once";
const TRUE: &str = "what is recorded is there, and what is there is recorded";
const UNDER_LOCK: &str = "files are run and rows are begun under the lock";
const REPORTED: &str = "each migration is reported as applied by one runner";
const END: &str = "in the end all have succeeded, or are told of a doubt";
/// No property of a state: there is one from which no end can be reached.
const STUCK: &str = "from each state an end can be reached";

#[test]
fn what_is_wrong_is_found() {
    for broken in Broken::ALL {
        let (protocol, promise) = protocol(broken);
        let way = way_to_break(&protocol, promise);
        let way = way.unwrap_or_else(|| panic!("{broken:?} does not break: {promise}"));
        println!("{broken:?} breaks in {} steps: {promise}", way.len());
    }
}

/// The right protocol does not break it in the same place.
#[test]
fn what_is_right_is_not() {
    for broken in Broken::ALL {
        let (protocol, promise) = protocol(broken);
        let right = Protocol { broken: None, ..protocol };
        // Two faults are many states; a test that is ignored visits them.
        if right.faults < 2 {
            assert_eq!(way_to_break(&right, promise), None, "{broken:?}");
        }
    }
}

fn way_to_break(
    protocol: &Protocol,
    promise: &'static str,
) -> Option<Vec<migrations_model::Action>> {
    if promise == STUCK {
        return explore(protocol).stuck();
    }
    let any = HasDiscoveries::AnyOf([promise].into());
    let checker = protocol.clone().checker().finish_when(any);
    // With two faults, the shortest way is long in coming.
    let way = match protocol.faults {
        2 => checker.spawn_dfs().join().discovery(promise),
        _ => checker.spawn_bfs().join().discovery(promise),
    };
    way.map(stateright::Path::into_actions)
}
