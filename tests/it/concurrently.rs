//! Indexes that are built concurrently, while many start.

use migrations_runtime::__private::{Effect, Source, Step};
use migrations_tests::{Starter, TestDatabase, by_hand_source, by_hand_sources, eventually};

use crate::starter;

const BUILDS: &str = "SELECT count(*) FROM pg_stat_progress_create_index \
    WHERE datname = current_database() AND phase = 'waiting for old snapshots'";
const INDEXES: &str = "SELECT string_agg(relname || ' ' || indisvalid, ', ') FROM pg_index \
    JOIN pg_class c ON c.oid = indexrelid WHERE relname LIKE 'bets%'";

/// The builder waits for a snapshot that is older; the others wait without one.
#[test]
fn eight_start_with_an_index_on_half_a_million_rows_pending_and_an_older_snapshot_open() {
    let database = TestDatabase::new();
    let mut reader = database.client();
    reader
        .batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_class")
        .unwrap();
    let mut starters: Vec<_> =
        (0..8).map(|_| Starter::new(starter(), &database, &["run", "concurrent-index"])).collect();
    starters.iter_mut().for_each(Starter::wait_until_ready);
    starters.iter_mut().for_each(Starter::go);
    eventually("the builder waits for the older snapshot", || database.value(BUILDS) == "1");
    reader.batch_execute("COMMIT").unwrap();
    let outcomes: Vec<_> = starters.into_iter().map(Starter::outcome).collect();
    assert!(outcomes.iter().all(|outcome| outcome.is_success), "{outcomes:#?}");
    assert_eq!(database.value(INDEXES), "bets_player true");
    assert_eq!(database.recorded(), "1 2");
    assert_eq!(database.locks(), "0");
}

#[test]
fn eight_start_with_an_index_pending() {
    let database = TestDatabase::new();
    let outcomes = Starter::race(8, starter(), &database, &["run", "concurrent-index"]);
    assert!(outcomes.iter().all(|outcome| outcome.is_success), "{outcomes:#?}");
    assert_eq!(database.value(INDEXES), "bets_player true");
    assert_eq!(database.locks(), "0");
}

/// `IF NOT EXISTS` takes an INVALID index for one.
#[test]
fn an_invalid_index_of_somebody_else_never_passes_for_done() {
    const SQL: &str = "CREATE INDEX CONCURRENTLY IF NOT EXISTS bets_id ON bets (id)";
    const PLACES: [u8; 12] = [0, 0, 0, 0, 60, 0, 0, 0, 1, 0, 0, 0];
    let database = TestDatabase::new();
    database.execute("CREATE TABLE bets (id integer); INSERT INTO bets VALUES (1), (1)");
    let build = "CREATE UNIQUE INDEX CONCURRENTLY bets_id ON bets (id)";
    database.client().batch_execute(build).unwrap_err();
    let effect = Effect::CreateIndex { index: Some("bets_id"), table: "bets" };
    let source = Source {
        no_transaction: true,
        statements: &PLACES,
        steps: Box::leak(Box::new([Step { checksum: [1; 32], effect }])),
        ..by_hand_source(1, SQL)
    };
    let set = by_hand_sources(&[source]);
    let error = set.run(&database.pool(2)).unwrap_err().to_string();
    assert!(error.contains("there is an INVALID index public.bets_id"), "{error}");
    assert!(error.contains("`DROP INDEX CONCURRENTLY public.bets_id`, and start again"), "{error}");
    assert_eq!(database.value(INDEXES), "bets_id false");
    database.execute("DROP INDEX CONCURRENTLY bets_id");
    assert_eq!(set.run(&database.pool(2)).unwrap().applied().len(), 1);
    assert_eq!(database.value(INDEXES), "bets_id true");
}
