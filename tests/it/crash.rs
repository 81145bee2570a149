//! However a run ends, a migration is there as a whole or not at all, and the next start finishes.

use migrations_tests::{Cut, Proxy, Starter, TestDatabase, by_name, eventually};
use postgres::Client;

use crate::starter;

/// A starter that hangs in the midst of a migration until the session lets go of the lock 4711.
struct Hanging {
    database: TestDatabase,
    gatekeeper: Client,
    starter: Starter,
}

impl Hanging {
    fn new() -> Self {
        let database = TestDatabase::new();
        let mut gatekeeper = database.client();
        gatekeeper.batch_execute("SELECT pg_advisory_lock(4711)").unwrap();
        let mut starter = Starter::new(starter(), &database, &["run", "gate"]);
        starter.wait_until_ready();
        starter.go();
        let hanging = Self { database, gatekeeper, starter };
        eventually("the migration waits at the gate", || hanging.backends_at_the_gate() == 1);
        hanging
    }

    fn backends_at_the_gate(&self) -> usize {
        let waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' \
                       AND objid = 4711 AND NOT granted";
        self.database.value(waiting).parse().unwrap()
    }

    fn open_the_gate(&mut self) {
        self.gatekeeper.batch_execute("SELECT pg_advisory_unlock(4711)").unwrap();
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
    assert_eq!(hanging.backends_at_the_gate(), 1);
    hanging.open_the_gate();
    let outcome = next.outcome();
    assert!(outcome.is_success, "{outcome:?}");
    check_finished(&hanging.database);
}

#[test]
fn a_terminated_backend_leaves_nothing_of_the_migration() {
    let mut hanging = Hanging::new();
    let terminate = "SELECT count(pg_terminate_backend(pid)) FROM pg_locks \
                     WHERE locktype = 'advisory' AND objid = 4711 AND NOT granted";
    assert_eq!(hanging.database.value(terminate), "1");
    let outcome = hanging.starter.outcome();
    assert!(!outcome.is_success);
    let expected = "0002_wait_at_the_gate.sql: the connection was lost: ";
    assert!(outcome.lines[0].contains(expected), "{outcome:?}");
    assert_eq!(hanging.database.recorded(), "1");
    assert_eq!(hanging.database.value("SELECT n FROM counter"), "0");
    assert_eq!(hanging.database.locks(), "1", "only the gate's");

    hanging.gatekeeper.batch_execute("SELECT pg_advisory_unlock(4711)").unwrap();
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
