//! The data of `COPY … FROM stdin` are streamed from the file.

use migrations_tests::{TestDatabase, by_name};

/// The last file fails; what stands before it is there, and the error names the line.
#[test]
fn data_are_sent_and_what_is_wrong_in_them_is_told_where() {
    let database = TestDatabase::new();
    let error = by_name("copy").run(&database.pool(2)).unwrap_err();
    let bets = "SELECT string_agg(concat_ws(' ', id, player), ', ' ORDER BY id) FROM bets";
    assert_eq!(database.value(bets), "1 Ann; 'Bo', 2, 3, 4 last, 5 five, 6 six");
    assert_eq!(database.recorded(), "1 2");
    let expected = "cannot apply tests/fixtures/copy/0003_wrong_data.sql:5:1: invalid input syntax \
                    for type integer: \"ten\" (SQLSTATE 22P02)\n  |\n5 | ten\t10\n  | ^";
    assert!(error.to_string().starts_with(expected), "{error}");
    assert!(error.to_string().contains("rolled back, it left nothing"), "{error}");
}
