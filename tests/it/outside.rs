//! Statements that run one by one, outside of a transaction.

use std::thread;
use std::time::Duration;

use migrations_tests::{TestDatabase, by_name, eventually};

use crate::told::Told;

#[test]
fn statements_run_one_by_one_and_what_follows_them_too() {
    let database = TestDatabase::new();
    let report = by_name("ten-statements").run(&database.pool(2)).unwrap();
    assert_eq!(report.applied().len(), 3, "{report}");
    assert_eq!(report.continued().len(), 0, "{report}");
    assert_eq!(database.recorded(), "1 2 3");
    let row = "SELECT concat_ws(' ', statements_done, statements_checksum = checksum, \
               in_flight IS NULL) FROM embedded_migrations WHERE version = 2";
    assert_eq!(database.value(row), "10 t t");
    assert_eq!(database.value("SELECT count(*) FROM pg_index WHERE NOT indisvalid"), "0");
    assert_eq!(database.value("SELECT n FROM t7"), "1");
    assert_eq!(database.locks(), "0");
    let report = by_name("ten-statements").run(&database.pool(1)).unwrap();
    assert_eq!((report.applied().len(), report.skipped().len()), (0, 3));
}

/// What a file sets holds for its next statements, but neither for the bookkeeping nor for the next
/// file. A statement that makes nobody wait has no time-out for locks.
#[test]
fn what_a_file_sets_holds_for_its_statements() {
    let database = TestDatabase::new();
    by_name("outside-settings").run(&database.pool(2)).unwrap();
    let made = "SELECT string_agg(lock_timeout || ' ' || role, ', ' ORDER BY ctid) FROM app.made";
    assert_eq!(database.value(made), "5s outside_owner, 7s outside_owner");
    let index = "SELECT schemaname || '.' || tablename FROM pg_indexes WHERE indexname = 'bets_a'";
    assert_eq!(database.value(index), "app.bets");
    let after = "SELECT role || ' ' || path FROM after_settings";
    assert_eq!(database.value(after), "postgres \"$user\", public");
    let by = "SELECT string_agg(DISTINCT applied_by, ' ') FROM embedded_migrations";
    assert_eq!(database.value(by), "postgres");
}

/// What it has left is removed, what is done before it stays, and what is not done can be mended.
#[test]
fn a_statement_that_fails_leaves_nothing_and_can_be_mended() {
    let database = TestDatabase::new();
    let error = by_name("outside-fails").run(&database.pool(2)).unwrap_err();
    let expected = "\
cannot apply tests/fixtures/outside-fails/0002_unique.sql:3:1: could not create unique index \"bets_id\" (SQLSTATE 23505)
  |
3 | CREATE UNIQUE INDEX CONCURRENTLY bets_id
  | ^
  = detail: Key (id)=(1) is duplicated.
  = this migration: statement 1 is done and stays; statement 2 left nothing
  = applied before it in this run: 0001_create.sql
  = not tried: none
  = next: correct the cause and start again";
    assert_eq!(error.to_string(), expected);
    assert_eq!(error.position(), Some((3, 1)));
    assert_eq!(database.value("to_regclass('bets_id')"), "NULL");
    assert_eq!(database.locks(), "0");

    let report = by_name("outside-mended").run(&database.pool(2)).unwrap();
    let continued = "Continued 0002_unique.sql at statement 2\n";
    assert!(report.to_string().starts_with(continued), "{report}");
    assert_eq!(database.value("SELECT count(*) FROM bets"), "1");
    assert_eq!(
        database.value("SELECT indisvalid FROM pg_index WHERE indexrelid = 'bets_id'::regclass"),
        "true"
    );
    // As if it had never had another text.
    assert_eq!(by_name("outside-mended").run(&database.pool(1)).unwrap().skipped().len(), 2);
}

/// What depends on its catalog, the server tells when it is asked.
#[test]
fn what_the_server_refuses_in_a_transaction_is_run_alone() {
    let database = TestDatabase::new();
    by_name("outside-catalog").run(&database.pool(2)).unwrap();
    assert_eq!(database.value("SELECT string_agg(n::text, ' ' ORDER BY ctid) FROM log"), "1 2 3");
    assert_eq!(database.recorded(), "1 2");
}

/// A build that gives up leaves an INVALID index, which is in the way of the next try.
#[test]
fn a_build_that_gave_up_is_tried_again_without_what_it_has_left() {
    let database = TestDatabase::new();
    let mut writer = database.client();
    by_name("outside-impatient-begun").run(&database.pool(1)).unwrap();
    writer.batch_execute("BEGIN; INSERT INTO bets VALUES (0)").unwrap();

    let set = by_name("outside-impatient");
    let error = set
        .runner()
        .retries(1)
        .lock_deadline(Duration::from_millis(1))
        .run(&database.pool(3))
        .unwrap_err();
    assert_eq!(error.code().unwrap().code(), "55P03");
    let text = error.to_string();
    assert!(text.contains("= tried: 2 times\n  = blocked by: pid "), "{text}");
    // It is not even removed while somebody writes; the next start does that.
    assert!(text.contains("in `DROP INDEX CONCURRENTLY public.bets_id`"), "{text}");
    assert!(text.contains("statement 1 may be done or have left something"), "{text}");

    let retries = Told::default();
    let runner = set.runner().observer(retries.clone());
    let pool = database.pool(3);
    let report = thread::scope(|scope| {
        let run = scope.spawn(|| runner.run(&pool).unwrap());
        eventually("it was tried twice", || retries.retries().len() >= 2);
        writer.batch_execute("COMMIT").unwrap();
        run.join().unwrap()
    });
    assert_eq!(report.applied().len(), 1);
    let indexes = "SELECT string_agg(relname || ' ' || indisvalid, ' ') FROM pg_index \
                   JOIN pg_class c ON c.oid = indexrelid WHERE relname LIKE 'bets%'";
    assert_eq!(database.value(indexes), "bets_id true");
}
