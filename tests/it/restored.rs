//! Backups: of the history and the schema together, and of one of them only. The origin of this
//! library was a start behind such a restore.

use migrations_runtime::Migrations;
use migrations_tests::{TestDatabase, by_hand, by_name};

fn two_tables() -> Migrations {
    by_hand(&["CREATE TABLE a (id int)", "CREATE TABLE b (id int)"])
}

#[test]
fn what_a_whole_backup_does_not_have_is_applied_again() {
    let database = TestDatabase::new();
    by_name("first").run(&database.pool(1)).unwrap();
    database.wait_until_unused();
    let backup = database.copy();
    by_name("base").run(&database.pool(1)).unwrap();
    let report = by_name("base").run(&backup.pool(1)).unwrap();
    assert_eq!((report.applied().len(), report.skipped().len()), (2, 1));
    assert_eq!(backup.recorded(), database.recorded());
}

#[test]
fn a_history_that_is_older_than_the_schema_is_told() {
    let database = TestDatabase::new();
    two_tables().run(&database.pool(1)).unwrap();
    database.execute("DELETE FROM embedded_migrations WHERE version = 2");
    let error = two_tables().run(&database.pool(1)).unwrap_err().to_string();
    assert!(error.contains("relation \"b\" already exists (SQLSTATE 42P07)"), "{error}");
    let next = "= next: find out who has made it; if it was this migration, the history is older than \
                the schema, as when they come from two backups: restore both from one";
    assert!(error.contains(next), "{error}");
    assert_eq!(database.recorded(), "1");
}

/// The error of the origin, where one process is enough.
#[test]
fn a_schema_without_its_history_is_told_and_can_be_adopted() {
    let database = TestDatabase::new();
    two_tables().run(&database.pool(1)).unwrap();
    database.execute("DROP TABLE embedded_migrations");
    let error = two_tables().run(&database.pool(1)).unwrap_err().to_string();
    let next = "where nothing is recorded yet, record what is there with `Runner::baseline`";
    assert!(error.contains(next), "{error}");
    assert_eq!(database.value("to_regclass('embedded_migrations')"), "NULL");
    two_tables().runner().baseline(&database.pool(1), 2).unwrap();
    assert_eq!(two_tables().run(&database.pool(1)).unwrap().skipped().len(), 2);
}

/// What an applied migration has made is not looked for; what builds upon it tells.
#[test]
fn a_schema_that_is_older_than_the_history_is_told_when_something_builds_upon_it() {
    let database = TestDatabase::new();
    two_tables().run(&database.pool(1)).unwrap();
    database.execute("DROP TABLE b");
    assert_eq!(two_tables().run(&database.pool(1)).unwrap().skipped().len(), 2);
    let files = ["CREATE TABLE a (id int)", "CREATE TABLE b (id int)", "ALTER TABLE b ADD c int"];
    let error = by_hand(&files).run(&database.pool(1)).unwrap_err().to_string();
    assert!(error.contains("relation \"b\" does not exist (SQLSTATE 42P01)"), "{error}");
    let next = "if an applied migration had made it, the schema is older than the history, as when \
                they come from two backups: restore both from one";
    assert!(error.contains(next), "{error}");
}

#[test]
fn a_database_made_from_a_migrated_template_starts_current() {
    let database = TestDatabase::on_its_own_server();
    let of = |name| database.url().replacen("/postgres?", &format!("/{name}?"), 1);
    let applied = by_name("base").run(&TestDatabase::pool_of(&of("template1"), 1)).unwrap();
    assert_eq!(applied.applied().len(), 3);
    database.execute("CREATE DATABASE made");
    let pool = TestDatabase::pool_of(&of("made"), 1);
    assert!(by_name("base").runner().is_current(&pool).unwrap());
    assert_eq!(by_name("newer").run(&pool).unwrap().applied().len(), 1);
}
