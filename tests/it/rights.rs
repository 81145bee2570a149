//! Sessions that may not do everything.

use migrations_runtime::{Observer, Progress, StopHandle};
use migrations_tests::{TestDatabase, by_name};

#[test]
fn nothing_pending_works_in_read_only_sessions() {
    let database = TestDatabase::new();
    by_name("base").run(&database.pool(1)).unwrap();
    let pool = database.customized_pool("SET default_transaction_read_only = on");
    assert_eq!(by_name("base").run(&pool).unwrap().skipped().len(), 3);
}

#[test]
fn something_pending_in_read_only_sessions_is_one_clear_error() {
    let database = TestDatabase::new();
    by_name("first").run(&database.pool(1)).unwrap();
    let pool = database.customized_pool("SET default_transaction_read_only = on");
    let error = by_name("base").run(&pool).unwrap_err().to_string();
    let expected = "2 migrations are pending, but transactions are read-only here\n  = next: connect \
                    to the primary server, or switch `default_transaction_read_only` off";
    assert!(error.starts_with(expected), "{error}");
    assert_eq!(database.recorded(), "1");
}

#[test]
fn nothing_pending_works_with_the_right_to_select_only() {
    let database = TestDatabase::new();
    by_name("base").run(&database.pool(1)).unwrap();
    database.execute("GRANT SELECT ON embedded_migrations TO pg_monitor");
    let pool = database.customized_pool("SET ROLE pg_monitor");
    assert_eq!(by_name("base").run(&pool).unwrap().skipped().len(), 3);
}

#[test]
fn something_pending_with_the_right_to_select_only_is_one_clear_error() {
    let database = TestDatabase::new();
    by_name("first").run(&database.pool(1)).unwrap();
    database.execute("GRANT SELECT ON embedded_migrations TO pg_monitor");
    let pool = database.customized_pool("SET ROLE pg_monitor");
    let error = by_name("base").run(&pool).unwrap_err().to_string();
    let expected = "2 migrations are pending, but the role \"pg_monitor\" may not write the history \
                    table \"public\".\"embedded_migrations\"\n  = next: GRANT SELECT, INSERT, UPDATE \
                    ON \"public\".\"embedded_migrations\" TO \"pg_monitor\"";
    assert!(error.starts_with(expected), "{error}");
    assert_eq!(database.recorded(), "1");
}

#[test]
fn no_right_to_read_is_one_clear_error() {
    let database = TestDatabase::new();
    by_name("base").run(&database.pool(1)).unwrap();
    let pool = database.customized_pool("SET ROLE pg_monitor");
    let error = by_name("base").run(&pool).unwrap_err();
    assert_eq!(error.code().map(postgres::error::SqlState::code), Some("42501"));
    let text = error.to_string();
    assert!(text.starts_with("cannot read the history table `embedded_migrations`: "), "{text}");
    assert!(text.contains("  = next: grant the role USAGE on its schema and SELECT"), "{text}");
}

#[test]
fn a_needed_create_without_the_right_is_one_clear_error() {
    let database = TestDatabase::new();
    database.execute("REVOKE CREATE ON SCHEMA public FROM public, pg_monitor");
    let pool = database.customized_pool("SET ROLE pg_monitor");
    let error = by_name("base").run(&pool).unwrap_err().to_string();
    let expected = "3 migrations are pending, but the role \"pg_monitor\" may not create the history \
                    table \"public\".\"embedded_migrations\"\n  = next: GRANT CREATE ON SCHEMA \
                    \"public\" TO \"pg_monitor\"";
    assert!(error.starts_with(expected), "{error}");

    let error =
        by_name("base").runner().history_schema("absent").run(&pool).unwrap_err().to_string();
    let expected = "3 migrations are pending, but the role \"pg_monitor\" may not create the schema \
                    \"absent\"";
    assert!(error.starts_with(expected), "{error}");
    assert_eq!(database.value("to_regnamespace('absent')"), "NULL");
}

/// Also what looks at the server: who runs the migrations may see and cancel what is its own.
#[test]
fn a_role_that_owns_its_schema_and_nothing_else_is_enough() {
    let database = TestDatabase::new();
    database.execute("CREATE ROLE plain LOGIN; CREATE SCHEMA plain AUTHORIZATION plain");
    let pool = TestDatabase::pool_of(&database.url_of("plain"), 3);
    by_name("ten-statements-begun").run(&pool).unwrap();
    let mut reader = database.client();
    reader.batch_execute("BEGIN; INSERT INTO plain.t2 VALUES (1000)").unwrap();
    let stop = StopHandle::new();
    let runner =
        by_name("ten-statements").runner().stop_handle(stop.clone()).observer(StopAtPhase(stop));
    let error = runner.run(&pool).unwrap_err();
    assert!(error.is_stopped(), "{error}");
    reader.batch_execute("ROLLBACK").unwrap();
    assert_eq!(by_name("ten-statements").run(&pool).unwrap().applied().len(), 2);
    assert_eq!(database.value("SELECT n FROM plain.t7"), "1");
}

/// Stops the run as soon as it sees how far the server is.
struct StopAtPhase(StopHandle);

impl Observer for StopAtPhase {
    fn progress(&self, progress: &Progress) {
        if progress.phase.is_some() && progress.blocker.is_some() {
            self.0.stop();
        }
    }
}
