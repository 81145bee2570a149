//! Behind PgBouncer, which hands out a server's connection for one transaction, or for one session, the
//! results are the same, and other clients get nothing of it.

use std::time::Duration;

use local_postgres::TemporaryPooler;
use migrations_runtime::Revert;
use migrations_tests::{Gate, Pool, Proxy, Starter, TestDatabase, by_name, eventually};
use postgres::{Client, NoTls};

use crate::race::check;
use crate::resume::{BLOCKERS, STATE, undisturbed};
use crate::starter;
use crate::texts::set_of;

/// A database behind a pooler.
struct Behind {
    database: TestDatabase,
    pooler: TemporaryPooler,
    url: String,
    is_shared: bool,
}

/// How many connections the pooler has to the server where clients share them.
const SHARED: usize = 3;

impl Behind {
    /// One that gives a client a connection for each transaction, and one for each session.
    fn each() -> [Self; 2] {
        let shared = SHARED.to_string();
        [("transaction", shared.as_str()), ("session", "50")].map(|(mode, size)| {
            let database = TestDatabase::new();
            let settings = [("pool_mode", mode), ("default_pool_size", size)];
            let (pooler, url) = database.behind_a_pooler(&settings);
            Self { database, pooler, url, is_shared: mode == "transaction" }
        })
    }

    fn pool(&self, size: u32) -> Pool {
        TestDatabase::pool_of(&self.url, size)
    }

    fn start(&self, set: &str) -> Starter {
        let mut starter = Starter::with_url(starter(), &self.url, &["run", set]);
        starter.wait_until_ready();
        starter.go();
        starter
    }

    /// Whoever comes next finds every connection as it was, and nothing is locked.
    #[track_caller]
    fn check_nothing_is_left(&self) {
        let own = ["application_name", "client_encoding", "DateStyle", "IntervalStyle", "TimeZone"];
        let changed = format!(
            "SELECT concat_ws(', ', current_user, current_setting('role'), \
             (SELECT string_agg(name || ' = ' || setting, ', ') FROM pg_settings \
             WHERE source = 'session' AND name <> 'standard_conforming_strings' AND name <> ALL ('{{{}}}')), \
             current_setting('standard_conforming_strings'), \
             (SELECT count(*) FROM pg_class WHERE relpersistence = 't'), \
             (SELECT count(*) FROM pg_prepared_statements))",
            own.join(",")
        );
        // Open at once, so that each has another connection of the server.
        let mut clients: Vec<_> =
            (0..SHARED).map(|_| Client::connect(&self.url, NoTls).unwrap()).collect();
        for client in &mut clients {
            client.batch_execute("BEGIN").unwrap();
        }
        for client in &mut clients {
            let row = &client.simple_query(&changed).unwrap()[1];
            let postgres::SimpleQueryMessage::Row(row) = row else { panic!("{row:?}") };
            assert_eq!(row.get(0), Some("postgres, none, on, 0, 0"));
        }
        drop(clients);
        let open = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                    AND state LIKE 'idle in%'";
        eventually("no transaction is open", || self.database.value(open) == "0");
        assert_eq!(self.database.locks(), "0");
    }
}

#[test]
fn nothing_pending_is_one_message() {
    for behind in Behind::each() {
        by_name("base").run(&behind.database.pool(1)).unwrap();
        let proxy = Proxy::new(behind.pooler.socket());
        let pool = TestDatabase::pool_of(&behind.database.url_through(proxy.port()), 1);
        drop(pool.get().unwrap());
        let _ = proxy.take_messages();
        assert_eq!(by_name("base").run(&pool).unwrap().skipped().len(), 3);
        assert_eq!(proxy.take_messages().len(), 1);
        behind.check_nothing_is_left();
    }
}

#[test]
fn of_16_processes_each_succeeds_and_each_migration_is_applied_once() {
    for behind in Behind::each() {
        for pending in [3, 0] {
            let outcomes = Starter::race_at(16, starter(), &behind.url, &["run", "base"]);
            check(&behind.database, &outcomes, pending);
        }
        behind.check_nothing_is_left();
    }
}

#[test]
fn of_16_processes_with_repeatable_objects() {
    for behind in Behind::each() {
        let outcomes = Starter::race_at(16, starter(), &behind.url, &["run", "repeatable"]);
        assert!(outcomes.iter().all(|outcome| outcome.is_success), "{outcomes:?}");
        assert_eq!(behind.database.recorded(), "-3 -2 -1 1");
        behind.check_nothing_is_left();
    }
}

#[test]
fn statements_outside_of_a_transaction_lead_to_the_same_as_without_it() {
    let expected = undisturbed();
    for behind in Behind::each() {
        let outcomes = Starter::race_at(4, starter(), &behind.url, &["run", "ten-statements"]);
        assert!(outcomes.iter().all(|outcome| outcome.is_success), "{outcomes:?}");
        assert_eq!(behind.database.value(STATE), expected);
        behind.check_nothing_is_left();
    }
}

#[test]
fn batches_are_applied() {
    for behind in Behind::each() {
        assert_eq!(by_name("batches").run(&behind.pool(2)).unwrap().applied().len(), 2);
        behind.check_nothing_is_left();
    }
}

#[test]
fn what_files_set_does_not_reach_other_clients() {
    for behind in Behind::each() {
        let _ = by_name("session").run(&behind.pool(2));
        behind.check_nothing_is_left();
        let set = set_of(&[
            (
                "0001_a.sql",
                "-- migrations: allow=string-setting\nSET standard_conforming_strings = off; \
                 SET work_mem = '1MB'; CREATE TEMPORARY TABLE t (); SELECT pg_advisory_lock(1); \
                 PREPARE p AS SELECT 1; SET search_path = pg_catalog",
            ),
            ("0002_b.sql", "SET lock_timeout = '7s'; SET ROLE pg_monitor; LISTEN l"),
        ]);
        set.runner().set_name("more").run(&behind.pool(2)).unwrap();
        behind.check_nothing_is_left();
    }
}

#[test]
fn what_a_file_outside_of_a_transaction_sets_does_not_stay() {
    for behind in Behind::each() {
        let set = set_of(&[
            ("0001_a.sql", "CREATE TABLE t (n int)"),
            (
                "0002_b.sql",
                "-- migrations: no-transaction, allow=mixed-statements\n\
                 SET search_path = public; SET maintenance_work_mem = '2MB';\n\
                 CREATE INDEX CONCURRENTLY i ON t (n);\nSET lock_timeout = '7s';\nVACUUM t",
            ),
        ]);
        assert_eq!(set.run(&behind.pool(3)).unwrap().applied().len(), 2);
        behind.check_nothing_is_left();
    }
}

#[test]
fn kill_9_within_a_transaction_leaves_all_or_nothing() {
    for behind in Behind::each() {
        let mut gate = Gate::close(&behind.database);
        let mut dies = behind.start("gate");
        gate.wait_until_reached();
        let next = behind.start("gate");
        dies.kill();
        gate.open();
        let outcome = next.outcome();
        assert!(outcome.is_success, "{outcome:?}");
        assert_eq!(behind.database.recorded(), "1 2 3");
        assert_eq!(behind.database.value("SELECT n FROM counter"), "2");
        drop(gate);
        behind.check_nothing_is_left();
    }
}

#[test]
fn kill_9_outside_of_a_transaction_is_gone_on_from() {
    let expected = undisturbed();
    for behind in Behind::each() {
        for number in [1, 7] {
            let database = &behind.database;
            database.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
            by_name("ten-statements-begun").run(&behind.pool(1)).unwrap();
            let mut blocker = database.client();
            blocker.batch_execute(&format!("BEGIN; {}", BLOCKERS[number - 1])).unwrap();
            let mut dies = behind.start("ten-statements");
            let waits = format!(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                 AND wait_event_type = 'Lock' \
                 AND query LIKE '/* applying %, statement {number} of 10, %'"
            );
            eventually("the statement waits", || database.value(&waits) == "1");
            dies.kill();
            let next = behind.start("ten-statements");
            blocker.batch_execute("ROLLBACK").unwrap();
            let outcome = next.outcome();
            assert!(outcome.is_success, "{outcome:?}");
            assert_eq!(database.value(STATE), expected, "at statement {number}");
        }
        behind.check_nothing_is_left();
    }
}

#[test]
fn operations_are_the_same() {
    for behind in Behind::each() {
        let (runner, pool) = (by_name("revertible").runner(), behind.pool(2));
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
        behind.check_nothing_is_left();
    }
}

/// That clients do share connections is what the others rely on.
#[test]
fn clients_share_connections_where_each_transaction_may_have_another() {
    for behind in Behind::each() {
        let mut pids: Vec<String> = (0..2 * SHARED)
            .map(|_| {
                let mut client = Client::connect(&behind.url, NoTls).unwrap();
                let pid = client.simple_query("SELECT pg_backend_pid()").unwrap();
                let postgres::SimpleQueryMessage::Row(row) = &pid[1] else { panic!("{pid:?}") };
                let pid = row.get(0).unwrap().to_owned();
                // Kept, so that a session has its connection for itself.
                std::mem::forget(client);
                pid
            })
            .collect();
        pids.sort();
        pids.dedup();
        assert_eq!(pids.len() <= SHARED, behind.is_shared, "{pids:?}");
    }
}
