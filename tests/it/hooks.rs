//! Hooks: inside of the transactions, and able to stop them.

use std::sync::{Arc, Mutex};

use migrations_runtime::{HookError, Kind, Migration, Revert, Runner};
use migrations_tests::{TestDatabase, by_name};
use postgres::Client;

use crate::texts::set_of;

type Calls = Arc<Mutex<Vec<String>>>;

fn recording(runner: Runner, calls: &Calls) -> Runner {
    let of_run = |what: &'static str| {
        let calls = Arc::clone(calls);
        move |_: &mut Client| -> Result<(), HookError> {
            calls.lock().unwrap().push(what.into());
            Ok(())
        }
    };
    let of_each = |what: &'static str| {
        let calls = Arc::clone(calls);
        move |_: &mut Client, file: &'static Migration| -> Result<(), HookError> {
            calls.lock().unwrap().push(format!("{what} {}", file.file_name()));
            Ok(())
        }
    };
    runner
        .before_run(of_run("before run"))
        .before_each(of_each("before"))
        .after_each(of_each("after"))
        .after_run(of_run("after run"))
}

#[test]
fn are_called_around_the_run_and_each_file() {
    let database = TestDatabase::new();
    let (pool, calls) = (database.pool(3), Calls::default());
    let set = set_of(&[
        ("0001_a.sql", "CREATE TABLE a (n int)"),
        ("0002_b.sql", "-- migrations: no-transaction\nCREATE INDEX CONCURRENTLY i ON a (n)"),
        ("repeatable/v.sql", "CREATE OR REPLACE VIEW v AS SELECT n FROM a"),
        ("repeatable/w.sql", "CREATE OR REPLACE VIEW w AS SELECT n FROM a"),
    ]);
    let runner = recording(set.runner(), &calls);
    runner.run(&pool).unwrap();
    let expected = [
        "before run",
        "before 0001_a.sql",
        "after 0001_a.sql",
        "before 0002_b.sql",
        "after 0002_b.sql",
        "before repeatable/v.sql",
        "after repeatable/v.sql",
        "before repeatable/w.sql",
        "after repeatable/w.sql",
        "after run",
    ];
    assert_eq!(*calls.lock().unwrap(), expected);
    calls.lock().unwrap().clear();
    runner.run(&pool).unwrap();
    assert!(calls.lock().unwrap().is_empty());
}

#[test]
fn those_of_a_run_are_called_once_where_only_repeatable_objects_are_applied() {
    let database = TestDatabase::new();
    let (pool, calls) = (database.pool(3), Calls::default());
    let table = ("0001_a.sql", "CREATE TABLE a (n int)");
    set_of(&[table]).run(&pool).unwrap();
    let set = set_of(&[
        table,
        ("repeatable/v.sql", "CREATE OR REPLACE VIEW v AS SELECT n FROM a"),
        ("repeatable/w.sql", "CREATE OR REPLACE VIEW w AS SELECT n FROM a"),
    ]);
    recording(set.runner(), &calls).run(&pool).unwrap();
    let calls = calls.lock().unwrap();
    let of_run: Vec<_> = calls.iter().filter(|call| call.ends_with("run")).collect();
    assert_eq!(of_run, ["before run", "after run"]);
}

#[test]
fn one_that_fails_rolls_back_its_migration_and_itself() {
    let database = TestDatabase::new();
    let pool = database.pool(2);
    database.execute("CREATE TABLE log (t text)");
    let runner = by_name("revertible").runner().after_each(|client, file| {
        client.execute("INSERT INTO log VALUES ($1)", &[&file.file_name()])?;
        if file.version() == 2 { Err("enough".into()) } else { Ok(()) }
    });
    let error = runner.run(&pool).unwrap_err().to_string();
    assert!(error.contains(": the hook `after_each` failed: enough"), "{error}");
    assert!(error.contains("= this migration: rolled back, it left nothing"), "{error}");
    assert_eq!(database.recorded(), "1");
    assert_eq!(database.value("SELECT count(*) FROM log"), "1");
}

#[test]
fn what_the_server_refuses_to_one_is_told() {
    let database = TestDatabase::new();
    let runner =
        by_name("base").runner().before_run(|client| Ok(client.batch_execute("SELECT missing")?));
    let error = runner.run(&database.pool(2)).unwrap_err();
    assert_eq!(error.code().map(postgres::error::SqlState::code), Some("42703"));
    assert!(error.to_string().contains("the hook `before_run` failed: column"), "{error}");
}

#[test]
fn one_that_ends_the_transaction_is_found_out() {
    let database = TestDatabase::new();
    let runner =
        by_name("base").runner().after_each(|client, _| Ok(client.batch_execute("COMMIT")?));
    let error = runner.run(&database.pool(2)).unwrap_err().to_string();
    assert!(error.contains("ended the transaction"), "{error}");
    assert!(by_name("base").run(&database.pool(2)).unwrap_err().needs_resolve());
}

#[test]
fn one_outside_of_a_transaction_fails_and_the_next_run_goes_on() {
    let database = TestDatabase::new();
    let pool = database.pool(3);
    let runner = by_name("concurrent-index").runner();
    let failing = runner.clone().after_run(|_| Err("not yet".into()));
    let error = failing.run(&pool).unwrap_err().to_string();
    assert!(error.contains("the hook `after_run` failed: not yet"), "{error}");
    runner.run(&pool).unwrap();
    assert_eq!(database.value("SELECT bool_and(indisvalid)::text FROM pg_index"), "true");
}

#[test]
fn reverts_have_them_and_dry_runs_do_not() {
    let database = TestDatabase::new();
    let (pool, calls) = (database.pool(2), Calls::default());
    let runner = recording(by_name("revertible").runner(), &calls);
    runner.dry_run(&pool).unwrap();
    assert!(calls.lock().unwrap().is_empty());
    by_name("revertible").run(&pool).unwrap();
    let kinds = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&kinds);
    let runner = runner.before_each(move |_, file| {
        seen.lock().unwrap().push(file.kind());
        Ok(())
    });
    runner.down(&pool, Revert::Steps(2)).unwrap();
    assert_eq!(*kinds.lock().unwrap(), [Kind::Down; 2]);
    let calls = calls.lock().unwrap();
    assert_eq!(
        (calls.first().unwrap().as_str(), calls.last().unwrap().as_str()),
        ("before run", "after run")
    );
}

#[test]
fn one_that_ends_the_transaction_before_a_file_keeps_the_file_from_being_sent() {
    let database = TestDatabase::new();
    let pool = database.pool(2);
    let set = set_of(&[("0001_a.sql", "CREATE TABLE a (n int); INSERT INTO a VALUES (1)")]);
    let ends = set.runner().before_each(|client, _| {
        drop(client.transaction()?);
        Ok(())
    });
    let error = ends.run(&pool).unwrap_err().to_string();
    assert!(error.contains("the transaction has ended"), "{error}");
    assert_eq!(database.value("to_regclass('a')"), "NULL");
    set.run(&pool).unwrap();
    assert_eq!(database.value("SELECT count(*) FROM a"), "1");
}

#[test]
fn one_that_hides_an_error_of_the_server_is_found_out_also_outside_of_a_transaction() {
    let database = TestDatabase::new();
    let pool = database.pool(3);
    let runner = by_name("concurrent-index").runner();
    let hides = runner.clone().after_each(|client, file| {
        let _ = (!file.is_transactional()).then(|| client.batch_execute("SELECT 1/0"));
        Ok(())
    });
    hides.run(&pool).unwrap_err();
    assert!(!runner.is_current(&pool).unwrap());
    runner.run(&pool).unwrap();
}
