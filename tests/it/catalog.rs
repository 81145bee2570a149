//! What the catalog tells of statements that were in flight, whatever their names look like.

use migrations_runtime::Found;
use migrations_tests::{TestDatabase, by_name};

use crate::texts::folder_of;

const OF_TABLE: &str = "FROM pg_index JOIN pg_class c ON c.oid = indexrelid \
                        WHERE indrelid = '\"My Schema\".\"Bets; x\"'::regclass";

/// Makes a row what a runner leaves that was lost just before its last statement, or just behind it.
fn put_in_flight(database: &TestDatabase, version: u32, before: &str) {
    let (done, checksum) = match version {
        3 => (1, format!("'{}'", checksum_of("SET search_path = \"My Schema\""))),
        _ => (0, "NULL".into()),
    };
    database.execute(&format!(
        "UPDATE embedded_migrations SET duration = NULL, in_flight = checksum || '{before}', \
         statements_done = {done}, statements_checksum = {checksum}, worker = '1 gone' \
         WHERE version = {version}"
    ));
}

/// A checksum is that of a file which holds no more.
fn checksum_of(text: &str) -> String {
    let folder = folder_of(&[("0001_text.sql", text)]);
    migrations_source::display_digest(&folder.migrations[0].checksum)
}

#[track_caller]
fn goes_on(database: &TestDatabase, version: u32, before: &str, expected: &Found) {
    put_in_flight(database, version, before);
    let report = by_name("catalog").run(&database.pool(2)).unwrap();
    let found: Vec<_> = report.continued().iter().map(|it| &it.found).collect();
    assert_eq!(found, [expected], "{version}: {report}");
}

#[test]
fn it_tells_what_is_done_and_what_is_not() {
    let database = TestDatabase::new();
    by_name("catalog").run(&database.pool(2)).unwrap();
    let indexes = format!("SELECT string_agg(relname, ' ' ORDER BY relname) {OF_TABLE}");
    let indexes = || database.value(&indexes);
    let made = indexes();
    assert!(made.starts_with("Bets; x_a b_idx Index \"x\" a_name_of_seventy_"), "{made}");
    let others = format!(
        "SELECT string_agg(' ' || indexrelid, '') {OF_TABLE} AND relname <> 'Bets; x_a b_idx'"
    );
    let others = database.value(&others);

    let done = [(2, ""), (3, others.as_str()), (4, ""), (5, " there"), (7, " there")];
    for (version, before) in done {
        goes_on(&database, version, before, &Found::Done);
        assert_eq!(indexes(), made, "{version}");
    }

    database
        .execute("DROP INDEX \"My Schema\".\"Index \"\"x\"\"\", \"My Schema\".\"Bets; x_a b_idx\"");
    for (version, before) in [(3, others.as_str()), (2, "")] {
        goes_on(&database, version, before, &Found::Nothing);
    }
    assert_eq!(indexes(), made);
    let exists = "SELECT count(*) FROM pg_database WHERE datname = 'Other \"db\"'";
    for (version, before, databases) in [(6, "", "1"), (7, " there", "0")] {
        goes_on(&database, version, before, &Found::Nothing);
        assert_eq!(database.value(exists), databases);
    }
}
