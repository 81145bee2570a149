//! Data of `COPY` behind a pooler: the client sends it as a prepared statement with a name, `s0` and so
//! on, which it counts for the whole process.

use std::ops::Range;

use migrations_tests::{Neighbours, Pooled, SHARED, Starter, by_name};

use crate::starter;

#[test]
fn data_are_applied_and_an_error_in_them_is_told_at_its_line() {
    for pooled in Pooled::each() {
        let neighbours = pooled.is_shared.then(|| Neighbours::of(&pooled));
        let error = by_name("copy").run(&pooled.pool(2)).unwrap_err().to_string();
        let expected = "cannot apply tests/fixtures/copy/0003_wrong_data.sql:5:1: invalid input \
                        syntax for type integer: \"ten\" (SQLSTATE 22P02)";
        assert!(error.starts_with(expected), "{error}");
        let bets = "SELECT string_agg(concat_ws(' ', id, player), ', ' ORDER BY id) FROM bets";
        assert_eq!(pooled.database.value(bets), "1 Ann; 'Bo', 2, 3, 4 last, 5 five, 6 six");
        neighbours.into_iter().for_each(Neighbours::check);
        pooled.check_nothing_is_left();
    }
}

/// The run is tried again, and goes on in a connection without them.
#[test]
fn names_that_other_clients_have_left_are_in_nobodys_way() {
    for pooled in [Pooled::by_transaction(&[]), Pooled::without_prepared_statements()] {
        leave_prepared(&pooled, 0..100);
        let outcomes = Starter::race_at(4, starter(), &pooled.url, &["run", "dump"]);
        assert!(outcomes.iter().all(|outcome| outcome.is_success), "{outcomes:?}");
        assert_eq!(pooled.database.recorded(), "1 2");
    }
}

#[test]
fn where_they_are_the_error_says_what_to_do() {
    let pooled = Pooled::without_prepared_statements();
    let next = next_number(&pooled);
    leave_prepared(&pooled, next..next + 5000);
    let error = by_name("copy").runner().retries(0).run(&pooled.pool(2)).unwrap_err().to_string();
    let expected = "cannot apply tests/fixtures/copy/0001_copy.sql:2:1: COPY is sent as a prepared \
                    statement, and another client of a pooler has left one of the same name in the \
                    connection: prepared statement \"s";
    assert!(error.starts_with(expected), "{error}");
    for part in ["(SQLSTATE 42P05)", "it left nothing", "`max_prepared_statements`"] {
        assert!(error.contains(part), "{error}");
    }
    by_name("first").run(&pooled.pool(2)).unwrap();
}

/// With what number this process goes on, after all that its tests have prepared.
fn next_number(pooled: &Pooled) -> u32 {
    let mut client = pooled.database.client();
    let statement = client.prepare("SELECT 1").unwrap();
    let number = "SELECT max(substr(name, 2)::int) FROM pg_prepared_statements";
    let number: i32 = client.query_typed(number, &[]).unwrap()[0].get(0);
    drop(statement);
    number.unsigned_abs()
}

/// Prepares statements in each of the shared connections, as clients do that use their pooler as a
/// server.
fn leave_prepared(pooled: &Pooled, numbers: Range<u32>) {
    let Range { start, end } = numbers;
    let prepare = format!(
        "DO $$ BEGIN FOR n IN {start}..{end} LOOP \
         EXECUTE format('PREPARE s%s AS SELECT 1', n); END LOOP; END $$"
    );
    let mut clients: Vec<_> = (0..SHARED).map(|_| pooled.client()).collect();
    for client in &mut clients {
        client.batch_execute(&format!("BEGIN; {prepare}")).unwrap();
    }
    for client in &mut clients {
        client.batch_execute("COMMIT").unwrap();
    }
}
