//! Where no catalog tells what became of a statement, people say what they have found.

use migrations_runtime::Resolve;
use migrations_tests::{Gate, Starter, TestDatabase, by_name};

use crate::starter;

/// A process that is killed in the midst of a procedure that has committed its first half.
fn killed() -> TestDatabase {
    let database = TestDatabase::new();
    let mut gate = Gate::close(&database);
    let mut starter = Starter::new(starter(), &database, &["run", "procedure"]);
    starter.wait_until_ready();
    starter.go();
    gate.wait_until_reached();
    starter.kill();
    assert_eq!(gate.terminate(), 1);
    database.wait_until_alone(1);
    database
}

const LOG: &str = "SELECT string_agg(n::text, ' ' ORDER BY ctid) FROM log";

#[test]
fn a_run_refuses_to_guess_and_shows_the_statement() {
    let database = killed();
    for _ in 0..2 {
        let error = by_name("procedure").run(&database.pool(2)).unwrap_err();
        assert!(error.needs_resolve());
        let expected = "cannot apply tests/fixtures/procedure/0002_call.sql:4:1: an earlier run was \
                        lost while this statement may have been running, and the catalog cannot tell \
                        whether it is done\n  |\n4 | CALL halves();\n  | ^\n";
        assert!(error.to_string().starts_with(expected), "{error}");
        assert!(error.to_string().contains("`Resolve::Retry`"), "{error}");
    }
    assert_eq!(database.value(LOG), "1");
    assert_eq!(database.locks(), "0");
}

#[test]
fn retry_runs_it_again() {
    let database = killed();
    by_name("procedure").runner().resolve(2, Resolve::Retry, &database.pool(1)).unwrap();
    by_name("procedure").run(&database.pool(2)).unwrap();
    assert_eq!(database.value(LOG), "1 1 2");
    assert_eq!(database.recorded(), "1 2");
}

#[test]
fn done_goes_on_behind_it() {
    let database = killed();
    let runner = by_name("procedure").runner();
    runner.resolve(2, Resolve::Done, &database.pool(1)).unwrap();
    by_name("procedure").run(&database.pool(2)).unwrap();
    assert_eq!(database.value(LOG), "1");
    assert_eq!(database.value("to_regclass('after_call')"), "after_call");

    let again = runner.resolve(2, Resolve::Done, &database.pool(1)).unwrap_err();
    assert_eq!(again.to_string(), "cannot resolve version 2: it is applied already");
}

/// An error that the server answers tells no more about what the procedure has committed.
#[test]
fn a_procedure_that_fails_is_in_doubt_too() {
    let database = TestDatabase::new();
    let mut gate = Gate::close(&database);
    let pool = database.pool(2);
    let error = std::thread::scope(|scope| {
        let run = scope.spawn(|| by_name("procedure").run(&pool).unwrap_err());
        gate.wait_until_reached();
        gate.cancel();
        run.join().unwrap()
    });
    assert!(error.needs_resolve() && !error.is_stopped(), "{error}");
    assert!(error.to_string().contains("statement 1 may have committed something"), "{error}");
    assert!(by_name("procedure").run(&pool).unwrap_err().needs_resolve());
}

#[test]
fn what_is_not_in_doubt_is_not_resolved() {
    let database = TestDatabase::new();
    let runner = by_name("procedure").runner();
    for (version, expected) in [
        (2, "cannot resolve version 2: it has not been begun; start, and it will be applied"),
        (3, "cannot resolve version 3: it is not among the embedded migrations"),
    ] {
        let error = runner.resolve(version, Resolve::Retry, &database.pool(1)).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}
