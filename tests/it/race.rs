//! However many start at the same moment, each migration runs once and everyone succeeds.

use migrations_tests::{Outcome, Starter, TestDatabase, by_name};

use crate::starter;

#[track_caller]
fn check(database: &TestDatabase, outcomes: &[Outcome], pending: usize) {
    let lines: Vec<_> = outcomes.iter().flat_map(|outcome| &outcome.lines).collect();
    let applied = |line: &&&String| -> usize {
        let (count, _) = line["applied ".len()..].split_once(',').unwrap();
        count.parse().unwrap()
    };
    assert!(outcomes.iter().all(|outcome| outcome.is_success), "{outcomes:#?}");
    assert_eq!(lines.iter().map(|line| applied(&line)).sum::<usize>(), pending);
    assert_eq!(database.value("SELECT n FROM counter"), "1");
    assert_eq!(database.recorded(), "1 2 4");
    assert_eq!(database.locks(), "0");
}

#[test]
fn of_32_processes_on_an_empty_database() {
    let database = TestDatabase::new();
    let outcomes = Starter::race(32, starter(), &database, &["run", "base"]);
    assert_eq!(outcomes.len(), 32);
    check(&database, &outcomes, 3);
}

#[test]
fn of_32_processes_with_an_update_pending() {
    let database = TestDatabase::new();
    by_name("first").run(&database.pool(1)).unwrap();
    let outcomes = Starter::race(32, starter(), &database, &["run", "base"]);
    assert_eq!(outcomes.len(), 32);
    check(&database, &outcomes, 2);
}

#[test]
fn of_32_threads_on_an_empty_database() {
    let database = TestDatabase::new();
    let outcomes = Starter::race(1, starter(), &database, &["run", "base", "32"]);
    assert_eq!(outcomes[0].lines.len(), 32);
    check(&database, &outcomes, 3);
}

#[test]
fn of_32_threads_with_an_update_pending() {
    let database = TestDatabase::new();
    by_name("first").run(&database.pool(1)).unwrap();
    let outcomes = Starter::race(1, starter(), &database, &["run", "base", "32"]);
    assert_eq!(outcomes[0].lines.len(), 32);
    check(&database, &outcomes, 2);
}

#[test]
fn of_processes_with_threads_that_run_once() {
    let database = TestDatabase::new();
    let outcomes = Starter::race(8, starter(), &database, &["run_once", "base", "8"]);
    assert!(outcomes.iter().all(|outcome| outcome.is_success), "{outcomes:#?}");
    assert_eq!(database.value("SELECT n FROM counter"), "1");
    assert_eq!(database.locks(), "0");
}
