//! A dry run tells the truth, and leaves nothing.

use migrations_tests::{TestDatabase, by_name};

use crate::texts::set_of;

fn nothing_is_left(database: &TestDatabase) {
    assert_eq!(database.value("to_regclass('embedded_migrations')"), "NULL");
    assert_eq!(database.value("to_regclass('a')"), "NULL");
}

#[test]
fn all_that_passes_is_timed_and_rolled_back() {
    let database = TestDatabase::new();
    let found = by_name("repeatable").runner().dry_run(&database.pool(2)).unwrap();
    assert_eq!((found.tried().len(), found.not_tried().len()), (4, 0));
    assert!(found.error().is_none());
    assert_eq!(database.value("to_regclass('bets')"), "NULL");
    nothing_is_left(&database);
}

#[test]
fn an_error_is_told_where_it_is_and_what_was_not_tried() {
    let database = TestDatabase::new();
    let set = set_of(&[
        ("0001_a.sql", "CREATE TABLE a ()"),
        ("0002_b.sql", "ALTER TABLE a ADD b missing"),
        ("0003_c.sql", "CREATE TABLE c ()"),
    ]);
    let found = set.runner().dry_run(&database.pool(2)).unwrap();
    assert_eq!(found.error().unwrap().position(), Some((1, 21)));
    assert_eq!(found.tried().len(), 1);
    assert_eq!(found.not_tried()[0].version(), 3);
    nothing_is_left(&database);
}

#[test]
fn what_is_checked_at_commit_is_checked() {
    let database = TestDatabase::new();
    let set = set_of(&[(
        "0001_a.sql",
        "CREATE TABLE a (n int UNIQUE DEFERRABLE INITIALLY DEFERRED); INSERT INTO a VALUES (1), (1)",
    )]);
    let found = set.runner().dry_run(&database.pool(2)).unwrap();
    assert_eq!(found.error().unwrap().code().map(postgres::error::SqlState::code), Some("23505"));
    nothing_is_left(&database);
}

#[test]
fn a_deferred_check_does_not_keep_the_next_file_from_being_tried() {
    let database = TestDatabase::new();
    let set = set_of(&[
        (
            "0001_a.sql",
            "CREATE TABLE a (n int PRIMARY KEY, m int REFERENCES a DEFERRABLE INITIALLY DEFERRED); \
             INSERT INTO a VALUES (1, 2), (2, 1)",
        ),
        ("0002_b.sql", "ALTER TABLE a ADD o int; INSERT INTO a VALUES (3, 4), (4, 3)"),
    ]);
    let found = set.runner().dry_run(&database.pool(2)).unwrap();
    assert_eq!((found.tried().len(), found.error().map(ToString::to_string)), (2, None));
}

#[test]
fn what_cannot_be_tried_in_one_transaction_is_named() {
    let database = TestDatabase::new();
    database.execute("CREATE TYPE mood AS ENUM ('sad')");
    let set = set_of(&[
        (
            "0001_a.sql",
            "-- migrations: no-transaction\nCREATE INDEX CONCURRENTLY i ON pg_class (oid)",
        ),
        ("0002_b.sql", "ALTER TYPE mood ADD VALUE 'happy'"),
        ("0003_c.sql", "CREATE TABLE a AS SELECT 'happy'::mood"),
    ]);
    let found = set.runner().dry_run(&database.pool(2)).unwrap();
    let versions: Vec<_> = found.not_tried().iter().map(|it| it.version()).collect();
    assert_eq!(versions, [1, 3]);
    assert!(found.error().is_none());
    nothing_is_left(&database);
}
