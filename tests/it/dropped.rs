//! The database is dropped while a runner is at work in it, or waits: one error, and no wait without
//! end.

use std::thread;
use std::time::{Duration, Instant};

use migrations_runtime::{Error, Migrations};
use migrations_tests::{Pool, TestDatabase, by_hand, by_name, eventually};

use crate::told::Told;

fn sleeper() -> Migrations {
    by_hand(&["SELECT pg_sleep(600)"])
}

fn drop_database(database: &TestDatabase) {
    let name = database.value("current_database()");
    TestDatabase::new().execute(&format!("DROP DATABASE {name} WITH (FORCE)"));
}

/// Drops the database when `is_there` has come to pass in it.
#[track_caller]
fn dropped_when(
    database: &TestDatabase,
    is_there: &str,
    run: impl FnOnce() -> Error + Send,
) -> String {
    thread::scope(|scope| {
        let run = scope.spawn(run);
        eventually("it is at work", || database.value(is_there) == "true");
        let dropped = Instant::now();
        drop_database(database);
        let error = run.join().unwrap();
        assert!(dropped.elapsed() < Duration::from_secs(60), "it has tried for too long: {error}");
        error.to_string()
    })
}

fn impatient(database: &TestDatabase) -> Pool {
    database.impatient_pool(3).0
}

const SLEEPS: &str = "SELECT count(*) > 0 FROM pg_stat_activity \
                      WHERE datname = current_database() AND wait_event = 'PgSleep'";

#[test]
fn under_a_migration_it_is_one_clear_error() {
    let database = TestDatabase::new();
    let pool = impatient(&database);
    let error = dropped_when(&database, SLEEPS, || sleeper().run(&pool).unwrap_err());
    let lost = "cannot apply by_hand.sql: the connection was lost";
    assert!(error.starts_with(lost), "{error}");
    assert!(error.contains("  = next: "), "{error}");
}

/// Which runs in two sessions.
#[test]
fn under_statements_that_run_one_by_one_it_is_one_clear_error() {
    let database = TestDatabase::new();
    by_name("ten-statements-begun").run(&database.pool(2)).unwrap();
    let mut reader = database.client();
    reader.batch_execute("BEGIN; INSERT INTO t2 VALUES (1000)").unwrap();
    let pool = impatient(&database);
    let waits = "SELECT count(*) > 0 FROM pg_stat_activity \
                 WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let run = || by_name("ten-statements").run(&pool).unwrap_err();
    let error = dropped_when(&database, waits, run);
    assert!(error.starts_with("cannot apply tests/fixtures/ten-statements/"), "{error}");
    assert!(error.contains("  = next: "), "{error}");
}

#[test]
fn under_a_waiter_it_is_one_clear_error() {
    let database = TestDatabase::new();
    let (holder, waiter) = (database.pool(2), impatient(&database));
    let told = Told::default();
    let waits = by_hand(&["SELECT 1"]).runner().set_name("waits").observer(told.clone());
    thread::scope(|scope| {
        let holds = scope.spawn(|| sleeper().run(&holder).unwrap_err());
        eventually("the lock is held", || database.locks() == "1");
        let waits = scope.spawn(|| waits.run(&waiter).unwrap_err());
        eventually("it is waited for", || !told.waiting().is_empty());
        drop_database(&database);
        let error = waits.join().unwrap();
        assert!(error.is_pool() || error.to_string().contains("connection"), "{error}");
        assert!(error.to_string().contains("  = next: "), "{error}");
        holds.join().unwrap();
    });
}

/// The pool still has a connection, and does not know that it is dead.
#[test]
fn before_a_start_it_is_one_clear_error() {
    let database = TestDatabase::new();
    let pool = impatient(&database);
    by_name("first").run(&pool).unwrap();
    drop(pool.get().unwrap());
    drop_database(&database);
    let error = by_name("base").run(&pool).unwrap_err().to_string();
    assert!(error.contains("  = next: "), "{error}");
    let error = by_name("base").run(&pool).unwrap_err();
    assert!(error.is_pool(), "{error}");
}
