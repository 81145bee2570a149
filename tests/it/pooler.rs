//! Behind PgBouncer, which hands out a server's connection for one transaction, or for one session, the
//! results are the same as without it, and other clients get nothing of it.

mod copy;
mod crash;
mod one;
mod role;
mod settings;

use std::time::Duration;

use migrations_runtime::Revert;
use migrations_tests::{Neighbours, Pooled, Proxy, SHARED, Starter, TestDatabase, by_name};

use crate::race::check;
use crate::resume::{STATE, undisturbed};
use crate::starter;

#[test]
fn nothing_pending_is_one_message() {
    for pooled in Pooled::each() {
        by_name("base").run(&pooled.database.pool(1)).unwrap();
        let proxy = Proxy::new(pooled.pooler.socket());
        let pool = TestDatabase::pool_of(&pooled.database.url_through(proxy.port()), 1);
        drop(pool.get().unwrap());
        let _ = proxy.take_messages();
        assert_eq!(by_name("base").run(&pool).unwrap().skipped().len(), 3);
        assert_eq!(proxy.take_messages().len(), 1);
        pooled.check_nothing_is_left();
    }
}

#[test]
fn the_schema_and_the_history_are_the_same_as_without_it() {
    for set in
        ["base", "batches-simple", "concurrent-index", "dump", "first", "repeatable", "revertible"]
    {
        let direct = TestDatabase::new();
        by_name(set).run(&direct.pool(2)).unwrap();
        for pooled in Pooled::each() {
            by_name(set).run(&pooled.pool(2)).unwrap();
            assert_eq!(pooled.database.value(ALL), direct.value(ALL), "{set}");
            pooled.check_nothing_is_left();
        }
    }
}

#[test]
fn of_16_processes_each_succeeds_and_each_migration_is_applied_once() {
    for pooled in Pooled::each() {
        for pending in [3, 0] {
            let outcomes = Starter::race_at(16, starter(), &pooled.url, &["run", "base"]);
            check(&pooled.database, &outcomes, pending);
        }
        pooled.check_nothing_is_left();
    }
}

#[test]
fn of_16_processes_beside_other_clients_each_succeeds() {
    let pooled = Pooled::by_transaction(&[]);
    let neighbours = Neighbours::of(&pooled);
    let outcomes = Starter::race_at(16, starter(), &pooled.url, &["run", "base"]);
    check(&pooled.database, &outcomes, 3);
    neighbours.check();
}

#[test]
fn of_16_processes_with_repeatable_objects() {
    for pooled in Pooled::each() {
        let outcomes = Starter::race_at(16, starter(), &pooled.url, &["run", "repeatable"]);
        assert!(outcomes.iter().all(|outcome| outcome.is_success), "{outcomes:?}");
        assert_eq!(pooled.database.recorded(), "-3 -2 -1 1");
        pooled.check_nothing_is_left();
    }
}

#[test]
fn of_16_processes_with_statements_outside_of_a_transaction() {
    let expected = undisturbed();
    for pooled in Pooled::each() {
        let outcomes = Starter::race_at(16, starter(), &pooled.url, &["run", "ten-statements"]);
        assert!(outcomes.iter().all(|outcome| outcome.is_success), "{outcomes:?}");
        assert_eq!(pooled.database.value(STATE), expected);
        pooled.check_nothing_is_locked();
    }
}

#[test]
fn operations_are_the_same() {
    for pooled in Pooled::each() {
        let (runner, pool) = (by_name("revertible").runner(), pooled.pool(2));
        assert_eq!(runner.dry_run(&pool).unwrap().tried().len(), 3);
        assert_eq!(runner.plan(&pool).unwrap().len(), 3);
        runner.run(&pool).unwrap();
        runner.wait(&pool, Duration::ZERO).unwrap();
        assert!(runner.status(&pool).unwrap().is_current());
        assert_eq!(runner.down(&pool, Revert::Steps(2)).unwrap().reverted().len(), 2);
        assert!(!runner.is_current(&pool).unwrap());
        assert_eq!(runner.baseline(&pool, 1).unwrap().len(), 0);
        assert_eq!(runner.history(&pool).unwrap().len(), 1);
        assert!(runner.repair(&pool).unwrap().restamped.is_empty());
        pooled.check_nothing_is_left();
    }
}

/// That clients do share connections is what the others rely on.
#[test]
fn clients_share_connections_where_each_transaction_may_have_another() {
    for pooled in Pooled::each() {
        let mut clients: Vec<_> = (0..=SHARED).map(|_| pooled.client()).collect();
        let pid = "SELECT pg_backend_pid()";
        let mut pids: Vec<i32> = clients
            .iter_mut()
            .map(|client| client.query_typed(pid, &[]).unwrap()[0].get(0))
            .collect();
        pids.sort_unstable();
        pids.dedup();
        assert_eq!(pids.len() <= SHARED, pooled.is_shared, "{pids:?}");
    }
}

/// All relations, columns, indexes and functions outside of the system, and all that is recorded, but
/// for times and who worked.
const ALL: &str = "SELECT concat_ws(E'\\n', \
    (SELECT string_agg(concat_ws(' ', relnamespace::regnamespace, relname, relkind, relowner::regrole, \
        relacl, attname, atttypid::regtype, attnotnull, pg_get_viewdef(c.oid), \
        pg_get_indexdef(c.oid)), E'\\n' ORDER BY relnamespace, relname, attnum) \
        FROM pg_class c JOIN pg_attribute ON attrelid = c.oid \
        WHERE c.oid >= 16384 AND relnamespace::regnamespace::text !~ '^pg_'), \
    (SELECT string_agg(pg_get_functiondef(oid), E'\\n' ORDER BY proname) FROM pg_proc \
        WHERE oid >= 16384), \
    (SELECT string_agg(concat_ws(' ', set_name, version, name, checksum, applied_by, application, \
        duration IS NULL, statements_done, statements_checksum, in_flight, rows_done), E'\\n' \
        ORDER BY version) FROM embedded_migrations))";
