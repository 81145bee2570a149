//! Repeatable objects: applied after the migrations, again whenever their checksum changes.

use std::time::Duration;

use migrations_runtime::{Applied, Report, State};
use migrations_tests::{Gate, Proxy, TestDatabase, by_name};

use crate::texts::set_of;

const TABLE: (&str, &str) = ("0001_bets.sql", "CREATE TABLE bets (id int, stake int)");
const VIEW: (&str, &str) =
    ("repeatable/stakes.sql", "CREATE OR REPLACE VIEW stakes AS SELECT stake FROM bets");
const VIEW_OF_VIEW: (&str, &str) = (
    "repeatable/a_count.sql",
    "-- migrations: after=stakes\nCREATE OR REPLACE VIEW a_count AS SELECT count(*) AS n FROM stakes",
);

fn names(applied: &[Applied]) -> Vec<&str> {
    applied.iter().map(|applied| applied.migration().file_name()).collect()
}

fn counts(report: &Report) -> (usize, usize, usize) {
    (report.applied().len(), report.skipped().len(), report.repeated().len())
}

#[test]
fn are_applied_after_the_migrations_in_their_order_and_once() {
    let database = TestDatabase::new();
    let report = by_name("repeatable").run(&database.pool(2)).unwrap();
    assert_eq!(report.applied().len(), 1);
    let order = ["repeatable/open_bets.sql", "repeatable/bet_count.sql", "repeatable/stake_of.sql"];
    assert_eq!(names(report.repeated()), order);
    assert_eq!(database.value("SELECT n FROM bet_count"), "0");
    let again = by_name("repeatable").run(&database.pool(2)).unwrap();
    assert_eq!(counts(&again), (0, 1, 0));
    assert!(report.to_string().ends_with("Applied: 1, Skipped: 0, Repeated: 3"), "{report}");
}

#[test]
fn nothing_to_repeat_takes_one_round_trip() {
    let database = TestDatabase::new();
    by_name("repeatable").run(&database.pool(2)).unwrap();
    let proxy = Proxy::new(database.socket());
    let pool = TestDatabase::pool_of(&database.url_through(proxy.port()), 1);
    drop(pool.get().unwrap());
    let _ = proxy.take_messages();
    assert!(by_name("repeatable").runner().is_current(&pool).unwrap());
    by_name("repeatable").run(&pool).unwrap();
    assert_eq!(proxy.take_messages().len(), 2);
}

#[test]
fn one_that_has_changed_is_applied_again_and_the_others_are_not() {
    let database = TestDatabase::new();
    let pool = database.pool(2);
    set_of(&[TABLE, VIEW, VIEW_OF_VIEW]).run(&pool).unwrap();
    let number = "SELECT version FROM embedded_migrations WHERE name = 'stakes'";
    let before = database.value(number);
    let changed =
        ("repeatable/stakes.sql", "CREATE OR REPLACE VIEW stakes AS SELECT stake, id FROM bets");
    let set = set_of(&[TABLE, changed, VIEW_OF_VIEW]);
    assert!(!set.runner().is_current(&pool).unwrap());
    let report = set.run(&pool).unwrap();
    assert_eq!(names(report.repeated()), ["repeatable/stakes.sql"]);
    assert_eq!(database.value(number), before);
    assert_eq!(database.value("SELECT count(id) FROM stakes"), "0");
    assert_eq!(counts(&set.run(&pool).unwrap()), (0, 1, 0));
}

#[test]
fn one_that_fails_takes_back_those_of_its_transaction_and_keeps_the_migrations() {
    let database = TestDatabase::new();
    let pool = database.pool(2);
    let broken = ("repeatable/z.sql", "SELECT 1;\nCREATE VIEW z AS SELECT missing FROM bets");
    let set = set_of(&[TABLE, VIEW, broken]);
    let error = set.run(&pool).unwrap_err();
    let text = error.to_string();
    assert!(
        text.starts_with("cannot apply texts/repeatable/z.sql:2:25: column \"missing\""),
        "{text}"
    );
    assert!(text.contains("= rolled back with it: repeatable/stakes.sql"), "{text}");
    assert!(text.contains("= applied before it in this run: 0001_bets.sql"), "{text}");
    assert_eq!(database.value("to_regclass('stakes')"), "NULL");
    assert_eq!(database.recorded(), "1");

    let apart = set.runner().repeatables_apart();
    apart.run(&pool).unwrap_err();
    assert_eq!(database.value("to_regclass('stakes')"), "stakes");
}

#[test]
fn settings_of_one_do_not_reach_the_next_of_the_same_transaction() {
    let database = TestDatabase::new();
    let changes = (
        "repeatable/a.sql",
        "SET search_path = pg_catalog; SET work_mem = '1MB'; SET ROLE pg_monitor",
    );
    let sees = (
        "repeatable/b.sql",
        "CREATE TABLE IF NOT EXISTS public.seen AS SELECT current_setting('work_mem') AS m, \
         current_setting('search_path') AS p, current_user::text AS u",
    );
    set_of(&[TABLE, changes, sees]).run(&database.pool(2)).unwrap();
    assert_eq!(
        database.value("SELECT concat_ws(', ', m <> '1MB', p, u <> 'pg_monitor') FROM seen"),
        "t, \"$user\", public, t"
    );
}

#[test]
fn an_older_binary_leaves_them_as_they_are_and_says_so() {
    let database = TestDatabase::new();
    let pool = database.pool(2);
    let old = set_of(&[TABLE, VIEW]);
    old.run(&pool).unwrap();
    let newer = ("0002_more.sql", "ALTER TABLE bets ADD note text");
    let view =
        ("repeatable/stakes.sql", "CREATE OR REPLACE VIEW stakes AS SELECT stake, note FROM bets");
    set_of(&[TABLE, newer, view]).run(&pool).unwrap();
    let report = old.run(&pool).unwrap();
    assert_eq!((report.kept().len(), report.newer().len()), (1, 1));
    assert_eq!(database.value("SELECT count(note) FROM stakes"), "0");
    assert!(old.runner().is_current(&pool).unwrap());
    assert!(report.to_string().contains("Left repeatable/stakes.sql"), "{report}");
}

#[test]
fn one_whose_file_is_gone_is_reported_until_it_is_forgotten() {
    let database = TestDatabase::new();
    let pool = database.pool(2);
    set_of(&[TABLE, VIEW]).run(&pool).unwrap();
    let without = set_of(&[TABLE]);
    let report = without.run(&pool).unwrap();
    assert_eq!(report.removed(), ["stakes"]);
    let status = without.runner().status(&pool).unwrap();
    assert_eq!(status.entries().last().unwrap().state, State::Removed);
    assert!(status.is_current());
    assert_eq!(without.runner().repair(&pool).unwrap().forgotten, ["stakes"]);
    assert!(without.run(&pool).unwrap().removed().is_empty());
}

#[test]
fn processes_that_start_at_once_repeat_once() {
    let database = TestDatabase::new();
    let outcomes =
        migrations_tests::Starter::race(8, crate::starter(), &database, &["run", "repeatable"]);
    assert!(outcomes.iter().all(|outcome| outcome.is_success), "{outcomes:?}");
    assert_eq!(database.recorded(), "-3 -2 -1 1");
}

#[test]
fn an_older_binary_does_not_forget_what_a_newer_one_has_added() {
    let database = TestDatabase::new();
    let pool = database.pool(2);
    set_of(&[TABLE, ("0002_b.sql", "SELECT 1"), VIEW]).run(&pool).unwrap();
    let old = set_of(&[TABLE]);
    assert!(old.runner().repair(&pool).unwrap().forgotten.is_empty());
    assert_eq!(database.recorded(), "-1 1 2");
}

#[test]
fn a_row_of_one_that_is_not_embedded_does_not_send_a_start_to_the_lock() {
    let database = TestDatabase::new();
    let pool = database.pool(4);
    set_of(&[TABLE, VIEW]).run(&pool).unwrap();
    let mut gate = Gate::close(&database);
    let long = ("0002_b.sql", "SELECT pg_advisory_xact_lock_shared(4711)");
    let newer = set_of(&[TABLE, long, VIEW]).runner().lock_timeout(Duration::ZERO);
    std::thread::scope(|scope| {
        let running = scope.spawn(|| newer.run(&pool));
        gate.wait_until_reached();
        let old = set_of(&[TABLE]).runner().lock_deadline(Duration::from_millis(1));
        let report = old.run(&pool).map_err(|error| error.to_string());
        gate.open();
        running.join().unwrap().unwrap();
        assert_eq!(report.map(|report| report.removed().to_vec()), Ok(vec!["stakes".into()]));
    });
}

#[test]
fn how_one_has_strings_read_does_not_reach_the_next_of_the_same_transaction() {
    let database = TestDatabase::new();
    let changes = (
        "repeatable/a.sql",
        "-- migrations: allow=string-setting\nSET standard_conforming_strings = off; SET idle_in_transaction_session_timeout = 0",
    );
    let sees = (
        "repeatable/b.sql",
        "CREATE TABLE seen AS SELECT length('a\\nb') AS l, \
         current_setting('idle_in_transaction_session_timeout') AS t",
    );
    set_of(&[TABLE, changes, sees]).run(&database.pool(2)).unwrap();
    assert_eq!(database.value("SELECT concat_ws(' ', l, t) FROM seen"), "4 1min");
}
