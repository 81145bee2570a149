//! Names with quotes, apostrophes, backslashes, line feeds and letters that are not ASCII: of schemas,
//! tables, sets, roles, databases and folders.

use std::time::Duration;

use migrations_runtime::{Revert, Runner};
use migrations_tests::{TestDatabase, by_name};

const SCHEMA: &str = "We\"ird 'Ünï'; --\n\\";
const TABLE: &str = "tä\"ble $migrations_runtime$ it's";
const SET: &str = "o'brien's\n\"sät\" \\ $migrations_runtime$ /* % */ --";
const ROLE: &str = "rö\"le's";

fn runner(set: &str) -> Runner {
    let runner = by_name(set).runner().history_schema(SCHEMA).history_table(TABLE);
    runner.set_name(format!("{SET} {set}")).role(ROLE).lock_deadline(Duration::from_secs(60))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn history() -> String {
    format!("{}.{}", quoted(SCHEMA), quoted(TABLE))
}

/// A database of the role, which creates the schema.
fn database() -> TestDatabase {
    let database = TestDatabase::new();
    let (role, name) = (quoted(ROLE), database.value("current_database()"));
    database.execute(&format!(
        "DO $do$ BEGIN CREATE ROLE {role}; EXCEPTION WHEN duplicate_object THEN NULL; WHEN unique_violation \
         THEN NULL; END $do$; GRANT CREATE ON DATABASE {name} TO {role}; \
         ALTER SCHEMA public OWNER TO {role}"
    ));
    database
}

#[test]
fn everything_works_with_names_that_have_to_be_quoted() {
    let database = database();
    let pool = database.pool(3);
    let (base, down) = (runner("base"), runner("revertible"));
    assert_eq!(base.run(&pool).unwrap().applied().len(), 3);
    assert_eq!(base.run(&pool).unwrap().skipped().len(), 3);
    assert!(base.is_current(&pool).unwrap());
    assert_eq!(base.status(&pool).unwrap().history(), history());
    assert_eq!(base.history(&pool).unwrap()[0].applied_by, ROLE);
    assert!(base.lock_holder(&pool).unwrap().is_none());
    down.run(&pool).unwrap();
    assert_eq!(down.down(&pool, Revert::Steps(2)).unwrap().reverted().len(), 2);
    down.repair(&pool).unwrap();
    let sets = format!("SELECT count(DISTINCT set_name) FROM {}", history());
    assert_eq!(database.value(&sets), "2");
}

/// In one session holds the lock, in another they run.
#[test]
fn statements_run_one_by_one_with_names_that_have_to_be_quoted() {
    let database = database();
    let pool = database.pool(3);
    runner("ten-statements-begun").run(&pool).unwrap();
    let set = runner("ten-statements").set_name(format!("{SET} ten-statements-begun"));
    assert_eq!(set.run(&pool).unwrap().applied().len(), 2);
    let rows = format!("SELECT count(*) FROM {} WHERE duration IS NOT NULL", history());
    assert_eq!(database.value(&rows), "3");
}

#[test]
fn the_grant_that_an_error_names_can_be_executed() {
    let database = database();
    runner("first").run(&database.pool(1)).unwrap();
    database.execute(&format!("REVOKE INSERT ON {} FROM {}", history(), quoted(ROLE)));
    let set = runner("base").set_name(format!("{SET} first"));
    let error = set.run(&database.pool(1)).unwrap_err().to_string();
    let (_, next) = error.split_once("= next: ").unwrap();
    let (grant, _) = next.split_once("; or migrate").unwrap();
    database.execute(grant);
    assert_eq!(set.run(&database.pool(1)).unwrap().applied().len(), 2);
}

/// Files have plain names, their folders any.
#[test]
fn an_error_names_a_folder_with_any_name() {
    let database = TestDatabase::new();
    let error = by_name("it's öde here").run(&database.pool(1)).unwrap_err().to_string();
    let place = "cannot apply tests/fixtures/it's öde here/0001_fails.sql:1:8: ";
    assert!(error.starts_with(place), "{error}");
}
