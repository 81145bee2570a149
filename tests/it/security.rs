//! The recipes of SECURITY.md: each role can do what it is for, and nothing else.

use std::path::Path;
use std::thread;
use std::time::Duration;

use migrations_runtime::{Migrations, Runner};
use migrations_tests::{Pool, TestDatabase, by_hand, by_name};

const SECURITY: &str = include_str!("../../SECURITY.md");

/// A server on which the statements of a recipe were executed.
fn recipe(title: &str) -> TestDatabase {
    let (_, text) = SECURITY.split_once(&format!("\n### {title}")).unwrap();
    let (_, text) = text.split_once("\n```sql\n").unwrap();
    let (sql, _) = text.split_once("\n```\n").unwrap();
    let database = TestDatabase::on_its_own_server();
    database.execute(sql);
    database
}

fn pool(database: &TestDatabase, login: &str) -> Pool {
    TestDatabase::pool_of(&database.url_of(login), 3)
}

fn first() -> Migrations {
    by_hand(&["CREATE TABLE bets (id bigserial PRIMARY KEY, stake int)"])
}

fn both() -> Migrations {
    by_hand(&["CREATE TABLE bets (id bigserial PRIMARY KEY, stake int)", "CREATE TABLE later ()"])
}

/// A runner of the service, which reads the history.
fn of_service(set: &Migrations) -> Runner {
    set.runner().history_schema("bets_history")
}

fn of_owner(set: &Migrations) -> Runner {
    of_service(set).role("bets_owner")
}

#[track_caller]
fn may(pool: &Pool, sql: &str) {
    pool.get().unwrap().batch_execute(sql).unwrap_or_else(|error| panic!("{sql}: {error:?}"));
}

#[track_caller]
fn may_not(pool: &Pool, sql: &str) {
    let error = pool.get().unwrap().batch_execute(sql).expect_err(sql);
    assert_eq!(
        error.code().map(postgres::error::SqlState::code),
        Some("42501"),
        "{sql}: {error:?}"
    );
}

const USE_DATA: &str = "INSERT INTO bets (stake) VALUES (1); UPDATE bets SET stake = 2; \
                        SELECT FROM bets; DELETE FROM bets";
const CHANGE_SCHEMA: [&str; 4] = [
    "CREATE TABLE bets.mine ()",
    "CREATE TABLE public.mine ()",
    "ALTER TABLE bets.bets ADD COLUMN mine int",
    "DROP TABLE bets.bets",
];

#[test]
fn of_two_logins_one_migrates_and_one_serves() {
    let database = recipe("Two logins");
    let (deploy, app) = (pool(&database, "bets_deploy"), pool(&database, "bets_app"));
    assert_eq!(of_owner(&first()).run(&deploy).unwrap().applied().len(), 1);
    assert_eq!(of_service(&first()).run(&app).unwrap().skipped().len(), 1);
    may(&app, USE_DATA);
    for sql in CHANGE_SCHEMA {
        may_not(&app, sql);
        may_not(&deploy, sql);
    }
    may_not(&app, "DELETE FROM bets_history.embedded_migrations");
    may_not(&app, "SET ROLE bets_owner");
    may_not(&deploy, "SELECT FROM bets.bets");
}

#[test]
fn of_two_logins_the_one_that_serves_is_refused_what_is_pending_and_can_wait() {
    let database = recipe("Two logins");
    let (deploy, app) = (pool(&database, "bets_deploy"), pool(&database, "bets_app"));
    of_owner(&first()).run(&deploy).unwrap();
    let error = of_service(&both()).run(&app).unwrap_err().to_string();
    let expected = "1 migrations are pending, but the role \"bets_app\" may not write the history \
                    table \"bets_history\".\"embedded_migrations\"";
    assert!(error.starts_with(expected), "{error}");
    let error = of_owner(&both()).run(&app).unwrap_err().to_string();
    assert!(error.starts_with("\"bets_app\" cannot take on the role \"bets_owner\""), "{error}");
    thread::scope(|scope| {
        let wait = scope.spawn(|| of_service(&both()).wait(&app, Duration::from_secs(60)));
        of_owner(&both()).run(&deploy).unwrap();
        wait.join().unwrap().unwrap();
    });
}

#[test]
fn one_login_migrates_by_the_role_and_serves_without_it() {
    let database = recipe("One login");
    let app = pool(&database, "bets_app");
    assert_eq!(of_owner(&first()).run(&app).unwrap().applied().len(), 1);
    assert_eq!(of_owner(&both()).run(&app).unwrap().applied().len(), 1);
    assert_eq!(of_owner(&both()).run(&app).unwrap().skipped().len(), 2);
    may(&app, USE_DATA);
    for sql in CHANGE_SCHEMA {
        may_not(&app, sql);
    }
    may_not(&app, "SELECT FROM bets_history.embedded_migrations");
}

/// Also what runs in no transaction, and what looks at the server meanwhile.
#[test]
fn behind_a_pooler_every_session_is_the_owner() {
    let database = recipe("Behind a pooler");
    let deploy = pool(&database, "bets_deploy");
    by_name("ten-statements").run(&deploy).unwrap();
    let others = "SELECT count(*) FROM pg_class WHERE relnamespace = 'bets'::regnamespace \
                  AND pg_get_userbyid(relowner) <> 'bets_owner'";
    assert_eq!(database.value(others), "0");
    may_not(&deploy, "CREATE TABLE public.mine ()");
}

/// A promise that names a test which does not exist is none.
#[test]
fn every_test_that_is_named_exists() {
    let is_test = |name: &&str| Path::new(name).extension().is_some_and(|it| it == "rs");
    let names = SECURITY.split('`').filter(is_test);
    let mut count = 0;
    for name in names {
        let folder = if name.contains('/') { "../" } else { "it/" };
        let path = format!("{}/{folder}{name}", env!("CARGO_MANIFEST_DIR"));
        assert!(Path::new(&path).exists(), "{name}");
        count += 1;
    }
    assert!(count > 8, "{count}");
}
