//! A server that follows another one, and the moment when it follows no more.

use std::thread;
use std::time::Duration;

use migrations_runtime::{Error, Revert};
use migrations_tests::{TestDatabase, by_name, eventually};

const MINUTE: Duration = Duration::from_secs(60);

/// A primary on which a set is applied, and a standby that has got it.
fn replicated(set: &str) -> (TestDatabase, TestDatabase) {
    let (primary, standby) = TestDatabase::with_standby();
    by_name(set).run(&primary.pool(1)).unwrap();
    let pool = standby.pool(1);
    eventually("the standby has it", || by_name(set).runner().is_current(&pool).unwrap());
    (primary, standby)
}

fn promote(standby: &TestDatabase) {
    assert_eq!(standby.value("pg_promote()"), "true");
}

#[track_caller]
fn is_of_a_standby(error: &Error) {
    let expected = "something is to be changed, but the server is a standby, which takes no writes; \
                    nothing was changed\n  = next: connect to the primary server (of several hosts, \
                    `target_session_attrs=read-write` chooses it), or start again when this one is \
                    promoted";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn nothing_pending_on_a_standby_is_fine() {
    let (_primary, standby) = replicated("base");
    let (runner, pool) = (by_name("base").runner(), standby.pool(1));
    assert_eq!(runner.run(&pool).unwrap().skipped().len(), 3);
    assert_eq!(runner.status(&pool).unwrap().pending().count(), 0);
    assert_eq!(runner.history(&pool).unwrap().len(), 3);
    runner.verify(&pool).unwrap();
}

#[test]
fn a_renamed_file_and_a_newer_row_are_fine_on_a_standby() {
    let (primary, standby) = replicated("newer");
    assert_eq!(by_name("base").run(&standby.pool(1)).unwrap().newer().len(), 1);
    drop((primary, standby));
    let (_primary, standby) = replicated("base");
    assert_eq!(by_name("renamed").run(&standby.pool(1)).unwrap().renamed().len(), 1);
}

#[test]
fn something_pending_on_a_standby_is_one_clear_error() {
    let (_primary, standby) = replicated("first");
    let (runner, pool) = (by_name("base").runner(), standby.pool(1));
    is_of_a_standby(&runner.run(&pool).unwrap_err());
    is_of_a_standby(&runner.run_once(&pool).unwrap_err());
    assert!(!runner.is_current(&pool).unwrap());
    assert_eq!(runner.plan(&pool).unwrap().len(), 2);
    assert_eq!(standby.locks(), "0");
}

#[test]
fn whatever_changes_anything_is_one_clear_error_on_a_standby() {
    let (_primary, standby) = replicated("revertible");
    let pool = standby.pool(1);
    let runner = by_name("revertible").runner();
    is_of_a_standby(&runner.down(&pool, Revert::Steps(1)).unwrap_err());
    is_of_a_standby(&by_name("base").runner().set_name("other").baseline(&pool, 1).unwrap_err());
    is_of_a_standby(&by_name("base").runner().set_name("other").dry_run(&pool).unwrap_err());
}

/// The first start of all, on the wrong server: there is not even a table.
#[test]
fn an_empty_standby_is_one_clear_error() {
    let (_primary, standby) = TestDatabase::with_standby();
    is_of_a_standby(&by_name("base").run(&standby.pool(1)).unwrap_err());
}

/// Its connections are those from before.
#[test]
fn after_a_promotion_the_same_pool_applies() {
    let (_primary, standby) = replicated("first");
    let pool = standby.pool(1);
    is_of_a_standby(&by_name("base").run(&pool).unwrap_err());
    promote(&standby);
    assert_eq!(by_name("base").run(&pool).unwrap().applied().len(), 2);
    assert_eq!(standby.recorded(), "1 2 4");
}

#[test]
fn after_a_failover_what_had_arrived_is_not_applied_again() {
    let (primary, standby) = replicated("first");
    drop(primary);
    promote(&standby);
    let report = by_name("base").run(&standby.pool(1)).unwrap();
    assert_eq!((report.applied().len(), report.skipped().len()), (2, 1));
    assert_eq!(standby.value("SELECT n FROM counter"), "1");
}

#[test]
fn a_wait_at_a_standby_ends_when_the_migrations_have_arrived() {
    let (primary, standby) = replicated("first");
    let pool = standby.pool(1);
    thread::scope(|scope| {
        let wait = scope.spawn(|| by_name("base").runner().wait(&pool, MINUTE));
        by_name("base").run(&primary.pool(1)).unwrap();
        wait.join().unwrap().unwrap();
    });
    assert_eq!(standby.recorded(), "1 2 4");
}
