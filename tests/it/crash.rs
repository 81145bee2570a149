//! However a run ends, a migration is there as a whole or not at all, and the next start finishes.

use migrations_tests::{Cut, Gate, Proxy, Starter, TestDatabase, by_name};

use crate::starter;

/// A starter that hangs in the midst of a migration until the gate is opened.
struct Hanging {
    database: TestDatabase,
    gate: Gate,
    starter: Starter,
}

impl Hanging {
    fn new() -> Self {
        let database = TestDatabase::new();
        let mut gate = Gate::close(&database);
        let mut starter = Starter::new(starter(), &database, &["run", "gate"]);
        starter.wait_until_ready();
        starter.go();
        gate.wait_until_reached();
        Self { database, gate, starter }
    }
}

#[track_caller]
fn check_finished(database: &TestDatabase) {
    assert_eq!(database.recorded(), "1 2 3");
    assert_eq!(database.value("SELECT n FROM counter"), "2");
    assert_eq!(database.locks(), "0");
}

#[test]
fn kill_9_of_the_client_leaves_all_or_nothing() {
    let mut hanging = Hanging::new();
    let mut next = Starter::new(starter(), &hanging.database, &["run", "gate"]);
    next.wait_until_ready();
    next.go();
    hanging.starter.kill();
    // The server does not notice the death while the statement waits: the lock is still held.
    assert_eq!(hanging.gate.waiting(), 1);
    hanging.gate.open();
    let outcome = next.outcome();
    assert!(outcome.is_success, "{outcome:?}");
    check_finished(&hanging.database);
}

#[test]
fn a_terminated_backend_leaves_nothing_of_the_migration() {
    let mut hanging = Hanging::new();
    assert_eq!(hanging.gate.terminate(), 1);
    let outcome = hanging.starter.outcome();
    assert!(!outcome.is_success);
    let expected = "0002_wait_at_the_gate.sql: the connection was lost: ";
    assert!(outcome.lines[0].contains(expected), "{outcome:?}");
    assert_eq!(hanging.database.recorded(), "1");
    assert_eq!(hanging.database.value("SELECT n FROM counter"), "0");
    assert_eq!(hanging.database.locks(), "1", "only the gate's");

    hanging.gate.open();
    by_name("gate").run(&hanging.database.pool(1)).unwrap();
    check_finished(&hanging.database);
}

/// Cuts the connection at each of the nine messages of a first run, in each way.
#[test]
fn a_connection_that_is_cut_anywhere_leaves_all_or_nothing() {
    for cut in [Cut::Half, Cut::NoAnswer, Cut::HalfAnswer] {
        for message in 0..9 {
            let database = TestDatabase::new();
            let proxy = Proxy::new(database.socket());
            let pool = TestDatabase::pool_of(&database.url_through(proxy.port()), 1);
            drop(pool.get().unwrap());
            proxy.cut_at(message, cut);
            let _ = by_name("base").run(&pool);
            drop(pool);
            database.wait_until_unused();

            let applied =
                |table: &str| database.value(&format!("to_regclass('{table}') IS NOT NULL"));
            let recorded = match applied("embedded_migrations").as_str() {
                "true" => database.recorded(),
                _ => "NULL".into(),
            };
            let counter = match applied("counter").as_str() {
                "true" => database.value("SELECT n FROM counter"),
                _ => "none".into(),
            };
            let state = (recorded.as_str(), counter.as_str(), applied("notes"));
            let expected = match recorded.as_str() {
                "NULL" => ("NULL", "none", "false".to_owned()),
                "1" => ("1", "0", "false".to_owned()),
                "1 2" => ("1 2", "1", "false".to_owned()),
                _ => ("1 2 4", "1", "true".to_owned()),
            };
            assert_eq!(state, expected, "{cut:?} at message {message}");

            by_name("base").run(&database.pool(1)).unwrap();
            assert_eq!(database.recorded(), "1 2 4");
            assert_eq!(database.value("SELECT n FROM counter"), "1");
            assert_eq!(database.locks(), "0");
        }
    }
}
