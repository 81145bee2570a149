//! Histories that differ from what is embedded: what is accepted, and what is refused.

use migrations_runtime::__private::Source;
use migrations_runtime::{Error, Migration, Observer};
use migrations_tests::{TestDatabase, by_hand, by_hand_source, by_hand_sources, by_name};

/// Runs one set and then another on the same database.
fn run(first: &str, then: &str) -> (TestDatabase, Result<String, Error>) {
    let database = TestDatabase::new();
    let pool = database.pool(1);
    by_name(first).run(&pool).unwrap();
    let result = by_name(then).run(&pool).map(|report| report.to_string());
    (database, result)
}

#[track_caller]
fn refuses(first: &str, then: &str, is: fn(&Error) -> bool, expected: &str) {
    let (database, result) = run(first, then);
    let before = database.value("SELECT string_agg(e::text, ';') FROM embedded_migrations e");
    let error = result.unwrap_err();
    assert!(error.is_refused() && is(&error), "{error}");
    assert!(error.to_string().contains(expected), "{error}");
    assert_eq!(
        database.value("SELECT string_agg(e::text, ';') FROM embedded_migrations e"),
        before
    );
    assert_eq!(database.locks(), "0");
}

#[test]
fn refuses_an_edited_migration_with_both_checksums_and_the_file() {
    let checksum = |set, index| by_name(set).iter().nth(index).unwrap().checksum().to_string();
    let (recorded, embedded) = (checksum("base", 1), checksum("edited", 1));
    let expected = format!(
        "tests/fixtures/edited/0002_increment.sql was changed after it had been applied: applied with \
         {recorded}, embedded with {embedded}"
    );
    refuses("base", "edited", Error::is_checksum_mismatch, &expected);
}

#[test]
fn refuses_a_removed_migration() {
    let expected = "version 2 (increment) is applied, but is not among the embedded migrations";
    refuses("base", "removed", Error::is_missing, expected);
}

#[test]
fn refuses_a_late_migration_and_names_both() {
    let expected = "tests/fixtures/late/0003_late.sql is pending, but the newer version 4 \
                    (create_notes) is applied already";
    refuses("base", "late", Error::is_out_of_order, expected);
}

#[test]
fn applies_a_late_migration_where_it_is_allowed() {
    let database = TestDatabase::new();
    let pool = database.pool(1);
    by_name("base").run(&pool).unwrap();
    let report = by_name("late").runner().allow_out_of_order().run(&pool).unwrap();
    assert_eq!((report.applied().len(), report.skipped().len()), (1, 3));
    assert_eq!(database.value("SELECT n FROM counter"), "11");
}

#[test]
fn accepts_rows_of_a_newer_binary_and_says_so() {
    let (_, result) = run("newer", "base");
    let expected = "Accepted version 5 (newer), which is newer than this binary\n\
                    Migration complete: Applied: 0, Skipped: 3";
    assert_eq!(result.unwrap(), expected);
}

#[test]
fn accepts_a_renamed_file_and_says_so() {
    let (_, result) = run("base", "renamed");
    let expected = "Accepted 0002_add_one.sql although it was applied as `increment`\n\
                    Migration complete: Applied: 0, Skipped: 3";
    assert_eq!(result.unwrap(), expected);
}

#[test]
fn accepts_an_older_text_that_the_file_names_and_says_so_each_time() {
    let database = TestDatabase::new();
    let pool = database.pool(1);
    by_hand(&["CREATE TABLE t ()"]).run(&pool).unwrap();
    let source = Source {
        checksum: [9; 32],
        accepted: &[[7; 32], [1; 32]],
        ..by_hand_source(1, "CREATE TABLE t (n integer)")
    };
    let set = by_hand_sources(&[source]);
    let expected = format!(
        "Accepted by_hand.sql although an older text of it was applied, with sha256:{}\n\
         Migration complete: Applied: 0, Skipped: 1",
        "01".repeat(32)
    );
    for _ in 0..2 {
        let report = set.run(&pool).unwrap();
        assert_eq!(report.to_string(), expected);
        let [(migration, older)] = report.older_texts() else { panic!("{report:?}") };
        assert_eq!((migration.version(), older.as_bytes()), (1, &[1; 32]));
    }
}

#[test]
fn refuses_an_older_text_that_the_file_does_not_name() {
    let database = TestDatabase::new();
    let pool = database.pool(1);
    by_hand(&["CREATE TABLE t ()"]).run(&pool).unwrap();
    let source = Source {
        checksum: [9; 32],
        accepted: &[[7; 32]],
        ..by_hand_source(1, "CREATE TABLE t (n integer)")
    };
    let error = by_hand_sources(&[source]).run(&pool).unwrap_err();
    assert!(error.is_checksum_mismatch(), "{error}");
    let expected = format!("`-- migrations: accept=sha256:{}`", "01".repeat(32));
    assert!(error.to_string().contains(&expected), "{error}");
}

#[test]
fn line_ends_and_byte_order_marks_make_no_difference() {
    let (database, result) = run("base", "crlf");
    assert_eq!(result.unwrap(), "Migration complete: Applied: 0, Skipped: 3");
    let checksums = |set| by_name(set).iter().map(|m| m.checksum().to_string()).collect::<Vec<_>>();
    assert_eq!(checksums("base"), checksums("crlf"));
    assert!(
        by_name("crlf")
            .iter()
            .all(|m| m.sql().contains("\r\n") && !m.sql().starts_with('\u{feff}'))
    );
    drop(database);
    let (database, result) = run("crlf", "base");
    assert_eq!(result.unwrap(), "Migration complete: Applied: 0, Skipped: 3");
    assert_eq!(database.value("SELECT n FROM counter"), "1");
}

#[test]
fn sets_of_different_names_share_a_table() {
    let database = TestDatabase::new();
    let pool = database.pool(1);
    by_name("origin").run(&pool).unwrap();
    let report = by_name("base").runner().set_name("it's \"another\" \\ set").run(&pool).unwrap();
    assert_eq!(report.applied().len(), 3);
    assert_eq!(by_name("origin").run(&pool).unwrap().skipped().len(), 1);
    assert_eq!(database.recorded(), "0 1 2 4");
}

#[test]
fn a_schema_that_already_has_tables_is_migrated() {
    let database = TestDatabase::new();
    database.execute("CREATE TABLE already_there ()");
    assert_eq!(by_name("base").run(&database.pool(1)).unwrap().applied().len(), 3);
}

/// Writes the row of the second migration, as a runner without the lock would, when it is told that
/// the migration is about to be sent.
struct Overtaker(std::sync::Mutex<postgres::Client>);

impl Observer for Overtaker {
    fn applying(&self, migration: &'static Migration) {
        let sql = format!(
            "INSERT INTO embedded_migrations VALUES \
             ('default', 2, 'increment', '{}', now(), '1 s', 'somebody', 'else')",
            migration.checksum()
        );
        if migration.version() == 2 {
            // The second try finds the row.
            let _ = self.0.lock().unwrap().batch_execute(&sql);
        }
    }
}

#[test]
fn a_row_that_somebody_else_writes_first_is_not_taken_for_ours() {
    let database = TestDatabase::new();
    let pool = database.pool(1);
    by_name("first").run(&pool).unwrap();
    let overtaker = Overtaker(std::sync::Mutex::new(database.client()));
    let report = by_name("base").runner().observer(overtaker).run(&pool).unwrap();
    let applied: Vec<_> = report.applied().iter().map(|a| a.migration().version()).collect();
    assert_eq!(applied, [4]);
    assert_eq!(report.by_others()[0].role, "somebody");
    assert_eq!(database.value("SELECT n FROM counter"), "0");
}
