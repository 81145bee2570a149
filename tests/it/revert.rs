//! Down files, baselines and repairs: what changes the history besides a run.

use std::sync::atomic::{AtomicU32, Ordering};

use migrations_runtime::{Error, Report, Revert, State};
use migrations_tests::{TestDatabase, by_name};
use postgres::{Client, NoTls};

use crate::texts::set_of;

fn versions(database: &TestDatabase) -> String {
    database
        .value("SELECT string_agg(version::text, ' ' ORDER BY version) FROM embedded_migrations")
}

#[test]
fn steps_are_reverted_newest_first_and_applied_again() {
    let database = TestDatabase::new();
    let (set, pool) = (by_name("revertible"), database.pool(2));
    set.run(&pool).unwrap();
    let planned = set.runner().plan_down(&pool, Revert::Steps(2)).unwrap();
    assert_eq!(planned.iter().map(|it| it.version()).collect::<Vec<_>>(), [3, 2]);
    let report = set.runner().down(&pool, Revert::Steps(2)).unwrap();
    let files: Vec<_> = report.reverted().iter().map(|it| it.migration().file_name()).collect();
    assert!(files[0].starts_with("0003") && files[1].ends_with(".down.sql"), "{files:?}");
    assert_eq!(versions(&database), "1");
    assert_eq!(database.value("concat(to_regclass('t1'), to_regclass('t2'))"), "t1");
    assert_eq!(set.run(&pool).unwrap().applied().len(), 2);
}

#[test]
fn all_above_a_version_are_reverted() {
    let database = TestDatabase::new();
    let (set, pool) = (by_name("revertible"), database.pool(2));
    set.run(&pool).unwrap();
    set.runner().down(&pool, Revert::To(1)).unwrap();
    assert_eq!(versions(&database), "1");
    set.runner().down(&pool, Revert::To(0)).unwrap();
    assert_eq!(versions(&database), "NULL");
    let error = set.runner().down(&pool, Revert::To(7)).unwrap_err().to_string();
    assert!(error.starts_with("version 7 is not among the embedded migrations"), "{error}");
}

#[test]
fn one_without_a_down_file_keeps_all_from_being_reverted() {
    let database = TestDatabase::new();
    let pool = database.pool(2);
    let set = set_of(&[
        ("0001_a.sql", "CREATE TABLE a ()"),
        ("0002_b.sql", "CREATE TABLE b ()"),
        ("0002_b.down.sql", "DROP TABLE b"),
    ]);
    set.run(&pool).unwrap();
    let error = set.runner().down(&pool, Revert::Steps(2)).unwrap_err().to_string();
    assert!(
        error.starts_with("cannot revert: texts/0001_a.sql has no down file; nothing was changed")
    );
    assert_eq!(versions(&database), "1 2");
}

#[test]
fn a_down_file_that_fails_leaves_the_migration_applied() {
    let database = TestDatabase::new();
    let pool = database.pool(2);
    let set = set_of(&[
        ("0001_a.sql", "CREATE TABLE a ()"),
        ("0001_a.down.sql", "CREATE TABLE c ();\nDROP TABLE missing"),
    ]);
    set.run(&pool).unwrap();
    let error = set.runner().down(&pool, Revert::Steps(1)).unwrap_err();
    let text = error.to_string();
    assert!(text.starts_with("cannot revert with texts/0001_a.down.sql"), "{text}");
    assert_eq!(error.code().map(postgres::error::SqlState::code), Some("42P01"));
    assert_eq!(database.value("concat(to_regclass('a'), to_regclass('c'))"), "a");
    assert_eq!(versions(&database), "1");
}

#[test]
fn what_a_newer_binary_has_applied_is_not_jumped_over() {
    let database = TestDatabase::new();
    let pool = database.pool(2);
    let first = [("0001_a.sql", "CREATE TABLE a ()"), ("0001_a.down.sql", "DROP TABLE a")];
    set_of(&[first[0], first[1], ("0002_b.sql", "CREATE TABLE b ()")]).run(&pool).unwrap();
    let error = set_of(&first).runner().down(&pool, Revert::Steps(1)).unwrap_err().to_string();
    assert!(error.contains("version 2 (b) is newer than this binary"), "{error}");
    assert_eq!(versions(&database), "1 2");
}

#[test]
fn repeatable_objects_are_applied_again_after_a_revert() {
    let database = TestDatabase::new();
    let pool = database.pool(2);
    let set = set_of(&[
        ("0001_a.sql", "CREATE TABLE a (n int)"),
        ("0001_a.down.sql", "DROP TABLE a CASCADE"),
        ("repeatable/v.sql", "CREATE OR REPLACE VIEW v AS SELECT n FROM a"),
    ]);
    set.run(&pool).unwrap();
    set.runner().down(&pool, Revert::Steps(1)).unwrap();
    let states: Vec<_> =
        set.runner().status(&pool).unwrap().entries().iter().map(|it| it.state).collect();
    assert_eq!(states, [State::Pending, State::Changed]);
    assert_eq!(set.run(&pool).unwrap().repeated().len(), 1);
    assert_eq!(database.value("SELECT count(*) FROM v"), "0");
}

#[test]
fn a_baseline_records_without_running_and_only_once() {
    let database = TestDatabase::new();
    let pool = database.pool(2);
    database.execute("CREATE TABLE t1 (); CREATE TABLE t2 ()");
    let runner = by_name("revertible").runner();
    let adopted = runner.baseline(&pool, 2).unwrap();
    assert_eq!(adopted.iter().map(|it| it.version()).collect::<Vec<_>>(), [1, 2]);
    assert!(runner.baseline(&pool, 2).unwrap().is_empty());
    assert_eq!(runner.run(&pool).unwrap().applied().len(), 1);
    let error = runner.baseline(&pool, 2).unwrap_err().to_string();
    assert!(error.starts_with("the set has a history already"), "{error}");
    let error = runner.baseline(&pool, 9).unwrap_err().to_string();
    assert!(error.starts_with("version 9 is not among the embedded migrations"), "{error}");
    let adopted = &runner.history(&pool).unwrap()[0];
    assert_eq!(adopted.duration, Some(std::time::Duration::ZERO));
}

#[test]
fn a_repair_stamps_what_is_accepted_and_a_start_takes_one_question_again() {
    let database = TestDatabase::new();
    let pool = database.pool(2);
    set_of(&[("0001_old.sql", "SELECT 1"), ("0002_b.sql", "SELECT 2")]).run(&pool).unwrap();
    let older = database.value("SELECT checksum FROM embedded_migrations WHERE version = 2");
    let accepts = format!("-- migrations: accept={older}\nSELECT 3");
    let set = set_of(&[("0001_new.sql", "SELECT 1"), ("0002_b.sql", &accepts)]);
    let states = || -> Vec<_> {
        set.runner().status(&pool).unwrap().entries().iter().map(|it| it.state).collect()
    };
    assert_eq!(states(), [State::Accepted; 2]);
    let repaired = set.runner().repair(&pool).unwrap();
    assert_eq!((repaired.restamped.len(), repaired.renamed.len()), (1, 1));
    assert_eq!(states(), [State::Applied; 2]);
    let report = set.run(&pool).unwrap();
    assert!(report.renamed().is_empty() && report.older_texts().is_empty());
}

#[test]
fn a_repair_does_not_touch_what_was_edited() {
    let database = TestDatabase::new();
    let pool = database.pool(2);
    by_name("base").run(&pool).unwrap();
    let before = database
        .value("SELECT string_agg(checksum, ' ' ORDER BY version) FROM embedded_migrations");
    assert!(by_name("edited").runner().repair(&pool).unwrap_err().is_checksum_mismatch());
    let after = database
        .value("SELECT string_agg(checksum, ' ' ORDER BY version) FROM embedded_migrations");
    assert_eq!(before, after);
}

#[test]
fn a_run_up_to_a_target_leaves_the_rest_and_the_repeatable_objects() {
    let database = TestDatabase::new();
    let pool = database.pool(2);
    let set = set_of(&[
        ("0001_a.sql", "CREATE TABLE a (n int)"),
        ("0002_b.sql", "ALTER TABLE a ADD m int"),
        ("repeatable/v.sql", "CREATE OR REPLACE VIEW v AS SELECT m FROM a"),
    ]);
    let report = set.runner().target(1).run(&pool).unwrap();
    assert_eq!((report.applied().len(), report.repeated().len()), (1, 0));
    assert_eq!(set.run(&pool).unwrap().repeated().len(), 1);
    assert!(set.runner().target(5).run(&pool).is_err());
}

/// Reverts two; before the second, the history is changed as by somebody else, and the server refuses
/// something that passes.
fn interrupted(database: &TestDatabase, sql: &'static str) -> (Result<Report, Error>, String) {
    let pool = database.pool(2);
    let set = set_of(&[
        ("0001_a.sql", "CREATE TABLE a ()"),
        ("0001_a.down.sql", "DROP TABLE a"),
        ("0002_b.sql", "CREATE TABLE b ()"),
        ("0002_b.down.sql", "DROP TABLE b"),
    ]);
    set.run(&pool).unwrap();
    database.execute("CREATE TABLE kept AS SELECT * FROM embedded_migrations WHERE version = 2");
    let (url, calls) = (database.url().to_owned(), AtomicU32::new(0));
    let runner = set.runner().before_each(move |client, file| {
        if file.version() == 1 && calls.fetch_add(1, Ordering::SeqCst) == 0 {
            Client::connect(&url, NoTls)?.batch_execute(sql)?;
            client.batch_execute("DO $$ BEGIN RAISE USING ERRCODE = '55P03'; END $$")?;
        }
        Ok(())
    });
    (runner.down(&pool, Revert::Steps(2)), versions(database))
}

#[test]
fn what_is_tried_again_goes_by_the_history_of_then() {
    let database = TestDatabase::new();
    let newer = "UPDATE kept SET version = 3, name = 'c'; \
                 INSERT INTO embedded_migrations SELECT * FROM kept";
    let (result, left) = interrupted(&database, newer);
    let error = result.unwrap_err().to_string();
    assert!(error.contains("but the newer version 3 (c) is applied already"), "{error}");
    assert!(error.contains("= reverted before it in this run: 0002_b.down.sql"), "{error}");
    assert_eq!(left, "1 3");
}

#[test]
fn what_was_applied_again_meanwhile_is_not_jumped_over() {
    let database = TestDatabase::new();
    let again = "CREATE TABLE b (); INSERT INTO embedded_migrations SELECT * FROM kept";
    let (result, left) = interrupted(&database, again);
    let error = result.unwrap_err().to_string();
    assert!(error.starts_with("version 2 (b) was applied again meanwhile"), "{error}");
    assert_eq!(left, "1 2");
}

#[test]
fn a_role_that_may_not_remove_rows_is_told_before_anything_runs() {
    let database = TestDatabase::new();
    let set = set_of(&[
        ("0001_a.sql", "CREATE TABLE a ()"),
        ("0001_a.down.sql", "DROP TABLE a"),
        ("repeatable/v.sql", "SELECT 1"),
    ]);
    set.run(&database.pool(2)).unwrap();
    database.execute("GRANT SELECT, INSERT, UPDATE ON embedded_migrations TO pg_monitor");
    let pool = database.customized_pool("SET ROLE pg_monitor");
    let expected = "but the role \"pg_monitor\" may not remove rows of the history table \
                    \"public\".\"embedded_migrations\"\n  = next: GRANT DELETE ON";
    let error = set.runner().down(&pool, Revert::Steps(1)).unwrap_err().to_string();
    assert!(error.contains(expected), "{error}");
    let without = set_of(&[("0001_a.sql", "CREATE TABLE a ()")]);
    let error = without.runner().repair(&pool).unwrap_err().to_string();
    assert!(error.contains(expected), "{error}");
}

#[test]
fn a_target_does_not_hide_what_is_begun_above_it() {
    let database = TestDatabase::new();
    let pool = database.pool(3);
    let set = set_of(&[
        ("0001_a.sql", "CREATE TABLE a (n int); INSERT INTO a VALUES (1), (1)"),
        ("0001_a.down.sql", "DROP TABLE a"),
        ("0002_b.sql", "-- migrations: no-transaction\nVACUUM a;\nVACUUM missing"),
    ]);
    set.run(&pool).unwrap_err();
    let error = set.runner().target(1).down(&pool, Revert::Steps(1)).unwrap_err().to_string();
    assert!(error.contains("0002_b.sql"), "{error}");
    assert_eq!(versions(&database), "1 2");
}

#[test]
fn a_baseline_that_was_done_is_compared_with_what_is_embedded() {
    let database = TestDatabase::new();
    let pool = database.pool(2);
    by_name("base").run(&pool).unwrap();
    let newest = by_name("edited").iter().last().unwrap().version();
    let error = by_name("edited").runner().baseline(&pool, newest).unwrap_err();
    assert!(error.is_checksum_mismatch(), "{error}");
}
