//! Each mistake is one clear error, and nothing is changed.

use std::time::Duration;

use migrations_runtime::Migrations;
use migrations_tests::{TestDatabase, by_name};

/// Every object of the database, to see that none was added or changed.
fn everything(database: &TestDatabase) -> String {
    database.value(
        "SELECT string_agg(concat_ws(' ', oid, relname, xmin), ';' ORDER BY oid) FROM pg_class",
    )
}

#[track_caller]
fn refuses(database: &TestDatabase, expected: &[&str]) {
    refuses_set(by_name("base"), database, expected);
}

#[track_caller]
fn refuses_set(set: &Migrations, database: &TestDatabase, expected: &[&str]) {
    let before = everything(database);
    let error = set.run(&database.pool(1)).unwrap_err().to_string();
    for part in expected {
        assert!(error.contains(part), "{error}");
    }
    assert!(error.contains("\n  = next: "), "{error}");
    assert_eq!(everything(database), before);
    assert_eq!(database.locks(), "0");
}

#[test]
fn a_history_table_that_is_not_ours() {
    let database = TestDatabase::new();
    database.execute("CREATE TABLE embedded_migrations (id integer, filename text)");
    let expected = "the table `embedded_migrations` is not a history table of this library: column";
    let columns =
        "set_name, version, name, checksum, applied_at, duration, applied_by, application";
    refuses(&database, &[expected, "`Runner::history_table`", columns]);
}

#[test]
fn a_history_table_with_a_column_of_another_type() {
    let database = TestDatabase::new();
    by_name("base").run(&database.pool(1)).unwrap();
    database.execute("ALTER TABLE embedded_migrations ALTER COLUMN version TYPE text");
    refuses(&database, &["the table `embedded_migrations` is not a history table of this library"]);
}

#[test]
fn a_row_with_an_unreadable_checksum() {
    let database = TestDatabase::new();
    by_name("base").run(&database.pool(1)).unwrap();
    database.execute("UPDATE embedded_migrations SET checksum = 'md5:1' WHERE version = 2");
    let expected = "the history row of version 2 (tests/fixtures/base/0002_increment.sql) has the \
                    checksum \"md5:1\", expected `sha256:` and 64 hexadecimal digits";
    refuses(&database, &[expected]);
}

#[test]
fn no_schema_to_create_the_history_in() {
    let database = TestDatabase::new();
    database.execute("DROP SCHEMA public");
    refuses(&database, &["there is no schema for the history table `embedded_migrations`"]);
}

#[test]
fn a_lock_deadline_of_zero() {
    let database = TestDatabase::new();
    let runner = by_name("base").runner().lock_deadline(Duration::ZERO);
    let error = runner.run(&database.pool(1)).unwrap_err().to_string();
    assert!(error.starts_with("the option `lock_deadline` is zero"), "{error}");
    assert_eq!(database.value("to_regclass('embedded_migrations')"), "NULL");
}

#[test]
fn a_pool_that_cannot_connect() {
    let manager = r2d2_postgres::PostgresConnectionManager::new(
        "postgresql://nobody:secret@127.0.0.1:1/nowhere".parse().unwrap(),
        postgres::NoTls,
    );
    let pool = r2d2::Pool::builder()
        .connection_timeout(Duration::from_millis(100))
        .build_unchecked(manager);
    let error = by_name("base").run(&pool).unwrap_err();
    assert!(error.is_pool());
    let text = error.to_string();
    assert!(
        text.starts_with("cannot get a connection from the pool to run the migrations on: "),
        "{text}"
    );
    assert!(text.contains("\n  = next: check that the server runs"), "{text}");
    assert!(!text.contains("secret"), "{text}");
}

#[test]
fn a_connection_that_comes_inside_of_an_open_transaction() {
    let database = TestDatabase::new();
    let pool = database.pool(1);
    pool.get().unwrap().batch_execute("BEGIN; CREATE TABLE not_ours ()").unwrap();
    let error = by_name("base").run(&pool).unwrap_err().to_string();
    assert!(
        error.starts_with("the pool gave a connection that is inside of an open transaction"),
        "{error}"
    );
    assert_eq!(database.value("to_regclass('not_ours')"), "NULL");
}

#[test]
fn a_connection_that_comes_inside_of_a_failed_transaction() {
    let database = TestDatabase::new();
    let pool = database.pool(1);
    pool.get().unwrap().batch_execute("BEGIN; SELECT 1 / 0").unwrap_err();
    let error = by_name("base").run(&pool).unwrap_err().to_string();
    assert!(
        error.starts_with("the pool gave a connection that is inside of an open transaction"),
        "{error}"
    );
}

/// One connection holds the lock, the other one runs the statements.
#[test]
fn a_pool_of_one_for_statements_outside_of_a_transaction() {
    let expected = [
        "cannot apply tests/fixtures/concurrent-index/0002_index.sql: statements that run outside of \
         a transaction take two connections",
        "nothing was changed",
        "max_size(2)",
    ];
    refuses_set(by_name("concurrent-index"), &TestDatabase::new(), &expected);
}
