//! What only looks: status, plan, verify, wait, history. And two sets in one database.

use std::time::Duration;

use migrations_runtime::{Revert, Sets, State, Status, StopHandle};
use migrations_tests::{Gate, Pool, TestDatabase, by_name, eventually};
use postgres::NoTls;
use r2d2_postgres::PostgresConnectionManager;

use crate::texts::set_of;

const SHORT: Duration = Duration::from_millis(300);
const LONG: Duration = Duration::from_secs(60);

fn states(status: &Status) -> Vec<State> {
    status.entries().iter().map(|entry| entry.state).collect()
}

#[test]
fn looks_create_nothing() {
    let database = TestDatabase::new();
    let (runner, pool) = (by_name("base").runner(), database.pool(1));
    assert_eq!(states(&runner.status(&pool).unwrap()), [State::Pending; 3]);
    assert_eq!(runner.plan(&pool).unwrap().len(), 3);
    assert_eq!(states(&runner.verify(&pool).unwrap()), [State::Pending; 3]);
    assert!(runner.history(&pool).unwrap().is_empty());
    assert!(!runner.is_current(&pool).unwrap());
    assert!(runner.lock_holder(&pool).unwrap().is_none());
    assert!(runner.wait(&pool, SHORT).unwrap_err().is_not_current());
    assert_eq!(database.value("to_regclass('embedded_migrations')"), "NULL");
}

#[test]
fn looks_take_the_right_to_select_only() {
    let database = TestDatabase::new();
    by_name("base").run(&database.pool(2)).unwrap();
    database.execute(
        "CREATE ROLE looks_only LOGIN; GRANT SELECT ON embedded_migrations TO looks_only; \
         ALTER ROLE looks_only SET default_transaction_read_only = on",
    );
    let pool = TestDatabase::pool_of(&database.url_of("looks_only"), 1);
    let runner = by_name("base").runner();
    assert!(runner.status(&pool).unwrap().is_current());
    assert!(runner.is_current(&pool).unwrap());
    assert!(runner.plan(&pool).unwrap().is_empty());
    runner.wait(&pool, SHORT).unwrap();
    drop(pool);
    database.execute("DROP OWNED BY looks_only; DROP ROLE looks_only");
}

#[test]
fn a_status_says_who_applied_what_when() {
    let database = TestDatabase::new();
    let (runner, pool) = (by_name("base").runner(), database.pool(2));
    runner.run(&pool).unwrap();
    let status = runner.status(&pool).unwrap();
    assert_eq!(status.history(), "\"public\".\"embedded_migrations\"");
    let recorded = status.entries()[0].recorded.as_ref().unwrap();
    let age = recorded.applied_at.elapsed().unwrap();
    assert!(age < LONG && recorded.duration.unwrap() < LONG, "{recorded:?}");
    assert_eq!(recorded.applied_by, "postgres");
    assert!(recorded.application.starts_with("migrations-tests "), "{recorded:?}");
    assert_eq!(runner.history(&pool).unwrap().len(), 3);
}

#[test]
fn each_thing_that_a_run_would_refuse_is_a_problem_of_its_entry() {
    for (set, expected) in
        [("edited", State::Edited), ("removed", State::Missing), ("late", State::Late)]
    {
        let database = TestDatabase::new();
        let pool = database.pool(2);
        by_name("base").run(&pool).unwrap();
        let status = by_name(set).runner().status(&pool).unwrap();
        let problems: Vec<_> = status.problems().collect();
        let found = problems.iter().find(|entry| entry.state == expected);
        let entry = found.unwrap_or_else(|| panic!("{set}: {problems:?}"));
        assert!(entry.problem.as_ref().unwrap().contains("= next: "), "{entry:?}");
        assert!(!status.is_current());
        assert!(by_name(set).runner().verify(&pool).unwrap_err().is_refused());
    }
}

#[test]
fn a_wait_ends_when_another_process_has_migrated() {
    let database = TestDatabase::new();
    let mut gate = Gate::close(&database);
    let (runner, pool) = (by_name("gate").runner(), database.pool(4));
    std::thread::scope(|scope| {
        let migrates = scope.spawn(|| runner.run(&pool));
        let waits = scope.spawn(|| runner.wait(&pool, LONG));
        gate.wait_until_reached();
        let status = runner.status(&pool).unwrap();
        assert!(status.holder().is_some());
        gate.open();
        migrates.join().unwrap().unwrap();
        waits.join().unwrap().unwrap();
    });
    assert!(runner.is_current(&pool).unwrap());
}

#[test]
fn the_holder_of_the_lock_can_be_ended() {
    let database = TestDatabase::new();
    let mut gate = Gate::close(&database);
    let (runner, pool) = (by_name("gate").runner().retries(0), database.pool(4));
    std::thread::scope(|scope| {
        let migrates = scope.spawn(|| runner.run(&pool));
        gate.wait_until_reached();
        let mut bystander = database.pool(1).get().unwrap();
        bystander.batch_execute("BEGIN; LOCK TABLE pg_class IN ACCESS SHARE MODE").unwrap();
        assert!(runner.terminate_lock_holder(&pool).unwrap().is_some());
        bystander.batch_execute("COMMIT").unwrap();
        let error = migrates.join().unwrap().unwrap_err().to_string();
        assert!(error.contains("the connection was lost"), "{error}");
    });
    drop(gate);
    assert!(runner.terminate_lock_holder(&pool).unwrap().is_none());
    runner.run(&pool).unwrap();
}

/// Another set of the same table has the lock, and of this one nothing is pending.
#[test]
fn an_operation_waits_for_the_lock_no_longer_than_the_deadline() {
    let database = TestDatabase::new();
    let pool = database.pool(4);
    let runner = by_name("revertible").runner().set_name("other");
    runner.run(&pool).unwrap();
    let mut gate = Gate::close(&database);
    std::thread::scope(|scope| {
        let migrates = scope.spawn(|| by_name("gate").run(&pool));
        gate.wait_until_reached();
        let impatient = runner.clone().lock_deadline(SHORT);
        let error = impatient.down(&pool, Revert::Steps(1)).unwrap_err();
        assert!(error.is_lock_deadline(), "{error}");
        assert!(error.to_string().contains("which holds the lock: pid "), "{error}");
        gate.open();
        migrates.join().unwrap().unwrap();
    });
    assert_eq!(runner.down(&pool, Revert::Steps(1)).unwrap().reverted().len(), 1);
}

#[test]
fn two_sets_are_applied_in_their_order_and_shown_together() {
    let database = TestDatabase::new();
    let pool = database.pool(2);
    let library = set_of(&[("0001_accounts.sql", "CREATE TABLE accounts (id int PRIMARY KEY)")]);
    let application =
        set_of(&[("0001_bets.sql", "CREATE TABLE bets (account int REFERENCES accounts)")]);
    let sets = Sets::new().then(library.runner().set_name("billing")).then(application.runner());
    assert!(!sets.is_current(&pool).unwrap());
    let reports = sets.run(&pool).unwrap();
    assert_eq!(reports.iter().map(|report| report.applied().len()).collect::<Vec<_>>(), [1, 1]);
    let status = sets.status(&pool).unwrap();
    assert_eq!(status.iter().map(Status::set_name).collect::<Vec<_>>(), ["billing", "default"]);
    assert!(status.iter().all(Status::is_current) && sets.is_current(&pool).unwrap());
}

#[test]
fn two_sets_of_one_name_are_refused() {
    let database = TestDatabase::new();
    let runner = by_name("base").runner();
    let sets = Sets::new().then(runner.clone()).then(runner);
    let error = sets.run(&database.pool(1)).unwrap_err().to_string();
    assert_eq!(error, "the option `set_name` is the same for two sets of one history table");
}

#[test]
fn a_history_in_another_schema_is_told_and_no_second_one_begun() {
    let database = TestDatabase::new();
    by_name("revertible").run(&database.pool(1)).unwrap();
    database.execute("CREATE SCHEMA tenant");
    let pool = database.customized_pool("SET search_path = tenant, public");
    let runner = by_name("revertible").runner();
    let errors = [
        runner.status(&pool).unwrap_err(),
        runner.is_current(&pool).unwrap_err(),
        runner.baseline(&pool, 1).unwrap_err(),
    ];
    for error in errors.map(|error| error.to_string()) {
        assert!(
            error.contains("is recorded in the table `embedded_migrations` of the schema `public`"),
            "{error}"
        );
    }
    assert_eq!(database.value("to_regclass('tenant.embedded_migrations')"), "NULL");
}

/// A pool that has no connection to give, and says so after an hour only.
fn patient_pool_of_nothing() -> Pool {
    let manager =
        PostgresConnectionManager::new("host=127.0.0.1 port=1 user=nobody".parse().unwrap(), NoTls);
    let builder = r2d2::Pool::builder().max_size(1).error_handler(Box::new(r2d2::NopErrorHandler));
    builder.connection_timeout(Duration::from_secs(3600)).build_unchecked(manager)
}

#[test]
fn a_wait_ends_at_its_deadline_although_the_pool_is_more_patient() {
    let error = by_name("base").runner().wait(&patient_pool_of_nothing(), SHORT).unwrap_err();
    assert!(error.is_pool(), "{error}");
}

#[test]
fn a_wait_for_a_connection_ends_when_it_is_told_to_stop() {
    let stop = StopHandle::new();
    let runner = by_name("base").runner().stop_handle(stop.clone());
    let waits = std::thread::spawn(move || runner.wait(&patient_pool_of_nothing(), LONG * 60));
    stop.stop();
    assert!(waits.join().unwrap().unwrap_err().is_stopped());
}

#[test]
fn a_wait_outlasts_a_history_that_is_locked() {
    let database = TestDatabase::new();
    let runner = by_name("base").runner().lock_timeout(Duration::from_millis(1));
    let pool = database.pool(2);
    runner.run(&pool).unwrap();
    let mut other = database.client();
    other.batch_execute("BEGIN; LOCK TABLE embedded_migrations").unwrap();
    let waits = std::thread::spawn(move || runner.wait(&pool, LONG));
    eventually("the lock was not obtained once", || {
        database.value(
            "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle%' AND query LIKE \
             'SET LOCAL lock_timeout%' AND datname = current_database()",
        ) != "0"
    });
    other.batch_execute("ROLLBACK").unwrap();
    waits.join().unwrap().unwrap();
}

#[test]
fn a_wait_up_to_a_target_names_what_is_below_it() {
    let database = TestDatabase::new();
    let runner = by_name("revertible").runner().target(2);
    let pool = database.pool(2);
    let error = runner.wait(&pool, Duration::ZERO).unwrap_err().to_string();
    assert!(error.contains("0002") && !error.contains("0003"), "{error}");
    runner.run(&pool).unwrap();
    runner.wait(&pool, Duration::ZERO).unwrap();
}

#[test]
fn one_set_under_two_names_is_run_once_under_each() {
    let database = TestDatabase::new();
    let set = by_name("harmless");
    let sets = Sets::new().then(set.runner().set_name("x")).then(set.runner().set_name("y"));
    let pool = database.pool(2);
    sets.run_once(&pool).unwrap();
    let again = sets.run_once(&pool).unwrap();
    assert_eq!(again.len(), 2);
    let names =
        "SELECT string_agg(DISTINCT set_name, ' ' ORDER BY set_name) FROM embedded_migrations";
    assert_eq!(database.value(names), "x y");
}
