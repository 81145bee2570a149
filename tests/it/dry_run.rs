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

#[test]
fn a_check_that_is_not_put_off_in_a_run_is_not_put_off_either() {
    let database = TestDatabase::new();
    let set = set_of(&[
        ("0001_p.sql", "CREATE TABLE p (id int PRIMARY KEY)"),
        ("0002_c.sql", "CREATE TABLE c (p int REFERENCES p DEFERRABLE)"),
        (
            "0003_d.sql",
            "INSERT INTO p VALUES (1); INSERT INTO c VALUES (1); ALTER TABLE c ADD x int",
        ),
    ]);
    let found = set.runner().dry_run(&database.pool(2)).unwrap();
    assert_eq!((found.tried().len(), found.error().map(ToString::to_string)), (3, None));
}

#[test]
fn a_check_that_is_put_off_in_a_run_is_put_off_where_a_later_file_creates_it() {
    let database = TestDatabase::new();
    database.execute("CREATE TABLE old (n int UNIQUE DEFERRABLE)");
    let set = set_of(&[
        ("0001_a.sql", "INSERT INTO old VALUES (1)"),
        (
            "0002_b.sql",
            "CREATE TABLE a (n int UNIQUE DEFERRABLE INITIALLY DEFERRED); \
             INSERT INTO a VALUES (1), (2); UPDATE a SET n = 2 WHERE n = 1; UPDATE a SET n = n - 1",
        ),
    ]);
    let found = set.runner().dry_run(&database.pool(2)).unwrap();
    assert_eq!(found.error().unwrap().code().map(postgres::error::SqlState::code), Some("23505"));
    let swapped = set_of(&[
        ("0001_a.sql", "INSERT INTO old VALUES (1)"),
        (
            "0002_b.sql",
            "CREATE TABLE a (n int UNIQUE DEFERRABLE INITIALLY DEFERRED); \
             INSERT INTO a VALUES (1); INSERT INTO a VALUES (1); DELETE FROM a",
        ),
    ]);
    let found = swapped.runner().dry_run(&database.pool(2)).unwrap();
    assert_eq!((found.tried().len(), found.error().map(ToString::to_string)), (2, None));
}

#[test]
fn an_error_behind_what_was_left_out_is_not_told_for_sure() {
    let database = TestDatabase::new();
    let set = set_of(&[
        ("0001_a.sql", "CREATE TABLE a (n int NOT NULL)"),
        (
            "0002_b.sql",
            "-- migrations: no-transaction\nCREATE UNIQUE INDEX CONCURRENTLY i ON a (n)",
        ),
        ("0003_c.sql", "ALTER TABLE a ADD CONSTRAINT k PRIMARY KEY USING INDEX i"),
    ]);
    let pool = database.pool(3);
    let found = set.runner().dry_run(&pool).unwrap();
    assert!(found.error().is_none());
    assert_eq!(found.unclear().unwrap().position(), Some((1, 19)));
    let versions: Vec<_> = found.not_tried().iter().map(|it| it.version()).collect();
    assert_eq!(versions, [2, 3]);
    assert_eq!(set.run(&pool).unwrap().applied().len(), 3);
}
