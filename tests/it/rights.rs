//! Sessions that may not do everything.

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
