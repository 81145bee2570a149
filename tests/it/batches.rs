//! Backfills in batches.

use std::time::Duration;

use migrations_runtime::StopHandle;
use migrations_tests::{Starter, TestDatabase, by_name, eventually};

use crate::starter;
use crate::told::Told;

const ROWS: &str = "SELECT rows_done FROM embedded_migrations WHERE version = 2";
const DONE: &str = "SELECT count(*) FROM bets WHERE odds IS NOT NULL";

/// Each time it goes on where it had stopped, and counts each row once.
#[test]
fn a_backfill_that_is_killed_twice() {
    let database = TestDatabase::new();
    let mut rows: u64 = 0;
    for _ in 0..2 {
        let mut starter = Starter::new(starter(), &database, &["run", "batches"]);
        starter.wait_until_ready();
        starter.go();
        let mut client = database.client();
        eventually("it has done some batches more", || {
            let read = client.query_opt(ROWS, &[]).ok().flatten();
            let now = read.and_then(|row| row.get::<_, Option<i64>>(0)).unwrap_or_default();
            now.unsigned_abs() > rows + 20_000
        });
        starter.kill();
        rows = database.value(ROWS).parse().unwrap();
    }
    assert!(rows < 200_000, "{rows}");
    let report = by_name("batches").run(&database.pool(2)).unwrap();
    assert_eq!(report.applied().len(), 1, "{report}");
    assert_eq!(report.applied()[0].rows(), Some(200_000));
    assert_eq!(report.continued().len(), 1, "{report}");
    assert_eq!(database.value(DONE), "200000");
    assert_eq!(database.value(ROWS), "200000");
    assert_eq!(database.locks(), "0");
}

/// The text is the same: directives are comments, and can be changed in between.
#[test]
fn a_pause_ends_when_it_is_stopped_and_what_is_done_stays() {
    let database = TestDatabase::new();
    let (stop, pool) = (StopHandle::new(), database.pool(2));
    let runner = by_name("batches-paused").runner().stop_handle(stop.clone());
    let (waits, second) = (Told::default(), database.pool(1));
    // With the same options it would wait for the other thread, and not at the database.
    let waiter = by_name("batches-paused").runner().lock_timeout(Duration::from_secs(4));
    let waiter = waiter.observer(waits.clone()).stop_handle(stop.clone());
    let error = std::thread::scope(|scope| {
        let run = scope.spawn(|| runner.run(&pool).unwrap_err());
        let done = || {
            database.value("to_regclass('embedded_migrations')") != "NULL"
                && database.value(ROWS) == "30"
        };
        eventually("the first batch is done", done);
        scope.spawn(|| waiter.run(&second).unwrap_err());
        eventually("another process waits", || !waits.waiting().is_empty());
        stop.stop();
        run.join().unwrap()
    });
    assert!(error.is_stopped(), "{error}");
    let waited_for = waits.waiting()[0].to_string();
    assert!(waited_for.ends_with(": batches of backfill, 30 rows"), "{waited_for}");
    let told = "30 rows are changed and stay, the last batch left nothing";
    assert!(error.to_string().contains(told), "{error}");
    assert_eq!(database.value(DONE), "30");
    assert_eq!(database.locks(), "0");

    let report = by_name("batches-mended").run(&database.pool(2)).unwrap();
    assert_eq!(report.applied()[0].rows(), Some(100));
    assert_eq!(database.value(DONE), "100");
}

#[test]
fn the_batches_of_the_readme() {
    let readme = include_str!("../../README.md");
    for set in ["batches-simple", "batches-keyset"] {
        let set = by_name(set);
        assert!(readme.contains(set.iter().nth(1).unwrap().sql()));
        let database = TestDatabase::new();
        let report = set.run(&database.pool(2)).unwrap();
        assert_eq!(report.applied()[1].rows(), Some(12_345));
        assert_eq!(database.value("SELECT count(*) FROM bets WHERE odds = 2.0"), "12345");
    }
}
