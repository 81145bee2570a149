//! Statements outside of a transaction, where it is easy to do too much or to say too little.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use migrations_runtime::{Error, Found, Migration, Observer, Progress, Resolve, StopHandle};
use migrations_tests::{Gate, TestDatabase, by_name, eventually};
use postgres::Client;

use crate::texts::set;
use crate::told::Told;

const INDEX: &str = "-- migrations: no-transaction\nCREATE INDEX CONCURRENTLY t_a ON t (a);\n";
const INDEXES: &str = "SELECT string_agg(indexrelid::regclass || ' ' || indisvalid, ', ' ORDER BY 1) \
                       FROM pg_index WHERE indrelid = 't'::regclass";

/// Holds up what the last of these files does, ends the session that runs it, and lets go again.
fn lost(database: &TestDatabase, texts: &[&str], statement: usize, blocker: &str) -> Error {
    set(&texts[..texts.len() - 1]).run(&database.pool(2)).unwrap();
    let (pool, mut client) = (database.pool(2), database.client());
    client.batch_execute(&format!("BEGIN; {blocker}")).unwrap();
    let error = thread::scope(|scope| {
        let run = scope.spawn(|| set(texts).run(&pool).unwrap_err());
        let worker = worker(statement);
        eventually("the statement waits", || {
            database.value(&format!("SELECT EXISTS ({worker})")) == "true"
        });
        database.execute(&format!("SELECT pg_terminate_backend(pid) FROM ({worker}) w"));
        run.join().unwrap()
    });
    client.batch_execute("ROLLBACK").unwrap();
    error
}

fn worker(statement: usize) -> String {
    format!(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() \
         AND wait_event_type = 'Lock' AND query LIKE '/* applying %, statement {statement} of %'"
    )
}

/// Only the server's catalog knew that it cannot run in a transaction.
#[test]
fn what_was_begun_alone_is_in_doubt_also_if_it_could_run_in_a_transaction() {
    let database = TestDatabase::new();
    let texts = [
        "CREATE TABLE t (a integer) PARTITION BY LIST (a); CREATE INDEX ON t (a); \
         CREATE TABLE t2 PARTITION OF t FOR VALUES IN (2)",
        "-- migrations: no-transaction\nREINDEX TABLE t;\n",
    ];
    lost(&database, &texts, 1, "LOCK TABLE t2");
    let error = set(&texts).run(&database.pool(2)).unwrap_err();
    assert!(error.needs_resolve(), "{error}");
    assert!(error.to_string().starts_with("cannot apply texts/0002_file.sql:2:1: "), "{error}");
    set(&texts).runner().resolve(2, Resolve::Retry, &database.pool(1)).unwrap();
    assert_eq!(set(&texts).run(&database.pool(2)).unwrap().applied().len(), 1);
}

#[test]
fn an_index_whose_name_cannot_be_read_is_in_doubt_when_it_fails() {
    let database = TestDatabase::new();
    let texts = [
        "CREATE TABLE t (a integer); INSERT INTO t VALUES (1), (1)",
        "-- migrations: no-transaction\n\
         CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS U&\"t_a\" ON t (a);\n",
    ];
    for _ in 0..2 {
        let error = set(&texts).run(&database.pool(2)).unwrap_err();
        assert!(error.needs_resolve(), "{error}");
    }
    assert_eq!(database.value(INDEXES), "t_a false");
}

/// By then the search path finds another index of the name.
#[test]
fn an_index_that_is_gone_is_not_dropped_in_the_next_schema() {
    let database = TestDatabase::new();
    let texts = [
        "CREATE SCHEMA a; CREATE TABLE a.t (x integer); CREATE INDEX t_x ON a.t (x); \
         CREATE TABLE public.t (x integer); CREATE INDEX t_x ON public.t (x)",
        "-- migrations: no-transaction\nSET search_path = a, public;\nDROP INDEX CONCURRENTLY t_x;\n",
    ];
    lost(&database, &texts, 2, "INSERT INTO a.t VALUES (1)");
    database.execute("DROP INDEX a.t_x");
    let report = set(&texts).run(&database.pool(2)).unwrap();
    assert_eq!(report.continued()[0].found, Found::Done);
    assert_eq!(database.value("to_regclass('public.t_x')"), "t_x");
}

/// Long values are kept in a table of the server's own, whose indexes only a superuser drops; and
/// another table's are nobody's business.
#[test]
fn of_an_interrupted_reindex_what_is_ones_own_is_removed() {
    let database = TestDatabase::new();
    database
        .execute("CREATE ROLE rebuilder LOGIN; CREATE SCHEMA rebuilder AUTHORIZATION rebuilder");
    let texts = [
        "CREATE TABLE t (a integer, b text); CREATE INDEX t_a ON t (a)",
        "-- migrations: no-transaction\nREINDEX TABLE CONCURRENTLY t;\n",
    ];
    let pool = || TestDatabase::pool_of(&database.url_of("rebuilder"), 2);
    set(&texts[..1]).run(&pool()).unwrap();
    let mut writer = database.client();
    writer.batch_execute("BEGIN; INSERT INTO rebuilder.t VALUES (1)").unwrap();
    thread::scope(|scope| {
        let run = scope.spawn(|| set(&texts).run(&pool()).unwrap_err());
        let worker = worker(1);
        eventually("it waits", || database.value(&format!("SELECT EXISTS ({worker})")) == "true");
        database.execute(&format!("SELECT pg_terminate_backend(pid) FROM ({worker}) w"));
        run.join().unwrap();
    });
    writer.batch_execute("ROLLBACK").unwrap();
    let invalid = "SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid \
                   WHERE NOT indisvalid AND c.relnamespace = 'rebuilder'::regnamespace";
    assert_eq!(database.value(invalid), "1");
    assert_eq!(set(&texts).run(&pool()).unwrap().applied().len(), 1);
    assert_eq!(database.value(invalid), "0");
}

/// A row that names a process of the server which belongs to nobody of this database.
#[test]
fn a_process_number_that_is_used_again_is_not_waited_for() {
    let database = TestDatabase::new();
    let texts = ["CREATE TABLE t (a integer)", INDEX];
    lost(&database, &texts, 1, "INSERT INTO t VALUES (1)");
    database.execute(
        "UPDATE embedded_migrations SET worker = '0123456789abcdef' WHERE version = 2; \
         UPDATE embedded_migrations SET worker = (SELECT pid || ' ' || worker FROM pg_stat_activity \
         WHERE backend_type = 'checkpointer') WHERE version = 2",
    );
    let runner = set(&texts).runner().lock_deadline(Duration::from_millis(1));
    assert_eq!(runner.run(&database.pool(2)).unwrap().applied().len(), 1);
    assert_eq!(database.value(INDEXES), "t_a true");
}

struct StopsAtRetry(StopHandle);

impl Observer for StopsAtRetry {
    fn retrying(&self, _: &'static Migration, _: Duration, _: &Error) {
        self.0.stop();
    }
}

#[test]
fn what_is_left_in_a_pause_is_told() {
    let database = TestDatabase::new();
    let texts = [
        "CREATE TABLE t (a integer)",
        "-- migrations: no-transaction, lock-timeout=100ms\nCREATE INDEX CONCURRENTLY t_a ON t (a);\n",
    ];
    set(&texts[..1]).run(&database.pool(2)).unwrap();
    let mut writer: Client = database.client();
    writer.batch_execute("BEGIN; INSERT INTO t VALUES (1)").unwrap();
    let stop = StopHandle::new();
    let observer = StopsAtRetry(stop.clone());
    let runner = set(&texts).runner().stop_handle(stop).observer(observer);
    let error = runner.run(&database.pool(2)).unwrap_err();
    assert!(error.is_stopped(), "{error}");
    let told = "statement 1 may be done or have left something";
    assert!(error.to_string().contains(told), "{error}");
    assert_eq!(database.value(INDEXES), "t_a false");
}

#[derive(Clone, Default)]
struct Panics(Arc<AtomicBool>);

impl Observer for Panics {
    fn progress(&self, _: &Progress) {
        self.0.store(true, Ordering::SeqCst);
        panic!("on purpose");
    }
}

#[test]
fn an_observer_that_panics_does_not_keep_a_run_from_being_stopped() {
    let database = TestDatabase::new();
    let mut gate = Gate::close(&database);
    let stop = StopHandle::new();
    let panics = Panics::default();
    let runner = by_name("gate").runner().observer(panics.clone()).stop_handle(stop.clone());
    let pool = database.pool(2);
    thread::scope(|scope| {
        let run = scope.spawn(|| runner.run(&pool).unwrap_err());
        gate.wait_until_reached();
        eventually("it was told, and panicked", || panics.0.load(Ordering::SeqCst));
        stop.stop();
        assert!(run.join().unwrap().is_stopped());
    });
}

/// A trigger that commits.
#[test]
fn a_batch_that_the_server_refuses_is_told_in_its_words() {
    let database = TestDatabase::new();
    let texts = [
        "CREATE TABLE t (a integer, b integer); INSERT INTO t VALUES (1); \
         CREATE PROCEDURE c() LANGUAGE plpgsql AS $$ BEGIN COMMIT; END $$; \
         CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN CALL c(); RETURN NEW; END $$; \
         CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f()",
        "-- migrations: batch\n\
         UPDATE t SET b = a WHERE a IN (SELECT a FROM t WHERE b IS NULL LIMIT 5);\n",
    ];
    let error = set(&texts).run(&database.pool(2)).unwrap_err();
    assert_eq!(error.code().unwrap().code(), "2D000");
    assert!(error.to_string().contains("2:1: invalid transaction termination"), "{error}");
}

/// The role that the sessions take on sees less of them than the one that has logged in.
#[test]
fn a_role_that_is_taken_on_does_not_hide_who_is_in_the_way() {
    let database = TestDatabase::new();
    database.execute(
        "CREATE ROLE taken_on; CREATE ROLE sees_less LOGIN IN ROLE taken_on; \
         CREATE SCHEMA taken_on AUTHORIZATION taken_on; \
         ALTER ROLE sees_less SET role = taken_on; ALTER ROLE sees_less SET search_path = taken_on",
    );
    let pool = TestDatabase::pool_of(&database.url_of("sees_less"), 3);
    let texts = ["CREATE TABLE t (a integer)", "ALTER TABLE t ADD COLUMN b integer"];
    set(&texts[..1]).run(&pool).unwrap();
    let mut reader = database.client();
    let pid: i32 = reader.query_one("SELECT pg_backend_pid()", &[]).unwrap().get(0);
    reader.batch_execute("BEGIN; SELECT FROM taken_on.t").unwrap();
    let runner = set(&texts).runner().retries(0).lock_timeout(Duration::from_millis(500));
    let error = runner.run(&pool).unwrap_err().to_string();
    assert!(error.contains(&format!("= blocked by: pid {pid} ")), "{error}");
}

/// Who may write the history may not always delete from it.
#[test]
fn a_verdict_that_is_refused_leaves_the_pool_usable() {
    let database = TestDatabase::new();
    by_name("first").run(&database.pool(1)).unwrap();
    database.execute(
        "UPDATE embedded_migrations SET duration = NULL; \
         GRANT SELECT, INSERT, UPDATE ON embedded_migrations TO pg_monitor",
    );
    let pool = database.customized_pool("SET ROLE pg_monitor");
    let error = by_name("first").runner().resolve(1, Resolve::Retry, &pool).unwrap_err();
    assert_eq!(error.code().unwrap().code(), "42501");
    let clients: Vec<_> = (0..2).map(|_| pool.get().unwrap()).collect();
    for mut client in clients {
        client.batch_execute("SELECT 1").unwrap();
    }
}

/// The server reads all of a message before it runs any of it, also what sets how it is to be read.
#[test]
fn strings_mean_what_the_compiler_has_read_also_outside_of_a_transaction() {
    let database = TestDatabase::new();
    let pool = database.customized_pool("SET standard_conforming_strings = off");
    let texts = [
        "CREATE TABLE t (a text); INSERT INTO t VALUES ('1\\n')",
        "-- migrations: no-transaction\nINSERT INTO t VALUES ('2\\n'); SET work_mem = '5MB';\n\
         VACUUM t; INSERT INTO t VALUES ('3\\n')",
        "-- migrations: batch\nINSERT INTO t SELECT '4\\n' WHERE NOT EXISTS \
         (SELECT FROM t WHERE a LIKE '4%') LIMIT 1",
    ];
    set(&texts).run(&pool).unwrap();
    let read = "SELECT string_agg(a, ' ' ORDER BY a) FROM t";
    assert_eq!(database.value(read), "1\\n 2\\n 3\\n 4\\n");
}

/// The client gives its connection up then, but has been told why.
#[test]
fn a_copy_that_is_refused_before_its_data_is_told_and_tried_again() {
    let database = TestDatabase::new();
    let copy = "COPY t FROM stdin;\n1\n\\.\n";
    let joint = format!("-- migrations: no-transaction, lock-timeout=100ms\n{copy}");
    let whole = format!("-- migrations: lock-timeout=100ms\n{copy}");
    for (text, line) in [(&whole, 2), (&joint, 2)] {
        let error = set(&[text]).run(&database.pool(2)).unwrap_err();
        let expected =
            format!("cannot apply texts/0001_file.sql:{line}:1: relation \"t\" does not exist");
        assert!(error.to_string().starts_with(&expected), "{error}");
        let left = ["rolled back, it left nothing", "statement 1 left nothing"];
        assert!(left.iter().any(|left| error.to_string().contains(left)), "{error}");

        database.execute("CREATE TABLE t (a integer)");
        let mut locker = database.client();
        locker.batch_execute("BEGIN; LOCK TABLE t").unwrap();
        let told = Told::default();
        let runner = set(&[text]).runner().observer(told.clone());
        let pool = database.pool(3);
        thread::scope(|scope| {
            let run = scope.spawn(|| runner.run(&pool).unwrap());
            eventually("it is tried again", || !told.retries().is_empty());
            locker.batch_execute("ROLLBACK").unwrap();
            run.join().unwrap();
        });
        assert_eq!(database.value("SELECT count(*) FROM t"), "1");
        database.execute("DROP TABLE t, embedded_migrations");
    }
}

/// What is set counts until the same is set anew: a role that is given back may be dropped.
#[test]
fn what_a_file_has_taken_back_is_not_set_once_more() {
    let database = TestDatabase::new();
    set(&["-- migrations: no-transaction\nCREATE TABLE t (a integer); CREATE ROLE for_a_while; \
          SET ROLE for_a_while; SELECT 1; RESET ROLE; DROP ROLE for_a_while; VACUUM t"])
    .run(&database.pool(2))
    .unwrap();
    assert_eq!(database.recorded(), "1");
}

/// A temporary table keeps its session from being put back; another one goes on.
#[test]
fn settings_that_cannot_be_put_back_between_statements_are_no_error() {
    let database = TestDatabase::new();
    let report = set(&["-- migrations: no-transaction\nSET temp_buffers = '64MB'; \
                       CREATE TEMPORARY TABLE u (a integer); CREATE TABLE t AS SELECT 1 AS a; VACUUM t"])
    .run(&database.pool(2))
    .unwrap();
    assert_eq!(report.applied().len(), 1, "{report}");
    assert_eq!(database.value("SELECT count(*) FROM t"), "1");
}

#[test]
fn a_procedure_that_does_not_exist_is_in_no_doubt() {
    let database = TestDatabase::new();
    let error = set(&["-- migrations: no-transaction\nCALL nobody();\n"])
        .run(&database.pool(2))
        .unwrap_err();
    assert_eq!(error.code().unwrap().code(), "42883");
    assert!(!error.needs_resolve(), "{error}");
    let mended = set(&["-- migrations: no-transaction\nVACUUM;\n"]);
    assert_eq!(mended.run(&database.pool(2)).unwrap().applied().len(), 1);
}
