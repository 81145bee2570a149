//! However many start at the same moment, each migration runs once and everyone succeeds.

use std::sync::Barrier;
use std::thread;

use migrations_tests::{Gate, Outcome, Starter, TestDatabase, by_name, eventually};

use crate::starter;

#[track_caller]
pub(crate) fn check(database: &TestDatabase, outcomes: &[Outcome], pending: usize) {
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

/// Each history has a lock of its own, so only the server's catalog tells who creates the schema.
#[test]
fn of_histories_that_create_one_schema() {
    for _ in 0..4 {
        let database = TestDatabase::new();
        let (pool, start) = (database.pool(8), Barrier::new(8));
        thread::scope(|scope| {
            for number in 0..8 {
                let runner = by_name("harmless").runner().history_schema("of_all");
                let runner = runner.history_table(format!("history_{number}"));
                let (pool, start) = (&pool, &start);
                scope.spawn(move || {
                    drop(pool.get().unwrap());
                    start.wait();
                    runner.run(pool).unwrap();
                });
            }
        });
        assert_eq!(
            database.value("SELECT count(*) FROM pg_tables WHERE schemaname = 'of_all'"),
            "8"
        );
    }
}

/// Each call works on a thread of the library's, which Linux shows.
#[cfg(target_os = "linux")]
#[test]
fn of_32_threads_one_tries_and_all_get_its_failure() {
    let database = TestDatabase::new();
    let mut gate = Gate::close(&database);
    let mut starter = Starter::new(starter(), &database, &["run", "fails-always", "32"]);
    starter.wait_until_ready();
    starter.go();
    eventually("all 32 have called", || starter.threads_named("migrations") == 32);
    gate.wait_until_reached();
    gate.open();

    let outcome = starter.outcome();
    assert_eq!(outcome.lines.len(), 32);
    let failure = "cannot apply tests/fixtures/fails-always/0002_attempt.sql: division by zero";
    assert!(outcome.lines.iter().all(|line| line.starts_with(failure)), "{outcome:#?}");
    assert_eq!(database.value("SELECT last_value FROM attempts"), "1");

    // The next call tries again.
    by_name("fails-always").run(&database.pool(1)).unwrap_err();
    assert_eq!(database.value("SELECT last_value FROM attempts"), "2");
}
