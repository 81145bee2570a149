//! `run_once`: once for each process, and one outcome for all who wait.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

use migrations_runtime::{Migration, Migrations, Observer, embed_migrations};
use migrations_tests::{Gate, Proxy, TestDatabase, eventually};

#[test]
fn a_success_is_remembered_and_costs_no_message() {
    static MIGRATIONS: Migrations = embed_migrations!("fixtures/base");
    let database = TestDatabase::new();
    let proxy = Proxy::new(database.socket());
    let pool = TestDatabase::pool_of(&database.url_through(proxy.port()), 1);
    assert_eq!(MIGRATIONS.run_once(&pool).unwrap().applied().len(), 3);
    let _ = proxy.take_messages();
    assert_eq!(MIGRATIONS.run_once(&pool).unwrap().applied().len(), 3);
    assert_eq!(proxy.take_messages(), Vec::<String>::new());
}

#[test]
fn a_constant_has_one_gate_too() {
    const MIGRATIONS: Migrations = embed_migrations!("fixtures/base");
    let database = TestDatabase::new();
    assert_eq!(MIGRATIONS.run_once(&database.pool(1)).unwrap().applied().len(), 3);
    assert_eq!(MIGRATIONS.run_once(&database.pool(1)).unwrap().applied().len(), 3);
}

#[derive(Clone, Default)]
struct Applying(Arc<AtomicUsize>);

impl Observer for Applying {
    fn applying(&self, _: &'static Migration) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn all_who_wait_get_the_failure_and_the_next_call_tries_again() {
    static MIGRATIONS: Migrations = embed_migrations!("fixtures/gate");
    let database = TestDatabase::new();
    let mut gate = Gate::close(&database);
    let (applying, pool, start) = (Applying::default(), database.pool(8), Barrier::new(8));
    let runner = MIGRATIONS.runner().observer(applying.clone());
    let failures: Vec<_> = thread::scope(|scope| {
        let run = || {
            start.wait();
            runner.run_once(&pool).unwrap_err().to_string()
        };
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(run)).collect();
        gate.wait_until_reached();
        // Whoever begins a new attempt after the failure is cancelled, too.
        eventually("all have failed", || {
            gate.cancel();
            threads.iter().all(thread::ScopedJoinHandle::is_finished)
        });
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(failures.iter().all(|failure| failure.contains("0002_wait_at_the_gate.sql")));
    assert_eq!(database.recorded(), "1");

    gate.open();
    assert_eq!(runner.run_once(&pool).unwrap().applied().len(), 2);
    assert_eq!(database.value("SELECT n FROM counter"), "2");
    let before = applying.0.load(Ordering::SeqCst);
    assert_eq!(runner.run_once(&pool).unwrap().applied().len(), 2);
    assert_eq!(applying.0.load(Ordering::SeqCst), before);
}
