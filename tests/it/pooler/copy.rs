//! Data of `COPY` behind a pooler: the client sends it as a prepared statement with a name.

use migrations_tests::{Pooled, by_name};

#[test]
fn batches_and_data_are_applied() {
    for pooled in Pooled::each() {
        let error = by_name("copy").run(&pooled.pool(2)).unwrap_err().to_string();
        let expected = "cannot apply tests/fixtures/copy/0003_wrong_data.sql:5:1: invalid input \
                        syntax for type integer: \"ten\" (SQLSTATE 22P02)";
        assert!(error.starts_with(expected), "{error}");
        let bets = "SELECT string_agg(concat_ws(' ', id, player), ', ' ORDER BY id) FROM bets";
        assert_eq!(pooled.database.value(bets), "1 Ann; 'Bo', 2, 3, 4 last, 5 five, 6 six");
        pooled.check_nothing_is_left();
    }
}
