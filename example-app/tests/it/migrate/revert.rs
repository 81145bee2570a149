use super::{DONE, PENDING, USAGE, run, set, versions};
use crate::database;

#[test]
fn down_reverts_one_and_up_applies_it_again() {
    let url = database::create("cli_down");
    run(&url, "up", DONE);
    assert_eq!(versions(&set(&url, "down --yes", DONE)["reverted"]), [3]);
    assert_eq!(set(&url, "status", PENDING)["pending"], 1);
    run(&url, "up", DONE);
    run(&url, "status", DONE);
}

#[test]
fn down_reverts_all() {
    let url = database::create("cli_down_all");
    run(&url, "up", DONE);
    assert_eq!(versions(&set(&url, "down --to 1 --yes", DONE)["reverted"]), [3, 2]);
    let out = run(&url, "down --steps 9 --yes", DONE).out;
    assert!(out.ends_with("2 migrations reverted\n"), "{out}");
    let left = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace \
        AND relkind = 'r' AND relname <> 'embedded_migrations'";
    let count: i64 = database::connect(&url).query_one(left, &[]).unwrap().get(0);
    assert_eq!(count, 0);
    let nothing = run(&url, "down --yes", DONE).out;
    assert_eq!(nothing, "Nothing is applied that could be reverted\n");
    run(&url, "up", DONE);
}

#[test]
fn redo_comes_back_to_where_it_was() {
    let url = database::create("cli_redo");
    run(&url, "up --to 2", DONE);
    let redone = set(&url, "redo --steps 2 --yes", DONE);
    assert_eq!(versions(&redone["reverted"]), [2, 1]);
    assert_eq!(versions(&redone["applied"]), [1, 2]);
    assert_eq!(set(&url, "status", PENDING)["pending"], 1);
}

#[test]
fn nothing_is_reverted_where_nobody_can_be_asked() {
    let url = database::create("cli_unasked");
    run(&url, "up", DONE);
    for command in ["down", "redo"] {
        let told = run(&url, command, USAGE);
        assert!(told.err.contains("--yes"), "{}", told.err);
    }
    run(&url, "status", DONE);
}
