//! A migration that waits for the lock of a busy table gives way to those who use it.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use migrations_tests::{TestDatabase, by_name, eventually};

use crate::told::Told;

const WRITERS: usize = 50;
const BLOCKER: &str = "(application_name `the blocker`";

/// The file's time-out is half a second, the run's a minute. A writer that had to wait for ten seconds
/// would fail: a machine may be busy with other tests.
#[test]
fn no_writer_waits_longer_than_the_lock_timeout() {
    let database = TestDatabase::new();
    by_name("locked-table").runner().run(&database.pool(1)).unwrap();
    database.execute(
        "DELETE FROM embedded_migrations WHERE version = 2; ALTER TABLE bets DROP COLUMN odds",
    );
    let mut blocker = database.client();
    blocker
        .batch_execute("SET application_name = 'the blocker'; BEGIN; UPDATE bets SET player = 'x'")
        .unwrap();

    let (retries, pool) = (Told::default(), database.pool(3));
    let runner = by_name("locked-table").runner().lock_timeout(Duration::from_secs(60));
    let runner = runner.observer(retries.clone());
    let (is_over, written) = (AtomicBool::new(false), AtomicU32::new(0));
    thread::scope(|scope| {
        let write = || {
            let mut client = database.client();
            client.batch_execute("SET lock_timeout = '10s'").unwrap();
            while !is_over.load(Ordering::Relaxed) {
                client.batch_execute("INSERT INTO bets (player) VALUES ('y')").unwrap();
                written.fetch_add(1, Ordering::Relaxed);
            }
        };
        let writers: Vec<_> = (0..WRITERS).map(|_| scope.spawn(write)).collect();
        eventually("the writers write", || written.load(Ordering::Relaxed) > 200);
        let run = scope.spawn(|| runner.run(&pool).unwrap());
        let is_named =
            |told: &String| told.contains("= blocked by: pid ") && told.contains(BLOCKER);
        eventually("it was tried twice, and has told who is in the way", || {
            let told = retries.retries();
            told.len() >= 2 && told.iter().any(is_named)
        });
        let before = written.load(Ordering::Relaxed);
        blocker.batch_execute("COMMIT").unwrap();
        assert_eq!(run.join().unwrap().applied().len(), 1);
        eventually("the writers go on", || written.load(Ordering::Relaxed) > before + 200);
        is_over.store(true, Ordering::Relaxed);
        for writer in writers {
            writer.join().unwrap();
        }
    });
    let told = retries.retries();
    assert!(told[0].contains("0002_add_column.sql"), "{told:#?}");
}
