//! Others have planted objects with the names that the library's own SQL uses, where they are found
//! before the server's.

use std::time::Duration;

use migrations_runtime::Revert;
use migrations_tests::{Pool, TestDatabase, by_hand, by_name, eventually};

use crate::told::Told;

const PLANT: &str = include_str!("hostile/plant.sql");
/// For the beginning of each session of the pool, in `pg_temp`.
const PLANT_RELATIONS: &str = include_str!("hostile/plant_relations.sql");

/// A schema of the role `victim`, and the plants of another role in `public`.
fn planted() -> TestDatabase {
    let database = TestDatabase::on_its_own_server();
    database.execute(
        "CREATE ROLE planter LOGIN; GRANT CREATE ON SCHEMA public TO planter; \
         CREATE ROLE victim LOGIN; CREATE SCHEMA mine AUTHORIZATION victim",
    );
    let mut planter =
        postgres::Client::connect(&database.url_of("planter"), postgres::NoTls).unwrap();
    planter.batch_execute(PLANT).unwrap();
    database
}

fn pool_of_victim(database: &TestDatabase) -> Pool {
    TestDatabase::customized_pool_of(&database.url_of("victim"), PLANT_RELATIONS)
}

#[track_caller]
fn nothing_was_called(database: &TestDatabase) {
    let log = database.log();
    let called: Vec<_> = log.lines().filter(|line| line.contains("ERROR:  planted: ")).collect();
    assert!(called.is_empty(), "{called:#?}");
}

/// Without this, the other test might pass because nothing is in the way.
#[test]
fn the_plants_are_found_before_the_server_s_own() {
    let database = planted();
    let pool = pool_of_victim(&database);
    let mut client = pool.get().unwrap();
    for (sql, planted) in [
        ("SELECT sha256('a')", "function sha256"),
        ("SELECT pg_try_advisory_xact_lock(1)", "function pg_try_advisory_xact_lock"),
        ("SELECT 1 < 2", "operator <"),
        ("SELECT 'a' = 'b'::pg_catalog.text", "operator ="),
        ("SELECT '1'::int8", "type int8"),
        ("SELECT FROM pg_locks", "relation pg_locks"),
        ("SELECT FROM pg_class", "relation pg_class"),
    ] {
        let error = client.batch_execute(sql).unwrap_err();
        let message = error.as_db_error().unwrap().message();
        assert_eq!(message, format!("planted: {planted}"), "{sql}");
        assert!(database.log().contains(message));
    }
}

/// Runs of all kinds, and whatever else asks the server something.
#[test]
fn nothing_that_is_planted_is_called() {
    let database = planted();
    let pool = pool_of_victim(&database);
    let runner = by_name("hostile").runner();
    assert_eq!(runner.dry_run(&pool).unwrap().tried().len(), 3);
    assert_eq!(runner.run(&pool).unwrap().applied().len(), 4);
    assert_eq!(runner.run(&pool).unwrap().skipped().len(), 4);
    assert_eq!(runner.down(&pool, Revert::Steps(1)).unwrap().reverted().len(), 1);
    assert_eq!(runner.run(&pool).unwrap().applied().len(), 1);
    assert_eq!(runner.status(&pool).unwrap().pending().count(), 0);
    assert_eq!(runner.history(&pool).unwrap().len(), 5);
    runner.repair(&pool).unwrap();
    by_name("base").runner().set_name("adopted").baseline(&pool, 2).unwrap();
    nothing_was_called(&database);
}

/// Those who wait look at processes, and so does who is waited for.
#[test]
fn nothing_that_is_planted_is_called_while_others_are_waited_for() {
    let database = planted();
    let pool = pool_of_victim(&database);
    by_name("hostile").run(&pool).unwrap();
    let told = Told::default();
    let set = by_hand(&["ALTER TABLE mine.bets ADD COLUMN stake pg_catalog.int4"]);
    let first = set.runner().set_name("first").observer(told.clone());
    let second = by_hand(&["SELECT"]);
    std::thread::scope(|scope| {
        // Gone with this closure, however it ends, so that nobody waits for it any longer.
        let mut reader = database.client();
        reader.batch_execute("BEGIN; SELECT FROM mine.bets").unwrap();
        let (first, pool) = (first.lock_timeout(Duration::from_secs(2)).retries(1000), &pool);
        let blocked = scope.spawn(move || first.run(pool).unwrap());
        eventually("who is in the way is seen", || !told.retries().is_empty());
        // Between two tries nobody has the lock, and then there is nothing to wait for.
        let (others, mut number) = (pool_of_victim(&database), 0);
        eventually("the lock is waited for", || {
            number += 1;
            let second = second.runner().set_name(format!("second_{number}"));
            second.observer(told.clone()).run(&others).unwrap();
            !told.waiting().is_empty()
        });
        reader.batch_execute("ROLLBACK").unwrap();
        blocked.join().unwrap();
    });
    assert!(told.waiting().iter().all(|holder| holder.pid != 0));
    nothing_was_called(&database);
}

/// Where the schema is named, the table is found nowhere else.
#[test]
fn a_planted_history_is_not_even_read_where_the_schema_is_named() {
    let database = planted();
    database.execute(
        "CREATE VIEW public.embedded_migrations AS SELECT public.planted('history') AS version",
    );
    let pool = TestDatabase::pool_of(&database.url_of("victim"), 2);
    let runner = by_name("hostile").runner().history_schema("mine");
    assert_eq!(runner.run(&pool).unwrap().applied().len(), 4);
    assert_eq!(runner.run(&pool).unwrap().skipped().len(), 4);
    nothing_was_called(&database);
}

const CREATE_TABLE_LIKE_OURS: &str = "CREATE TEMPORARY TABLE embedded_migrations (set_name text, \
    version int8, name text, checksum text, applied_at timestamptz, duration interval, \
    applied_by text, application text, statements_done int4, statements_checksum text, \
    in_flight text, worker text, rows_done int8)";

/// A temporary table is found before all others, with the very rows that would say that all is applied.
#[test]
fn a_temporary_table_is_not_taken_for_the_history() {
    let database = TestDatabase::new();
    by_name("base").run(&database.pool(1)).unwrap();
    let pool = database.pool(1);
    let fake = format!(
        "{CREATE_TABLE_LIKE_OURS}; INSERT INTO pg_temp.embedded_migrations \
         SELECT * FROM public.embedded_migrations; DROP SCHEMA public CASCADE; CREATE SCHEMA public"
    );
    pool.get().unwrap().batch_execute(&fake).unwrap();
    assert!(by_name("base").runner().is_current(&pool).is_err());
    let error = by_name("base").run(&pool).unwrap_err().to_string();
    let expected = "the set `default` is recorded in the table `embedded_migrations` of the schema \
                    `pg_temp_";
    assert!(error.starts_with(expected), "{error}");
    assert_eq!(by_name("base").run(&database.pool(1)).unwrap().applied().len(), 3);
}

#[test]
fn an_empty_temporary_table_is_not_taken_for_the_history() {
    let database = TestDatabase::new();
    let pool = database.pool(1);
    pool.get().unwrap().batch_execute(CREATE_TABLE_LIKE_OURS).unwrap();
    assert_eq!(by_name("base").run(&pool).unwrap().applied().len(), 3);
    assert_eq!(database.recorded(), "1 2 4");
}
