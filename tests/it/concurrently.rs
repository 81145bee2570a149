//! Indexes that are built concurrently, while many start.

use std::thread;
use std::time::Duration;

use migrations_runtime::{Observer, Progress, StopHandle};
use migrations_tests::{Starter, TestDatabase, eventually};

use crate::starter;
use crate::texts::set;
use crate::told::Told;

const BUILDS: &str = "SELECT count(*) FROM pg_stat_progress_create_index \
    WHERE datname = current_database() AND phase = 'waiting for old snapshots'";
const INDEXES: &str = "SELECT string_agg(relname || ' ' || indisvalid, ', ') FROM pg_index \
    JOIN pg_class c ON c.oid = indexrelid WHERE relname LIKE 'bets%'";

/// The builder waits for a snapshot that is older; the others wait without one.
#[test]
fn eight_start_with_an_index_pending_and_an_older_snapshot_open() {
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
    let database = TestDatabase::new();
    database.execute("CREATE TABLE bets (id integer); INSERT INTO bets VALUES (1), (1)");
    let build = "CREATE UNIQUE INDEX CONCURRENTLY bets_id ON bets (id)";
    database.client().batch_execute(build).unwrap_err();
    let set = set(&["-- migrations: no-transaction\n\
                     CREATE INDEX CONCURRENTLY IF NOT EXISTS bets_id ON bets (id);\n"]);
    let error = set.run(&database.pool(2)).unwrap_err().to_string();
    assert!(error.contains("there is an INVALID index public.bets_id"), "{error}");
    assert!(error.contains("`DROP INDEX CONCURRENTLY public.bets_id`, and start again"), "{error}");
    assert_eq!(database.value(INDEXES), "bets_id false");
    database.execute("DROP INDEX CONCURRENTLY bets_id");
    assert_eq!(set.run(&database.pool(2)).unwrap().applied().len(), 1);
    assert_eq!(database.value(INDEXES), "bets_id true");
}

/// It makes nobody wait; to give up would throw away what it has built.
#[test]
fn a_build_does_not_give_up_after_the_lock_timeout() {
    let database = TestDatabase::new();
    let texts = [
        "CREATE TABLE bets (id integer)",
        "-- migrations: no-transaction\nCREATE INDEX CONCURRENTLY bets_id ON bets (id);\n",
    ];
    set(&texts[..1]).run(&database.pool(1)).unwrap();
    let mut writer = database.client();
    writer.batch_execute("BEGIN; INSERT INTO bets VALUES (1)").unwrap();
    let (told, pool) = (Told::default(), database.pool(3));
    let runner =
        set(&texts).runner().lock_timeout(Duration::from_millis(20)).observer(told.clone());
    thread::scope(|scope| {
        let run = scope.spawn(|| runner.run(&pool).unwrap());
        eventually("it was seen to wait, twice", || {
            told.progress().iter().filter(|it| it.blocker.is_some()).count() >= 2
        });
        writer.batch_execute("COMMIT").unwrap();
        assert_eq!(run.join().unwrap().applied().len(), 1);
    });
    assert_eq!(*told.retries(), [""; 0]);
    assert_eq!(database.value(INDEXES), "bets_id true");
}

/// Stops a run in which a statement takes much longer than it can.
struct StopsHang(StopHandle);

impl Observer for StopsHang {
    fn progress(&self, progress: &Progress) {
        if progress.elapsed > Duration::from_secs(20) {
            self.0.stop();
        }
    }
}

/// Each build takes about as long as the pause between two looks at it, so that a look would often be
/// just then when the build asks which transactions have a snapshot.
#[test]
#[ignore = "a soak of a minute"]
fn a_hundred_builds_that_are_looked_at_wait_for_nobody() {
    let database = TestDatabase::new();
    let build = |n| {
        let seconds = 0.480 + f64::from(n % 25) / 1000.0;
        [
            format!("CREATE INDEX CONCURRENTLY t_{n} ON t (slow(a, {seconds}));\n"),
            format!("DROP INDEX CONCURRENTLY t_{n};\n"),
        ]
    };
    let builds: String = (0..100).flat_map(build).collect();
    let set = set(&[
        "CREATE TABLE t (a integer); INSERT INTO t VALUES (1); \
         CREATE FUNCTION slow(a integer, s float8) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS \
         $$ BEGIN PERFORM pg_catalog.pg_sleep(s); RETURN a; END $$",
        &format!("-- migrations: no-transaction\n{builds}"),
    ]);
    let stop = StopHandle::new();
    let runner = set.runner().observer(StopsHang(stop.clone())).stop_handle(stop);
    assert_eq!(runner.run(&database.pool(3)).unwrap().applied().len(), 2);
}
