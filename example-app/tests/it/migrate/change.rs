use super::{DONE, ERROR, PENDING, json, run, set, versions};
use crate::database;

#[test]
fn up_applies_to_a_version_and_then_the_rest() {
    let url = database::create("cli_up");
    let first = run(&url, "up --to 1", DONE);
    assert!(first.out.ends_with("Migration complete: Applied: 2, Skipped: 0\n"), "{}", first.out);
    assert!(first.err.contains("Applying 0000_baseline.sql"), "{}", first.err);
    let rest = set(&url, "up", DONE);
    assert_eq!((versions(&rest["applied"]), &rest["skipped"]), (vec![2, 3], &2.into()));
    assert_eq!(run(&url, "up", DONE).out, "Migration complete: Applied: 0, Skipped: 4\n");
}

#[test]
fn quiet_is_quiet() {
    let url = database::create("cli_quiet");
    assert_eq!(run(&url, "up --quiet", DONE).err, "");
}

#[test]
fn a_dry_run_changes_nothing() {
    let url = database::create("cli_dry_run");
    assert_eq!(versions(&set(&url, "up --dry-run", PENDING)["plan"]), [0, 1, 2, 3]);
    assert_eq!(versions(&set(&url, "up --dry-run --to 1", PENDING)["plan"]), [0, 1]);
    let tried = set(&url, "up --dry-run --execute", DONE);
    assert_eq!(versions(&tried["tried"]), [0, 1, 2, 3]);
    let out = run(&url, "up --dry-run --execute", DONE).out;
    assert!(out.ends_with("4 files passed, 0 not tried; all was rolled back\n"), "{out}");
    assert_eq!(set(&url, "status", PENDING)["pending"], 4);
}

#[test]
fn a_dry_run_tells_what_the_server_refuses() {
    let url = database::create("cli_dry_run_refused");
    database::execute(&url, "CREATE TABLE bets (id int)");
    let document = json(&url, "up --dry-run --execute", ERROR);
    assert_eq!(document["error"]["kind"], "migration");
    assert_eq!(document["error"]["sqlstate"], "42P07");
    assert_eq!(versions(&document["sets"][0]["not_tried"]), [1, 2, 3]);
}

#[test]
fn an_error_names_its_place() {
    let url = database::create("cli_error");
    database::execute(&url, "CREATE TABLE players (id int)");
    let document = json(&url, "up", ERROR);
    assert_eq!(document["error"]["migration"], "migrations/0000_baseline.sql");
    assert_eq!(document["error"]["sqlstate"], "42P07");
    let told = run(&url, "up", ERROR);
    assert!(told.err.contains("error: ") && told.err.contains("= next:"), "{}", told.err);
    assert_eq!(told.out, "");
}

#[test]
fn baseline_adopts() {
    let url = database::create("cli_baseline");
    let adopted = set(&url, "baseline 2", DONE);
    assert_eq!(versions(&adopted["recorded"]), [0, 1, 2]);
    assert_eq!(run(&url, "baseline 2", DONE).out, "That was recorded before\n");
    assert_eq!(set(&url, "status", PENDING)["pending"], 1);
    run(&url, "baseline 1", ERROR);
    assert_eq!(run(&url, "baseline 9", super::USAGE).out, "");
}

#[test]
fn resolve_says_where_there_is_nothing_to_resolve() {
    let url = database::create("cli_resolve");
    run(&url, "up", DONE);
    let told = run(&url, "resolve 1 --done", ERROR);
    assert!(told.err.contains("cannot resolve version 1"), "{}", told.err);
}

#[test]
fn resolve_settles_what_is_in_doubt() {
    let url = database::create("cli_resolved");
    run(&url, "up", DONE);
    let unfinished = "UPDATE embedded_migrations SET duration = NULL WHERE version = 3";
    database::execute(&url, unfinished);
    assert_eq!(set(&url, "status", super::DRIFT)["entries"][3]["state"], "in-doubt");
    assert_eq!(set(&url, "resolve 3 --done", DONE)["resolved"], "done");
    run(&url, "status", DONE);
}

#[test]
fn repair_restores_names() {
    let url = database::create("cli_repair");
    run(&url, "up", DONE);
    assert_eq!(run(&url, "repair", DONE).out, "0 repairs of the history\n");
    let rename = "UPDATE embedded_migrations SET name = 'old' WHERE version = 3";
    database::execute(&url, rename);
    assert_eq!(set(&url, "status", DONE)["entries"][3]["state"], "accepted");
    let repaired = set(&url, "repair", DONE);
    assert_eq!(repaired["renamed"][0]["was"], "old");
    assert_eq!(set(&url, "status", DONE)["entries"][3]["state"], "applied");
}

#[test]
fn unlock_names_nobody_where_nobody_holds_the_lock() {
    let url = database::create("cli_unlocked");
    assert_eq!(run(&url, "unlock", DONE).out, "Nobody holds the lock\n");
}
