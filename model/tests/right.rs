//! The right protocol keeps its promises.

// With `--nocapture`, what was checked.
#![allow(clippy::print_stdout)]

use migrations_model::{Kind, Protocol, explore};
use stateright::{Checker, Model};

use Kind::{Alone, Inside, Joint, Opaque};

/// In no state is a promise broken, and from each there is a way to an end.
#[track_caller]
fn check(protocol: &Protocol) {
    let checker = protocol.clone().checker().threads(2).spawn_bfs().join();
    checker.assert_properties();
    let explored = explore(protocol);
    assert_eq!(explored.stuck(), None);
    assert_eq!(explored.count(), checker.unique_state_count());
    let Protocol { kinds, processes, faults, .. } = protocol;
    println!("{} states: {kinds:?} in {processes:?}, {faults} faults", explored.count());
}

#[test]
fn in_transactions() {
    check(&Protocol::new(&[Inside, Inside], 2, 1));
}

#[test]
fn in_threads_of_one_process() {
    check(&Protocol::new(&[Inside, Inside], 2, 1).in_one_process());
}

#[test]
fn outside_of_transactions() {
    for kind in [Joint, Alone, Opaque] {
        check(&Protocol::new(&[kind], 2, 1));
    }
}

#[test]
fn inside_and_outside() {
    check(&Protocol::new(&[Inside, Alone, Inside], 2, 0));
    check(&Protocol::new(&[Alone, Joint], 1, 2));
}

#[test]
#[ignore = "larger bounds, a minute in all"]
fn three_runners() {
    check(&Protocol::new(&[Inside, Inside], 3, 1));
    check(&Protocol::new(&[Inside], 3, 2));
}

#[test]
#[ignore = "larger bounds, a minute in all"]
fn two_faults() {
    check(&Protocol::new(&[Inside, Inside], 2, 2));
    check(&Protocol::new(&[Inside, Inside], 2, 2).in_one_process());
}

#[test]
#[ignore = "larger bounds, a minute in all"]
fn more_migrations() {
    for kind in [Joint, Alone, Opaque] {
        check(&Protocol::new(&[Inside, kind], 2, 1));
    }
}
