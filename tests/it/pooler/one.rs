//! Behind a pooler that has one connection to the server for all.

use std::thread;
use std::time::Duration;

use migrations_tests::{Pool, Pooled, Starter, by_name};
use postgres::NoTls;
use r2d2_postgres::PostgresConnectionManager;

use crate::race::check;
use crate::starter;

#[test]
fn files_in_transactions_need_no_more() {
    let pooled = with(1);
    for set in ["base", "repeatable"] {
        let runner = by_name(set).runner().set_name(set);
        assert!(!runner.run(&pooled.pool(4)).unwrap().applied().is_empty());
        assert!(runner.run(&pooled.pool(4)).unwrap().applied().is_empty());
    }
    pooled.check_nothing_is_locked();
}

#[test]
fn of_16_processes_each_succeeds() {
    let pooled = with(1);
    for pending in [3, 0] {
        let outcomes = Starter::race_at(16, starter(), &pooled.url, &["run", "base"]);
        check(&pooled.database, &outcomes, pending);
    }
    pooled.check_nothing_is_locked();
}

/// Whether the pool's second connection comes as far as the pooler, and whether it is tried out there, or
/// has to be opened.
#[test]
fn a_file_outside_of_a_transaction_ends_with_an_error_and_leaves_the_lock() {
    let refuse = |idle, test| {
        let pooled = with(1);
        let pool = impatient(&pooled.url, idle, test);
        let error = by_name("concurrent-index").run(&pool).unwrap_err().to_string();
        let expected = "cannot apply tests/fixtures/concurrent-index/0002_index.sql: statements that \
                        run outside of a transaction take two connections to the server, one to hold \
                        the lock and one to run them, but within 5s there was no second one";
        assert!(error.starts_with(expected), "{error}");
        for part in ["nothing was changed", "`default_pool_size`", "before it in this run: 0001_"] {
            assert!(error.contains(part), "{error}");
        }
        assert_eq!(pooled.database.recorded(), "1");
        pooled.check_nothing_is_locked();
        drop(pool);
        by_name("base").runner().set_name("base").run(&pooled.pool(2)).unwrap();
    };
    thread::scope(|scope| {
        for (idle, test) in [(2, true), (2, false), (0, false)] {
            scope.spawn(move || refuse(idle, test));
        }
    });
}

#[test]
fn with_two_it_is_applied() {
    let pooled = with(2);
    let report = by_name("concurrent-index").run(&pooled.pool(2)).unwrap();
    assert_eq!(report.applied().len(), 2);
    pooled.check_nothing_is_locked();
}

fn with(connections: u8) -> Pooled {
    Pooled::by_transaction(&[("default_pool_size", &*connections.to_string())])
}

/// A pool that waits for five seconds.
fn impatient(url: &str, idle: u32, test: bool) -> Pool {
    let manager = PostgresConnectionManager::new(url.parse().unwrap(), NoTls);
    let pool = r2d2::Pool::builder().max_size(2).min_idle(Some(idle)).test_on_check_out(test);
    pool.connection_timeout(Duration::from_secs(5)).build(manager).unwrap()
}
