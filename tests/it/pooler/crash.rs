//! `kill -9` of a process behind a pooler: the next start finishes, and nothing is locked.

use migrations_tests::{Gate, Pooled, Starter, by_name, eventually};

use crate::resume::{BLOCKERS, STATE, undisturbed};
use crate::starter;

#[test]
fn kill_9_within_a_transaction_leaves_all_or_nothing() {
    for pooled in Pooled::each() {
        let mut gate = Gate::close(&pooled.database);
        let mut dies = start(&pooled, "gate");
        gate.wait_until_reached();
        let next = start(&pooled, "gate");
        dies.kill();
        gate.open();
        let outcome = next.outcome();
        assert!(outcome.is_success, "{outcome:?}");
        assert_eq!(pooled.database.recorded(), "1 2 3");
        assert_eq!(pooled.database.value("SELECT n FROM counter"), "2");
        drop(gate);
        pooled.check_nothing_is_left();
    }
}

#[test]
fn kill_9_outside_of_a_transaction_is_gone_on_from() {
    let expected = undisturbed();
    for pooled in Pooled::each() {
        for number in [1, 7] {
            let database = &pooled.database;
            database.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
            by_name("ten-statements-begun").run(&pooled.pool(1)).unwrap();
            let mut blocker = database.client();
            blocker.batch_execute(&format!("BEGIN; {}", BLOCKERS[number - 1])).unwrap();
            let mut dies = start(&pooled, "ten-statements");
            let waits = format!(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                 AND wait_event_type = 'Lock' \
                 AND query LIKE '/* applying %, statement {number} of 10, %'"
            );
            eventually("the statement waits", || database.value(&waits) == "1");
            dies.kill();
            let next = start(&pooled, "ten-statements");
            blocker.batch_execute("ROLLBACK").unwrap();
            let outcome = next.outcome();
            assert!(outcome.is_success, "{outcome:?}");
            assert_eq!(database.value(STATE), expected, "at statement {number}");
        }
        pooled.check_nothing_is_locked();
    }
}

fn start(pooled: &Pooled, set: &str) -> Starter {
    let mut starter = Starter::with_url(starter(), &pooled.url, &["run", set]);
    starter.wait_until_ready();
    starter.go();
    starter
}
