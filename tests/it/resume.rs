//! However a run ends among statements that run one by one, the next start goes on where it had
//! stopped, and the end is that of a run which nobody has disturbed.

use std::process::Command;
use std::thread;
use std::time::Duration;

use migrations_tests::{Cut, Proxy, Starter, TestDatabase, by_name, eventually};
use postgres::Client;

use crate::starter;
use crate::told::Told;

/// What is in the way of each of the ten statements: a transaction that stays open.
pub(crate) const BLOCKERS: [&str; 10] = [
    "INSERT INTO t1 VALUES (1000)",
    "INSERT INTO t2 VALUES (1000)",
    "INSERT INTO t3 VALUES (1000)",
    "SELECT FROM t4",
    "ALTER TYPE mood ADD VALUE 'never'",
    "INSERT INTO t6 VALUES (1000)",
    "SELECT FROM t7 FOR UPDATE",
    "SELECT FROM t8",
    "LOCK TABLE t9 IN SHARE UPDATE EXCLUSIVE MODE",
    "INSERT INTO t10 VALUES (1000)",
];

/// All that the ten statements make or change, and what is recorded.
pub(crate) const STATE: &str = "SELECT concat_ws(E'\\n', \
    (SELECT string_agg(pg_get_indexdef(indexrelid) || ' ' || indisvalid, E'\\n' \
        ORDER BY indexrelid::regclass::text) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid \
        WHERE c.relnamespace = 'public'::regnamespace), \
    (SELECT string_agg(enumlabel, ' ' ORDER BY enumsortorder) FROM pg_enum), \
    (SELECT n FROM t7), (SELECT count(*) FROM pg_inherits), \
    (SELECT string_agg(concat_ws(' ', version, duration IS NULL, statements_done, \
        statements_checksum = checksum, in_flight), E'\\n' ORDER BY version) \
        FROM embedded_migrations), to_regclass('after_ten'))";

pub(crate) fn undisturbed() -> String {
    let database = TestDatabase::new();
    by_name("ten-statements").run(&database.pool(2)).unwrap();
    database.value(STATE)
}

/// A starter that is held up in one of the ten statements.
struct HeldUp<'a> {
    database: &'a TestDatabase,
    blocker: Client,
    starter: Option<Starter>,
    worker: i32,
}

impl<'a> HeldUp<'a> {
    fn at(database: &'a TestDatabase, number: usize) -> Self {
        database.empty(0);
        by_name("ten-statements-begun").run(&database.pool(1)).unwrap();
        let mut blocker = database.client();
        blocker.batch_execute(&format!("BEGIN; {}", BLOCKERS[number - 1])).unwrap();
        let mut starter = Starter::new(starter(), database, &["run", "ten-statements"]);
        starter.wait_until_ready();
        starter.go();
        let worker = format!(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() \
             AND wait_event_type = 'Lock' AND query LIKE '/* applying %, statement {number} of 10, %'"
        );
        let mut pid = String::new();
        let mut client = database.client();
        eventually("the statement waits", || {
            pid = client
                .query(&worker, &[])
                .unwrap()
                .first()
                .map_or(String::new(), |row| row.get::<_, i32>(0).to_string());
            !pid.is_empty()
        });
        Self { database, blocker, starter: Some(starter), worker: pid.parse().unwrap() }
    }

    fn terminate(&self, pid: &str) {
        assert_eq!(self.database.value(&format!("SELECT pg_terminate_backend({pid})")), "true");
    }

    fn let_go(&mut self) {
        self.blocker.batch_execute("ROLLBACK").unwrap();
    }

    fn check(&self, number: usize, expected: &str) {
        assert_eq!(self.database.value(STATE), expected, "at statement {number}");
        assert_eq!(self.database.locks(), "0");
    }
}

/// The server does not notice that its client is dead while it works for it. The next start sees
/// that, and waits.
#[test]
fn kill_9_of_the_client_during_each_statement() {
    let (expected, database) = (undisturbed(), TestDatabase::new());
    for number in 1..=10 {
        let mut held_up = HeldUp::at(&database, number);
        held_up.starter.take().unwrap().kill();
        let waits = Told::default();
        let runner = by_name("ten-statements").runner().observer(waits.clone());
        let pool = held_up.database.pool(2);
        thread::scope(|scope| {
            let next = scope.spawn(|| runner.run(&pool));
            let worker = held_up.worker;
            eventually("the next start waits for what is left behind", || {
                waits.waiting().iter().any(|holder| holder.pid == worker)
            });
            held_up.let_go();
            let report = next.join().unwrap().unwrap();
            assert_eq!(report.applied().len(), 2, "{number} {report}");
            assert_eq!(report.continued().len(), 1, "{number} {report}");
        });
        held_up.check(number, &expected);
    }
}

#[test]
fn what_is_left_behind_is_named_at_the_deadline() {
    let database = TestDatabase::new();
    let mut held_up = HeldUp::at(&database, 1);
    held_up.starter.take().unwrap().kill();
    let runner = by_name("ten-statements").runner().lock_deadline(Duration::from_millis(1));
    let error = runner.run(&held_up.database.pool(2)).unwrap_err();
    assert!(error.is_lock_deadline());
    assert_eq!(error.migration().unwrap().version(), 2);
    let (text, worker) = (error.to_string(), held_up.worker);
    let named = format!(
        "for what the server still does for an earlier run of tests/fixtures/ten-statements/\
         0002_ten_statements.sql: pid {worker} (application_name ``, state `active`, "
    );
    assert!(text.contains(&named), "{text}");
    assert!(text.contains("CREATE INDEX CONCURRENTLY on t1, waiting for writers"), "{text}");
    assert!(text.contains(&format!("SELECT pg_terminate_backend({worker})")), "{text}");
    held_up.let_go();
    by_name("ten-statements").run(&held_up.database.pool(2)).unwrap();
}

#[test]
fn a_terminated_backend_during_each_statement() {
    let (expected, database) = (undisturbed(), TestDatabase::new());
    for number in 1..=10 {
        let mut held_up = HeldUp::at(&database, number);
        held_up.terminate(&held_up.worker.to_string());
        held_up.let_go();
        let runner = by_name("ten-statements").runner();
        let report = runner.run(&held_up.database.pool(2)).unwrap();
        assert!(report.applied().len() == 2 && report.continued().len() == 1, "{number} {report}");
        held_up.check(number, &expected);
    }
}

/// The one that runs no statement: the lock goes with it, and who takes it waits for the statement.
#[test]
fn a_terminated_holder_of_the_lock_during_each_statement() {
    let (expected, database) = (undisturbed(), TestDatabase::new());
    for number in 1..=10 {
        let mut held_up = HeldUp::at(&database, number);
        held_up.terminate(
            "(SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = \
             (SELECT oid FROM pg_database WHERE datname = current_database()))",
        );
        let waits = Told::default();
        let runner = by_name("ten-statements").runner().observer(waits.clone());
        let pool = held_up.database.pool(2);
        thread::scope(|scope| {
            let next = scope.spawn(|| runner.run(&pool));
            eventually("somebody waits for the statement", || {
                let is_waiting = !waits.waiting().is_empty();
                is_waiting || held_up.database.locks() != "0"
            });
            held_up.let_go();
            next.join().unwrap().unwrap();
        });
        let outcome = held_up.starter.take().unwrap().outcome();
        assert!(outcome.is_success, "{number} {outcome:?}");
        held_up.check(number, &expected);
    }
}

/// A server of which one process dies ends all others, and starts anew from its log.
#[test]
fn a_server_that_crashes_during_each_statement() {
    let (expected, database) = (undisturbed(), TestDatabase::on_its_own_server());
    for number in 1..=10 {
        let mut held_up = HeldUp::at(&database, number);
        let mut witness = held_up.database.pool(1).get().unwrap();
        let worker = held_up.worker.to_string();
        let killed = Command::new("kill").args(["-9", &worker]).status().unwrap();
        assert!(killed.success());
        let outcome = held_up.starter.take().unwrap().outcome();
        assert!(!outcome.is_success, "{number} {outcome:?}");
        // Before that it is up because it has not noticed yet.
        eventually("the server has ended all others", || witness.simple_query("").is_err());
        eventually("the server is up again", || held_up.database.is_up());
        let runner = by_name("ten-statements").runner();
        let report = runner.run(&held_up.database.pool(2)).unwrap();
        assert!(report.applied().len() == 2 && report.continued().len() == 1, "{number} {report}");
        held_up.check(number, &expected);
    }
}

#[test]
fn a_connection_that_is_cut_within_any_message() {
    cut_at_each_message(Cut::Half);
}

#[test]
fn a_connection_that_is_cut_behind_any_message() {
    cut_at_each_message(Cut::NoAnswer);
}

#[test]
fn a_connection_that_is_cut_within_any_answer() {
    cut_at_each_message(Cut::HalfAnswer);
}

/// Cuts one connection or the other, at each message of a run.
fn cut_at_each_message(cut: Cut) {
    let (expected, database) = (undisturbed(), TestDatabase::new());
    let (pool, mut client) = (database.pool(2), database.client());
    for message in 0.. {
        // Those of the pool and the client.
        database.empty(3);
        by_name("ten-statements-begun").run(&pool).unwrap();
        let proxy = Proxy::new(database.socket());
        let cut_off = TestDatabase::pool_of(&database.url_through(proxy.port()), 2);
        drop(cut_off.get().unwrap());
        proxy.cut_at(message, cut);
        let _ = by_name("ten-statements").run(&cut_off);
        drop(cut_off);
        let is_over = !proxy.has_cut();
        by_name("ten-statements").run(&pool).unwrap();
        let state: String = client.query_one(STATE, &[]).unwrap().get(0);
        assert_eq!(state, expected, "{cut:?} at message {message}");
        assert_eq!(database.locks(), "0", "{cut:?} at message {message}");
        if is_over {
            assert!(message > 40, "{message}");
            break;
        }
    }
}
