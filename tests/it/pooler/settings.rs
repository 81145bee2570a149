//! What files set reaches no other client of a pooler.

use std::time::Duration;

use migrations_tests::{Neighbours, Pooled, Proxy, TestDatabase, by_name};

use crate::texts::set_of;

#[test]
fn what_a_file_sets_does_not_reach_other_clients() {
    for pooled in Pooled::each() {
        let neighbours = pooled.is_shared.then(|| Neighbours::of(&pooled));
        let _ = by_name("session").run(&pooled.pool(2));
        let set = set_of(&[
            (
                "0001_a.sql",
                "-- migrations: allow=string-setting\nSET standard_conforming_strings = off; \
                 SET work_mem = '1MB'; CREATE TEMPORARY TABLE t (); SELECT pg_advisory_lock(1); \
                 PREPARE p AS SELECT 1; SET search_path = pg_catalog",
            ),
            ("0002_b.sql", "SET lock_timeout = '7s'; SET ROLE pg_monitor; LISTEN l"),
        ]);
        set.runner().set_name("more").run(&pooled.pool(2)).unwrap();
        neighbours.into_iter().for_each(Neighbours::check);
        pooled.check_nothing_is_left();
    }
}

/// Statements that can run in a transaction have what the file has set, and others do not.
#[test]
fn outside_of_a_transaction_settings_hold_for_what_can_run_in_one() {
    for pooled in Pooled::each() {
        let neighbours = pooled.is_shared.then(|| Neighbours::of(&pooled));
        let insert = "INSERT INTO app.made SELECT concat_ws(' ', current_setting('work_mem'), \
                      current_setting('search_path'), current_user);\n";
        let outside = format!(
            "-- migrations: no-transaction, allow=mixed-statements, allow=needless-no-transaction\n\
             SET search_path = app;\nSET work_mem = '2MB';\nSET ROLE pg_monitor;\n{}",
            insert.repeat(20)
        );
        let first = "CREATE SCHEMA app; CREATE TABLE app.made (it text); \
                     GRANT ALL ON SCHEMA app TO pg_monitor; GRANT ALL ON app.made TO pg_monitor";
        let set = set_of(&[("0001_a.sql", first), ("0002_b.sql", &outside)]);
        set.run(&pooled.pool(2)).unwrap();
        let made = "SELECT string_agg(DISTINCT it, ', ') || ' ' || count(*) FROM app.made";
        assert_eq!(pooled.database.value(made), "2MB app pg_monitor 20");
        neighbours.into_iter().for_each(Neighbours::check);
        pooled.check_nothing_is_left();
    }
}

#[test]
fn what_cannot_run_in_a_transaction_sets_nothing_for_other_clients() {
    for pooled in Pooled::each() {
        let neighbours = pooled.is_shared.then(|| Neighbours::of(&pooled));
        let outside = format!(
            "-- migrations: no-transaction\nCREATE INDEX CONCURRENTLY i ON t (n);\n{}",
            "VACUUM t;\n".repeat(20)
        );
        let set = set_of(&[("0001_a.sql", "CREATE TABLE t (n int)"), ("0002_b.sql", &outside)]);
        assert_eq!(set.run(&pooled.pool(2)).unwrap().applied().len(), 2);
        neighbours.into_iter().for_each(Neighbours::check);
        pooled.check_nothing_is_left();
    }
}

const INDEX: &str = "-- migrations: no-transaction, allow=mixed-statements\n\
                     SET search_path = app;\nCREATE INDEX CONCURRENTLY i ON t (n);\n";

/// Before it runs, and nothing of it reaches others.
#[test]
fn what_needs_a_setting_outside_of_a_transaction_is_refused_where_connections_are_shared() {
    for settings in [&[][..], &[("server_round_robin", "1")]] {
        for with_neighbours in [false, true] {
            let pooled = Pooled::by_transaction(settings);
            let neighbours = with_neighbours.then(|| Neighbours::of(&pooled));
            let set = set_of(&[("0001_a.sql", TABLE), ("0002_b.sql", INDEX)]);
            let error = set.run(&pooled.pool(2)).unwrap_err().to_string();
            assert_eq!(error, REFUSED);
            assert_eq!(
                pooled.database.value("SELECT count(*) FROM pg_class WHERE relname = 'i'"),
                "0"
            );
            neighbours.into_iter().for_each(Neighbours::check);
            pooled.check_nothing_is_left();
            // As the error says.
            set.run(&pooled.database.pool(2)).unwrap();
            assert_eq!(pooled.database.value("SELECT 'app.i'::regclass"), "app.i");
        }
    }
}

const TABLE: &str = "CREATE SCHEMA app; CREATE TABLE app.t (n int)";
const REFUSED: &str = "\
cannot apply texts/0002_b.sql:3:1: what the file sets cannot hold for this statement, which runs outside of a transaction: a pooler gives the connection to other clients between two messages
  |
3 | CREATE INDEX CONCURRENTLY i ON t (n);
  | ^
  = this migration: statement 1 is done and stays; statement 2 left nothing
  = applied before it in this run: 0001_a.sql
  = not tried: none
  = next: connect to the server itself or through a pooler in session mode, or leave that out";

#[test]
fn so_are_time_outs_and_a_role() {
    let pooled = Pooled::by_transaction(&[]);
    pooled.database.execute(TABLE);
    let outside = "-- migrations: no-transaction\nVACUUM app.t;";
    let [plain, own] = [outside, &outside.replacen("no-", "lock-timeout=1s, no-", 1)]
        .map(|text| set_of(&[("0001_a.sql", text)]));
    let minute = Duration::from_secs(60);
    for (runner, expected) in [
        (plain.runner().role("pg_monitor"), "the role that `Runner::role` names cannot hold"),
        (plain.runner().statement_timeout(minute), "the statement_timeout cannot hold"),
        (own.runner(), "the file's lock-timeout cannot hold"),
    ] {
        let runner = runner.history_schema("app");
        pooled.database.execute("GRANT ALL ON SCHEMA app TO pg_monitor");
        let error = runner.run(&pooled.pool(2)).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        pooled.database.execute("DROP TABLE app.embedded_migrations");
    }
    plain.run(&pooled.pool(2)).unwrap();
    pooled.check_nothing_is_left();
}

#[test]
fn where_a_client_has_its_connection_for_a_session_it_holds() {
    let [_, pooled] = Pooled::each();
    set_of(&[("0001_a.sql", TABLE), ("0002_b.sql", INDEX)]).run(&pooled.pool(2)).unwrap();
    assert_eq!(pooled.database.value("SELECT 'app.i'::regclass"), "app.i");
    pooled.check_nothing_is_left();
}

/// Each message may be for another process of the server, but this one is found.
#[test]
fn who_is_in_the_way_is_told() {
    let pooled = Pooled::by_transaction(&[("server_round_robin", "1")]);
    pooled.database.execute(TABLE);
    let mut blocker = pooled.database.client();
    blocker.batch_execute("BEGIN; LOCK app.t").unwrap();
    let pid: i32 = blocker.query_one("SELECT pg_backend_pid()", &[]).unwrap().get(0);
    let outside = "-- migrations: no-transaction, lock-timeout=1s, allow=mixed-statements, \
                   allow=needless-no-transaction\nSELECT 1;\nALTER TABLE app.t ADD m int;";
    let set = set_of(&[("0001_a.sql", outside)]);
    let error = set.runner().retries(1).run(&pooled.pool(3)).unwrap_err().to_string();
    assert!(error.contains(&format!("= blocked by: pid {pid} ")), "{error}");
    drop(blocker);
    pooled.check_nothing_is_left();
}

#[test]
fn to_find_out_whether_connections_are_shared_costs_26_short_messages_where_they_are_not() {
    let database = TestDatabase::new();
    let proxy = Proxy::new(database.socket());
    let pool = TestDatabase::pool_of(&database.url_through(proxy.port()), 2);
    by_name("concurrent-index").run(&pool).unwrap();
    let messages = proxy.take_messages();
    let is_look = |message: &&String| *message == "SELECT pg_catalog.pg_backend_pid() AS pid";
    assert_eq!(messages.iter().filter(is_look).count(), 25);
    assert_eq!(messages.iter().filter(|message| *message == "COMMIT").count(), 1);
}
