//! The origin's story: a runner that ran twice, a wiped schema, a second start.

use migrations_tests::{Starter, TestDatabase, by_name};

use crate::starter;

#[test]
fn after_a_wipe_the_next_start_rebuilds_and_the_one_after_it_skips() {
    let database = TestDatabase::new();
    let (pool, set) = (database.pool(2), by_name("base"));
    let summary = || set.run(&pool).unwrap().to_string().lines().last().unwrap().to_owned();

    assert_eq!(summary(), "Migration complete: Applied: 3, Skipped: 0");
    database.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    assert_eq!(summary(), "Migration complete: Applied: 3, Skipped: 0");
    assert_eq!(summary(), "Migration complete: Applied: 0, Skipped: 3");
    assert_eq!(database.value("SELECT n FROM counter"), "1");
}

/// Whether any of many rounds of concurrent naive starts died of the origin's error.
fn dies_of_the_origin_s_error(mode: &str) -> bool {
    (0..50).any(|_| {
        let database = TestDatabase::new();
        let outcomes = Starter::race(8, starter(), &database, &[mode]);
        outcomes
            .iter()
            .flat_map(|outcome| &outcome.lines)
            .any(|line| line.ends_with("23505 pg_type_typname_nsp_index"))
    })
}

#[test]
fn a_naive_runner_dies_of_the_origin_s_error() {
    assert!(dies_of_the_origin_s_error("naive"));
}

#[test]
fn a_handler_for_duplicate_object_does_not_help() {
    assert!(dies_of_the_origin_s_error("wrapped"));
}

#[test]
fn ours_never_does() {
    for _ in 0..20 {
        let database = TestDatabase::new();
        let outcomes = Starter::race(8, starter(), &database, &["run", "origin"]);
        assert!(outcomes.iter().all(|outcome| outcome.is_success), "{outcomes:?}");
    }
}
