//! A wait ends at its deadline, names the holder, and disturbs nobody.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use migrations_runtime::{Holder, Observer};
use migrations_tests::{Gate, Starter, TestDatabase, by_name, eventually};
use postgres::Client;

use crate::starter;

/// Holds the history's lock as a run does, in a transaction.
fn hold_the_lock(database: &TestDatabase) -> Client {
    let mut holder = database.client();
    holder
        .batch_execute(
            "SET application_name = 'the holder'; BEGIN; SELECT pg_advisory_xact_lock(\
             hashtextextended('migrations-runtime: public.embedded_migrations' COLLATE \"C\", 0))",
        )
        .unwrap();
    holder
}

#[test]
fn ends_at_the_deadline_with_the_holder_named() {
    let database = TestDatabase::new();
    let mut holder = hold_the_lock(&database);
    let pid: i32 = holder.query_one("SELECT pg_backend_pid()", &[]).unwrap().get(0);
    let runner = by_name("base").runner().lock_deadline(Duration::from_millis(1));
    let error = runner.run(&database.pool(1)).unwrap_err();
    assert!(error.is_lock_deadline());
    let text = error.to_string();
    let named = format!("pid {pid} (application_name `the holder`, state `idle in transaction`");
    assert!(text.contains(&named), "{text}");
    assert!(text.contains(&format!("SELECT pg_terminate_backend({pid})")), "{text}");
    assert_eq!(database.value("to_regclass('embedded_migrations')"), "NULL");
}

#[derive(Clone, Default)]
struct Waits(Arc<Mutex<Vec<Option<i32>>>>);

impl Observer for Waits {
    fn waiting(&self, _: Duration, holder: Option<&Holder>) {
        self.0.lock().unwrap().push(holder.map(|holder| holder.pid));
    }
}

#[test]
fn goes_on_when_the_holder_is_gone() {
    let database = TestDatabase::new();
    let mut holder = hold_the_lock(&database);
    let pid: i32 = holder.query_one("SELECT pg_backend_pid()", &[]).unwrap().get(0);
    let waits = Waits::default();
    let runner = by_name("base").runner().observer(waits.clone());
    let pool = database.pool(1);
    let run = std::thread::spawn(move || runner.run(&pool));
    eventually("the observer is told of the wait", || !waits.0.lock().unwrap().is_empty());
    drop(holder);
    assert_eq!(run.join().unwrap().unwrap().applied().len(), 3);
    assert_eq!(waits.0.lock().unwrap()[0], Some(pid));
}

/// A blocking lock would hold a snapshot, which `CREATE INDEX CONCURRENTLY` waits for; the holder
/// builds the index, so neither would ever be done.
#[test]
fn does_not_disturb_create_index_concurrently() {
    let database = TestDatabase::new();
    by_name("first").run(&database.pool(1)).unwrap();
    let mut holder = hold_the_lock(&database);
    let waits = Waits::default();
    let runner = by_name("base").runner().observer(waits.clone());
    let pool = database.pool(1);
    let run = std::thread::spawn(move || runner.run(&pool));
    eventually("the observer is told of the wait", || !waits.0.lock().unwrap().is_empty());

    let mut builder = database.client();
    builder.batch_execute("SET deadlock_timeout = '100ms'; SET statement_timeout = '30s'").unwrap();
    for number in 0..20 {
        let sql = format!("CREATE INDEX CONCURRENTLY counter_{number} ON counter (n)");
        builder.batch_execute(&sql).unwrap();
    }
    assert_eq!(database.value("SELECT count(*) FROM pg_index WHERE NOT indisvalid"), "0");
    holder.batch_execute("ROLLBACK").unwrap();
    assert_eq!(run.join().unwrap().unwrap().applied().len(), 2);
}

/// The gate is at the end: between two migrations the lock is free, and who waits may get it.
#[test]
fn says_who_did_it_meanwhile() {
    let database = TestDatabase::new();
    let mut gate = Gate::close(&database);
    let waits = Waits::default();
    let mut first = Starter::new(starter(), &database, &["run", "gate-at-the-end"]);
    first.wait_until_ready();
    first.go();
    gate.wait_until_reached();
    let (pool, runner) =
        (database.pool(1), by_name("gate-at-the-end").runner().observer(waits.clone()));
    let second = std::thread::spawn(move || runner.run(&pool));
    eventually("the second run waits", || !waits.0.lock().unwrap().is_empty());
    gate.open();

    assert_eq!(first.outcome().lines, ["applied 2, skipped 0"]);
    let report = second.join().unwrap().unwrap();
    assert_eq!((report.applied().len(), report.skipped().len()), (0, 2));
    let versions: Vec<_> = report.by_others().iter().map(|other| other.version).collect();
    assert!(versions.ends_with(&[2]), "{versions:?}");
    assert!(report.by_others().iter().all(|other| other.role == "postgres"));
    assert!(report.by_others()[0].application.starts_with("migrations-tests "));
}

#[test]
fn one_lock_for_each_history_not_for_each_database() {
    let database = TestDatabase::new();
    let _holder = hold_the_lock(&database);
    let runner = by_name("base").runner().history_table("another_history");
    assert_eq!(runner.run(&database.pool(1)).unwrap().applied().len(), 3);
}

/// Also where it looks how far the holder is.
#[test]
fn a_waiter_does_not_wait_for_a_locked_history() {
    let database = TestDatabase::new();
    by_name("first").run(&database.pool(1)).unwrap();
    let _holder = hold_the_lock(&database);
    let mut locker = database.client();
    locker.batch_execute("BEGIN; LOCK TABLE embedded_migrations").unwrap();
    let runner = by_name("base").runner().lock_timeout(Duration::from_millis(10));
    let error = runner.lock_deadline(Duration::from_millis(1)).run(&database.pool(1)).unwrap_err();
    assert!(error.is_lock_deadline(), "{error}");
}

/// The library's own statements do not wait without end, either.
#[test]
fn a_locked_history_table_ends_in_an_error() {
    let database = TestDatabase::new();
    by_name("first").run(&database.pool(1)).unwrap();
    let mut locker = database.client();
    locker.batch_execute("BEGIN; LOCK TABLE embedded_migrations").unwrap();
    let runner = by_name("base").runner().lock_timeout(Duration::from_millis(10)).retries(1);
    let error = runner.run(&database.pool(1)).unwrap_err();
    assert_eq!(error.code().map(postgres::error::SqlState::code), Some("55P03"));
    assert_eq!(database.locks(), "0");
    locker.batch_execute("ROLLBACK").unwrap();
    assert_eq!(runner.run(&database.pool(1)).unwrap().applied().len(), 2);
}

#[test]
fn a_wipe_that_is_not_committed_yet_ends_in_an_error() {
    let database = TestDatabase::new();
    let mut wiper = database.client();
    wiper.batch_execute("BEGIN; DROP SCHEMA public CASCADE; CREATE SCHEMA public").unwrap();
    let runner = by_name("base").runner().lock_timeout(Duration::from_millis(10)).retries(1);
    let error = runner.run(&database.pool(1)).unwrap_err().to_string();
    assert!(error.starts_with("cannot create the history table"), "{error}");
    wiper.batch_execute("COMMIT").unwrap();
    assert_eq!(runner.run(&database.pool(1)).unwrap().applied().len(), 3);
}

/// Who waits in the process needs no connection.
#[test]
fn threads_share_a_pool_of_one() {
    let database = TestDatabase::new();
    let mut gate = Gate::close(&database);
    let (pool, time_outs) = database.impatient_pool(1);
    std::thread::scope(|scope| {
        let run = || by_name("gate").run(&pool).unwrap();
        let first = scope.spawn(run);
        gate.wait_until_reached();
        let others = [scope.spawn(run), scope.spawn(run)];
        eventually("the pool had none for the others", || time_outs.count() >= 2);
        gate.open();
        assert_eq!(first.join().unwrap().applied().len(), 3);
        for other in others {
            assert_eq!(other.join().unwrap().skipped().len(), 3);
        }
    });
}
