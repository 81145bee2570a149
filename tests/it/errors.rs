//! An error tells where and what next, and a migration that fails leaves nothing of itself.

use std::error::Error as _;

use migrations_runtime::{Error, Migrations};
use migrations_tests::{TestDatabase, by_hand, by_name};

#[track_caller]
fn fails(set: &str) -> Error {
    fails_at_the_second(by_name(set))
}

/// A text that the macro refuses.
#[track_caller]
fn fails_by_hand(text: &'static str) -> Error {
    let create = "CREATE TABLE counter (n integer NOT NULL);\nINSERT INTO counter VALUES (0);\n";
    fails_at_the_second(&by_hand(&[create, text, "CREATE TABLE never_reached ();\n"]))
}

/// Runs a set whose second migration fails, twice on one pool, and returns the second error.
#[track_caller]
fn fails_at_the_second(set: &Migrations) -> Error {
    let database = TestDatabase::new();
    let pool = database.pool(1);
    set.run(&pool).unwrap_err();
    let error = set.run(&pool).unwrap_err();
    assert_eq!(database.recorded(), "1");
    assert_eq!(database.value("SELECT n FROM counter"), "0");
    assert_eq!(database.value("to_regclass('never_reached')"), "NULL");
    assert_eq!(database.locks(), "0");
    pool.get().unwrap().batch_execute("CREATE TABLE the_pool_is_usable ()").unwrap();
    assert_eq!(database.value("SELECT count(*) FROM the_pool_is_usable"), "0");
    assert_eq!(error.migration().unwrap().version(), 2);
    error
}

#[test]
fn line_column_excerpt_and_caret() {
    let error = fails("fails-position");
    assert_eq!(error.position(), Some((4, 33)));
    assert_eq!(error.code().unwrap().code(), "42703");
    let expected = "\
cannot apply tests/fixtures/fails-position/0002_position.sql:4:33: column \"missing\" does not exist \
(SQLSTATE 42703)
  |
4 | UPDATE counter SET m = 'é', n = missing + 1;
  |                                 ^
  = this migration: rolled back, it left nothing
  = applied before it in this run: none
  = not tried: 0003_never.sql
  = next: correct the cause and start again";
    assert_eq!(error.to_string(), expected);
    assert!(error.source().is_some_and(<dyn std::error::Error>::is::<postgres::Error>));
}

#[test]
fn what_was_applied_before() {
    let database = TestDatabase::new();
    let error = by_name("fails-position").run(&database.pool(1)).unwrap_err().to_string();
    assert!(
        error.contains("\n  = applied before it in this run: 0001_create_counter.sql\n"),
        "{error}"
    );
}

#[test]
fn detail() {
    let expected = "\
cannot apply tests/fixtures/fails-detail/0002_detail.sql: duplicate key value violates unique \
constraint \"counter_pkey\" (SQLSTATE 23505)
  = detail: Key (n)=(0) already exists.
  = this migration: rolled back, it left nothing
  = applied before it in this run: none
  = not tried: 0003_never.sql
  = next: correct the cause and start again";
    assert_eq!(fails("fails-detail").to_string(), expected);
}

#[test]
fn hint_and_context() {
    let expected = "\
cannot apply tests/fixtures/fails-context/0002_context.sql: stop (SQLSTATE P0042)
  = detail: in full
  = hint: go back
  = context: PL/pgSQL function inline_code_block line 3 at RAISE
  = this migration: rolled back, it left nothing
  = applied before it in this run: none
  = not tried: 0003_never.sql
  = next: correct the cause and start again";
    assert_eq!(fails("fails-context").to_string(), expected);
}

#[test]
fn a_statement_that_cannot_run_in_a_transaction() {
    let error = fails_by_hand("CREATE INDEX CONCURRENTLY counter_n ON counter (n);\n");
    assert_eq!(error.code().unwrap().code(), "25001");
    let text = error.to_string();
    assert!(
        text.contains(": CREATE INDEX CONCURRENTLY cannot run inside a transaction block"),
        "{text}"
    );
    assert!(
        text.contains("  = next: move the statement into a file of its own that begins with"),
        "{text}"
    );
}

#[test]
fn a_constraint_that_is_checked_at_commit() {
    assert_eq!(fails("fails-deferred").code().unwrap().code(), "23505");
}

/// The server reads on into what is sent behind the file; the error does not.
#[test]
fn a_file_that_ends_in_the_middle() {
    let unfinished = fails_by_hand("SELECT (1 +\n");
    assert_eq!(unfinished.position(), Some((1, 12)));
    let name = fails_by_hand("SELECT \"never ended;\n");
    assert_eq!(name.position(), Some((1, 21)));
    for error in [unfinished, name] {
        let text = error.to_string();
        assert!(text.contains(": the file ends inside of a statement, a string, a name"), "{text}");
        assert!(!text.contains("COMMIT"), "{text}");
    }
    let string = fails_by_hand("INSERT INTO counter VALUES (1);\nSELECT 'never ended;\n");
    assert_eq!(string.position(), Some((2, 8)));
    let text = string.to_string();
    assert!(text.contains(": unterminated quoted string at or near \"'never ended;\" ("), "{text}");
}

/// The macro refuses such files; should one get through, nobody waits for its data.
#[test]
fn copy_without_data_neither_hangs_nor_leaves_anything() {
    let text = fails_by_hand("COPY counter FROM STDIN;\n").to_string();
    assert!(text.contains(": COPY needs data that the file does not hold"), "{text}");
}

#[test]
fn copy_to_stdout_is_applied_as_what_the_server_says() {
    let database = TestDatabase::new();
    let set = by_hand(&["CREATE TABLE t (); COPY t TO STDOUT", "CREATE TABLE u ()"]);
    assert_eq!(set.run(&database.pool(1)).unwrap().applied().len(), 2);
    assert_eq!(database.recorded(), "1 2");
}

/// The macro refuses such files; should one get through, nothing passes for applied.
#[test]
fn a_file_that_commits_is_told_and_refused_from_then_on() {
    for text in
        ["CREATE TABLE t (); COMMIT; CREATE TABLE u ()", "CREATE TABLE t (); COMMIT; SELECT 1 / 0"]
    {
        let database = TestDatabase::new();
        let (set, pool) = (by_hand(&[text, "CREATE TABLE never_reached ()"]), database.pool(1));
        let error = set.run(&pool).unwrap_err().to_string();
        let expected =
            "= this migration: applied in part: what stands before its own COMMIT is there";
        assert!(error.contains(expected), "{error}");
        assert_eq!(database.value("to_regclass('t') IS NULL"), "false");
        assert_eq!(database.value("to_regclass('u')"), "NULL");
        let error = set.run(&pool).unwrap_err();
        assert!(error.is_refused(), "{error}");
        let expected = "version 1 (by_hand) was begun, but its end is not recorded";
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn a_file_that_rolls_back_leaves_nothing() {
    let database = TestDatabase::new();
    let pool = database.pool(1);
    let set = by_hand(&["CREATE TABLE t (n int)", "ROLLBACK; INSERT INTO t VALUES (7)"]);
    for _ in 0..2 {
        let error = set.run(&pool).unwrap_err().to_string();
        assert!(error.contains(": the file ended the transaction that it runs in"), "{error}");
        assert!(error.contains("= this migration: rolled back, it left nothing"), "{error}");
    }
    assert_eq!(database.value("SELECT count(*) FROM t"), "0");
}

#[test]
fn a_history_that_cannot_be_written_is_not_the_file_s_fault() {
    let database = TestDatabase::new();
    by_name("first").run(&database.pool(1)).unwrap();
    database
        .execute("ALTER TABLE embedded_migrations ADD COLUMN more text, ADD CHECK (more <> '')");
    database.execute("UPDATE embedded_migrations SET more = 'x'");
    database.execute("ALTER TABLE embedded_migrations ALTER COLUMN more SET NOT NULL");
    let error = by_name("base").run(&database.pool(1)).unwrap_err().to_string();
    assert!(error.contains("0002_increment.sql: its history row could not be written: null value"));
    assert!(error.contains("  = expected columns: set_name, version, name"), "{error}");
}

#[test]
fn an_unterminated_string_of_megabytes_is_told_in_a_few_lines() {
    let database = TestDatabase::new();
    let text = format!("SELECT '{}", "ü".repeat(2_500_000)).leak();
    let error = by_hand(&[text]).run(&database.pool(1)).unwrap_err().to_string();
    assert!(error.len() < 1000, "{} bytes", error.len());
    assert!(
        error.starts_with("cannot apply by_hand.sql:1:8: unterminated quoted string at or near")
    );
}

/// Such a server counts bytes.
#[test]
fn columns_are_characters_in_a_database_without_encoding() {
    let database = TestDatabase::with_options("ENCODING 'SQL_ASCII' TEMPLATE template0");
    let set = by_hand(&["CREATE TABLE t ();\nSELECT 'äöü', missing FROM t"]);
    let error = set.run(&database.pool(1)).unwrap_err();
    assert_eq!(error.position(), Some((2, 15)), "{error}");
}

/// The second migration is never sent: the lock for it cannot be taken.
#[test]
fn other_errors_too_tell_what_was_applied_before() {
    let database = TestDatabase::new();
    database.execute(
        "CREATE ROLE loses_a_right LOGIN; GRANT CREATE ON SCHEMA public TO loses_a_right; \
         CREATE FUNCTION lose() RETURNS void LANGUAGE sql SECURITY DEFINER AS \
         'REVOKE EXECUTE ON FUNCTION pg_try_advisory_xact_lock(bigint) FROM PUBLIC'",
    );
    let url = database.url_of("loses_a_right");
    let pool = TestDatabase::pool_of(&url, 1);
    let error =
        by_hand(&["SELECT lose()", "CREATE TABLE never_reached ()"]).run(&pool).unwrap_err();
    let expected = "cannot lock the history of migrations: permission denied for function \
                    pg_try_advisory_xact_lock (SQLSTATE 42501)\n  = next: correct what the server \
                    names, and start again\n  = applied before it in this run: by_hand.sql";
    assert_eq!(error.to_string(), expected);
    assert_eq!(database.recorded(), "1");
    drop(pool);
    database.execute("DROP OWNED BY loses_a_right; DROP ROLE loses_a_right");
}
