//! A run that is told to stop cancels what the server does for it, rolls back, and says so.

use std::thread;

use migrations_runtime::{Error, Migrations, StopHandle};
use migrations_tests::{Gate, Pool, TestDatabase, by_name, eventually};

const BUSY: &str = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                    AND pid <> pg_backend_pid() AND query LIKE '/* applying%' AND state = 'active'";

/// Runs, and stops it when it is as far as the test wants it to be.
fn stopped(set: &Migrations, pool: &Pool, reached: impl FnOnce()) -> Error {
    let stop = StopHandle::new();
    let runner = set.runner().stop_handle(stop.clone());
    thread::scope(|scope| {
        let run = scope.spawn(|| runner.run(pool).unwrap_err());
        reached();
        stop.stop();
        run.join().unwrap()
    })
}

/// Also with the only connection of a pool: another one is made to cancel.
#[test]
fn a_migration_in_flight_is_cancelled_and_rolled_back() {
    for size in [1, 4] {
        let database = TestDatabase::new();
        let mut gate = Gate::close(&database);
        let error = stopped(by_name("gate"), &database.pool(size), || gate.wait_until_reached());
        assert!(error.is_stopped(), "{error}");
        assert_eq!(gate.waiting(), 0);
        let expected = "\
cannot apply tests/fixtures/gate/0002_wait_at_the_gate.sql: stopped, as its stop handle was told
  = this migration: rolled back, it left nothing
  = applied before it in this run: 0001_create_counter.sql
  = not tried: 0003_after.sql
  = next: start again";
        let text = error.to_string();
        let (told, context) = text.split_once("\n  = context: ").unwrap_or((&text, ""));
        let rest = context.split_once('\n').map_or(String::new(), |(_, rest)| format!("\n{rest}"));
        assert_eq!(format!("{told}{rest}"), expected);
        assert_eq!(database.recorded(), "1");
        assert_eq!(database.locks(), "1", "only the gate's");
    }
}

#[test]
fn a_statement_outside_of_a_transaction_is_cancelled_and_the_next_start_goes_on() {
    let database = TestDatabase::new();
    by_name("ten-statements-begun").run(&database.pool(1)).unwrap();
    let mut writer = database.client();
    writer.batch_execute("BEGIN; INSERT INTO t3 VALUES (1000)").unwrap();
    let error = stopped(by_name("ten-statements"), &database.pool(2), || {
        let waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' \
                     AND datname = current_database() AND query LIKE '/* applying %, statement 3 of%'";
        eventually("the index waits for the writer", || database.value(waits) == "1");
    });
    assert!(error.is_stopped(), "{error}");
    let told =
        "statements 1 to 2 are done and stay; statement 3 may be done or have left something";
    assert!(error.to_string().contains(told), "{error}");
    assert_eq!(database.value(BUSY), "0");
    assert_eq!(database.locks(), "0");

    writer.batch_execute("ROLLBACK").unwrap();
    let report = by_name("ten-statements").run(&database.pool(2)).unwrap();
    let continued = "Continued 0002_ten_statements.sql at statement 3, which was half done, with \
                     `DROP INDEX CONCURRENTLY public.t3_a_idx`\n";
    assert!(report.to_string().starts_with(continued), "{report}");
    assert_eq!(database.value("SELECT count(*) FROM pg_index WHERE NOT indisvalid"), "0");
}

#[test]
fn a_wait_for_others_ends() {
    let database = TestDatabase::new();
    let mut gate = Gate::close(&database);
    let (holding, waiting) = (database.pool(1), database.pool(1));
    thread::scope(|scope| {
        let holder = scope.spawn(|| by_name("gate").run(&holding).unwrap());
        gate.wait_until_reached();
        let error = stopped(by_name("gate"), &waiting, || ());
        assert!(error.is_stopped(), "{error}");
        gate.open();
        assert_eq!(holder.join().unwrap().applied().len(), 3);
    });
}

#[test]
fn what_was_stopped_before_does_nothing() {
    let database = TestDatabase::new();
    let stop = StopHandle::new();
    stop.stop();
    let runner = by_name("base").runner().stop_handle(stop);
    assert!(runner.run(&database.pool(1)).unwrap_err().is_stopped());
    assert_eq!(database.value("to_regclass('embedded_migrations')"), "NULL");
}

#[test]
fn nothing_is_left_active_after_a_stop() {
    let database = TestDatabase::new();
    let mut gate = Gate::close(&database);
    let error = stopped(by_name("procedure"), &database.pool(2), || gate.wait_until_reached());
    assert!(error.is_stopped() && error.needs_resolve(), "{error}");
    assert_eq!(database.value(BUSY), "0");
    assert_eq!(gate.waiting(), 0);
}
