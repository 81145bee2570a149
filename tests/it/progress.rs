//! While the server works, the observer is told how far it is, and so is who waits for it.

use std::thread;
use std::time::Duration;

use migrations_tests::{TestDatabase, by_name, eventually};

use crate::told::Told;

/// A writer holds up the build, so that the views have something to show for as long as it takes.
#[test]
fn of_a_build_outside_of_a_transaction() {
    let database = TestDatabase::new();
    by_name("ten-statements-begun").run(&database.pool(1)).unwrap();
    let mut writer = database.client();
    let pid: i32 = writer.query_one("SELECT pg_backend_pid()", &[]).unwrap().get(0);
    writer.batch_execute("BEGIN; INSERT INTO t2 VALUES (1000)").unwrap();
    let (told, other) = (Told::default(), Told::default());
    let runner = by_name("ten-statements").runner().observer(told.clone());
    let waiter = by_name("ten-statements")
        .runner()
        .observer(other.clone())
        .lock_timeout(Duration::from_secs(4));
    let (pool, second) = (database.pool(3), database.pool(1));
    thread::scope(|scope| {
        let run = scope.spawn(|| runner.run(&pool).unwrap());
        eventually("it is told of the build", || {
            told.progress().last().is_some_and(|last| last.phase.is_some())
        });
        let waiting = scope.spawn(|| waiter.run(&second).unwrap());
        eventually("the other one waits", || !other.waiting().is_empty());
        writer.batch_execute("ROLLBACK").unwrap();
        run.join().unwrap();
        waiting.join().unwrap();
    });
    let last = told.progress().iter().rev().find(|it| it.blocker.is_some()).cloned();
    let last = last.unwrap();
    let phase = last.phase.unwrap();
    assert_eq!(last.migration.version(), 2);
    assert_eq!(last.statement, Some(2));
    assert_eq!(phase.command, "CREATE INDEX CONCURRENTLY");
    assert_eq!(phase.phase, "waiting for writers before build");
    assert_eq!((phase.relation.as_str(), phase.unit.as_str()), ("t2", "lockers"));
    assert_eq!((phase.done, phase.total), (0, 1));
    assert_eq!(last.wait.as_deref(), Some("Lock virtualxid"));
    assert_eq!(last.blocker.unwrap().pid, pid);
    let holder = other.waiting()[0].clone();
    assert!(holder.query.starts_with("/* applying 0002_ten_statements.sql"), "{holder}");
    assert_eq!(holder.phase.unwrap().command, "CREATE INDEX CONCURRENTLY");
}

#[test]
fn of_a_migration_that_waits_in_its_transaction() {
    let database = TestDatabase::new();
    by_name("first").run(&database.pool(1)).unwrap();
    let mut blocker = database.client();
    blocker.batch_execute("BEGIN; LOCK TABLE counter").unwrap();
    let pid: i32 = blocker.query_one("SELECT pg_backend_pid()", &[]).unwrap().get(0);
    let told = Told::default();
    let runner = by_name("base").runner().observer(told.clone());
    let pool = database.pool(2);
    thread::scope(|scope| {
        let run = scope.spawn(|| runner.run(&pool).unwrap());
        eventually("it is told", || !told.progress().is_empty());
        blocker.batch_execute("ROLLBACK").unwrap();
        run.join().unwrap();
    });
    let first = told.progress()[0].clone();
    assert_eq!((first.migration.version(), first.statement), (2, None));
    assert_eq!(first.wait.as_deref(), Some("Lock relation"));
    assert_eq!(first.blocker.unwrap().pid, pid);
}
