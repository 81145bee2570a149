//! What files set reaches no other client of a pooler.

use migrations_tests::{Neighbours, Pooled, by_name};

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
#[ignore = "what cannot run in a transaction has its time-outs and settings in the session, as the README says"]
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
