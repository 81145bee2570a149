//! What the runner's options change.

use std::time::Duration;

use migrations_runtime::__private::Source;
use migrations_runtime::Runner;
use migrations_tests::{Gate, TestDatabase, by_hand, by_hand_source, by_hand_sources, by_name};

#[test]
fn another_schema_and_table_with_names_that_need_quotes() {
    let database = TestDatabase::new();
    let pool = database.pool(1);
    let runner = by_name("base").runner().history_schema("Öffentlich \"1\"").history_table("it's");
    assert_eq!(runner.run(&pool).unwrap().applied().len(), 3);
    assert_eq!(runner.run(&pool).unwrap().skipped().len(), 3);
    assert_eq!(database.value("SELECT count(*) FROM \"Öffentlich \"\"1\"\"\".\"it's\""), "3");
    assert_eq!(database.value("to_regclass('public.embedded_migrations')"), "NULL");
}

#[test]
fn a_schema_in_front_of_the_one_with_the_history_has_to_be_named() {
    let database = TestDatabase::new();
    database.execute("CREATE SCHEMA tenant");
    by_name("base").run(&database.pool(1)).unwrap();
    let tenant = database.customized_pool("SET search_path = tenant, public");
    let error = by_name("base").run(&tenant).unwrap_err().to_string();
    assert!(error.starts_with(
        "the set `default` is recorded in the table `embedded_migrations` of the schema `public`"
    ));
    assert!(
        error.contains("  = next: go on with that history by `Runner::history_schema(\"public\")`")
    );

    let runner = by_name("base").runner();
    assert_eq!(runner.clone().history_schema("public").run(&tenant).unwrap().skipped().len(), 3);
    let runner = runner.history_schema("tenant");
    assert_eq!(runner.run(&tenant).unwrap().applied().len(), 3);
    assert_eq!(runner.run(&tenant).unwrap().skipped().len(), 3);
    assert_eq!(by_name("base").run(&tenant).unwrap().skipped().len(), 3);
    assert_eq!(database.value("SELECT n FROM tenant.counter"), "1");
    assert_eq!(database.value("SELECT n FROM public.counter"), "1");
}

/// By default the search path begins with a schema that is named like the user.
#[test]
fn a_file_that_puts_a_schema_in_front_of_the_history_s_is_refused() {
    let database = TestDatabase::new();
    let (pool, set) = (database.pool(1), by_hand(&["CREATE SCHEMA postgres", "CREATE TABLE t ()"]));
    let error = set.run(&pool).unwrap_err().to_string();
    assert!(error.contains(": the file changes what current_schema() names"), "{error}");
    assert!(error.contains("  = next: name the history's schema with `Runner::history_schema`"));
    assert_eq!(database.value("to_regnamespace('postgres')"), "NULL");

    let runner = set.runner().history_schema("public");
    assert_eq!(runner.run(&pool).unwrap().applied().len(), 2);
    assert_eq!(runner.run(&pool).unwrap().skipped().len(), 2);
}

#[test]
fn statements_are_stopped_by_the_statement_timeout() {
    let database = TestDatabase::new();
    let _gate = Gate::close(&database);
    let runner = by_name("gate").runner().statement_timeout(Duration::from_secs(1));
    let error = runner.run(&database.pool(1)).unwrap_err();
    assert_eq!(error.code().map(postgres::error::SqlState::code), Some("57014"));
    assert_eq!(database.recorded(), "1");
}

/// Runs three files of which the second has timeouts of its own, and returns what each one had.
fn timeouts(change: impl FnOnce(Runner) -> Runner, own: Source) -> String {
    let database = TestDatabase::new();
    database.execute("CREATE TABLE seen (id serial, timeouts text)");
    let see = "INSERT INTO seen (timeouts) SELECT concat_ws(' ', current_setting('lock_timeout'), \
               current_setting('statement_timeout'))";
    let of = |version| by_hand_source(version, see);
    let own = Source { version: 2, sql: see, checksum: [2; 32], ..own };
    let set = by_hand_sources(&[of(1), own, of(3)]);
    change(set.runner()).run(&database.pool(1)).unwrap();
    database.value("SELECT string_agg(timeouts, ', ' ORDER BY id) FROM seen")
}

#[test]
fn a_file_s_own_timeouts_win_for_that_file_only() {
    let own = by_hand_source(2, "");
    let both = Source { lock_timeout: Some(1234), statement_timeout: Some(600_000), ..own };
    let lock = Source { lock_timeout: Some(1234), ..own };
    let statement = Source { statement_timeout: Some(600_000), ..own };
    let set = |runner: Runner| {
        runner.lock_timeout(Duration::from_secs(2)).statement_timeout(Duration::from_secs(3))
    };
    assert_eq!(timeouts(set, both), "2s 3s, 1234ms 10min, 2s 3s");
    assert_eq!(timeouts(set, lock), "2s 3s, 1234ms 3s, 2s 3s");
    assert_eq!(timeouts(set, statement), "2s 3s, 2s 10min, 2s 3s");
    assert_eq!(timeouts(|runner| runner, both), "5s 0, 1234ms 10min, 5s 0");
}

/// A history that may be read but not written is waited for as long as the runner says; were it under
/// the file's timeouts, the error would be another one.
#[test]
fn a_file_s_own_timeouts_are_not_those_of_its_history_row() {
    let database = TestDatabase::new();
    by_hand(&["SELECT 1"]).run(&database.pool(1)).unwrap();
    let mut locker = database.client();
    locker.batch_execute("BEGIN; LOCK TABLE embedded_migrations IN SHARE MODE").unwrap();
    let (hour, second) = (Some(3_600_000), Some(1000));
    let patient = by_hand_source(2, "SELECT 2");
    let patient = Source { lock_timeout: hour, statement_timeout: second, ..patient };
    let set = by_hand_sources(&[by_hand_source(1, "SELECT 1"), patient]);
    let runner = set.runner().lock_timeout(Duration::from_millis(10)).retries(0);
    let error = runner.run(&database.pool(1)).unwrap_err();
    assert_eq!(error.code().map(postgres::error::SqlState::code), Some("55P03"), "{error}");
}

#[test]
fn a_lock_that_is_not_had_in_time_is_tried_again_and_then_told() {
    let database = TestDatabase::new();
    by_name("first").run(&database.pool(1)).unwrap();
    let mut writer = database.client();
    writer.batch_execute("BEGIN; LOCK TABLE counter").unwrap();
    let pid: i32 = writer.query_one("SELECT pg_backend_pid()", &[]).unwrap().get(0);
    let runner = by_name("base").runner().lock_timeout(Duration::from_millis(300)).retries(2);
    let error = runner.run(&database.pool(2)).unwrap_err();
    assert_eq!(error.code().map(postgres::error::SqlState::code), Some("55P03"));
    let text = error.to_string();
    let expected = format!("\n  = tried: 3 times\n  = blocked by: pid {pid} (application_name");
    assert!(text.contains(&expected), "{text}");
    assert!(text.contains("state `idle in transaction`"), "{text}");
    assert_eq!(database.recorded(), "1");

    writer.batch_execute("ROLLBACK").unwrap();
    assert_eq!(runner.run(&database.pool(1)).unwrap().applied().len(), 2);
    assert_eq!(database.value("SELECT n FROM counter"), "1");
}
