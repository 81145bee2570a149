use super::{DONE, DRIFT, PENDING, json, run, set, versions};
use crate::app::FILES;
use crate::database;

#[test]
fn status_tells_what_is_pending_and_what_is_applied() {
    let url = database::create("cli_status");
    let status = set(&url, "status", PENDING);
    assert_eq!((&status["pending"], &status["current"]), (&4.into(), &false.into()));
    run(&url, "up --to 1", DONE);
    let out = run(&url, "status", PENDING).out;
    for (file, state) in FILES.iter().zip(["applied", "applied", "pending", "pending"]) {
        let (version, name) = file.trim_end_matches(".sql").split_once('_').unwrap();
        let row = out.lines().find(|line| line.starts_with(version)).unwrap();
        assert!(row.contains(name) && row.contains(state), "{out}");
    }
    assert!(out.ends_with("2 pending: `example-app migrate up` applies them\n"), "{out}");
    run(&url, "up", DONE);
    assert!(run(&url, "status", DONE).out.contains("Nothing is pending"));
    let entry = &set(&url, "status", DONE)["entries"][0];
    assert_eq!((&entry["state"], &entry["revertible"]), (&"applied".into(), &true.into()));
    assert_eq!(entry["checksum"], entry["recorded"]["checksum"]);
}

#[test]
fn status_changes_nothing_also_where_nothing_can_be_changed() {
    let url = database::create("cli_read_only");
    database::execute(&url, "ALTER DATABASE cli_read_only SET default_transaction_read_only = on");
    for command in ["status", "plan", "verify", "up --dry-run"] {
        run(&url, command, PENDING);
    }
    assert_eq!(json(&url, "wait --deadline 100ms", PENDING)["error"]["kind"], "not-current");
    let refused = run(&url, "up", super::ERROR);
    assert!(refused.err.contains("read-only"), "{}", refused.err);
}

#[test]
fn plan_lists_what_up_would_run_with_its_sql() {
    let url = database::create("cli_plan");
    let plan = run(&url, "plan", PENDING);
    assert!(plan.out.contains("0003     index_bets"), "{}", plan.out);
    assert!(run(&url, "plan --sql", PENDING).out.contains("CREATE TYPE bet_status AS ENUM"));
    assert_eq!(versions(&set(&url, "plan", PENDING)["plan"]), [0, 1, 2, 3]);
    assert!(set(&url, "plan", PENDING)["plan"][0]["sql"].is_null());
    assert!(set(&url, "plan --sql", PENDING)["plan"][0]["sql"].is_string());
    run(&url, "up", DONE);
    assert_eq!(run(&url, "plan", DONE).out, "Nothing is pending\n");
}

#[test]
fn verify_tells_pending_from_drift() {
    let url = database::create("cli_verify");
    run(&url, "verify", PENDING);
    run(&url, "up", DONE);
    assert!(run(&url, "verify", DONE).out.starts_with("Nothing is pending: 4 files"));
    edit(&url);
    let verify = run(&url, "verify", DRIFT);
    for part in ["0001_record_odds_and_settlement.sql was changed", "= next:", "edited"] {
        assert!(verify.out.contains(part), "{}", verify.out);
    }
    assert!(!verify.out.contains("baseline"), "{}", verify.out);
    assert_eq!(set(&url, "status", DRIFT)["entries"][1]["state"], "edited");
    assert_eq!(json(&url, "up", DRIFT)["error"]["kind"], "refused");
    run(&url, "plan", DRIFT);
    run(&url, "up --dry-run", DRIFT);
    run(&url, "wait", DRIFT);
}

#[test]
fn verify_shows_what_is_newer() {
    let url = database::create("cli_newer");
    run(&url, "up", DONE);
    let newer = "CREATE TEMP TABLE nine AS SELECT * FROM embedded_migrations WHERE version = 3; \
        UPDATE nine SET version = 9, name = 'nine'; INSERT INTO embedded_migrations TABLE nine";
    database::execute(&url, newer);
    let verify = run(&url, "verify", DONE);
    assert!(verify.out.contains("nine") && verify.out.contains("newer"), "{}", verify.out);
}

#[test]
fn history_tells_who_and_when() {
    let url = database::create("cli_history");
    assert_eq!(run(&url, "history", DONE).out, "Nothing is recorded\n");
    run(&url, "up", DONE);
    let out = run(&url, "history", DONE).out;
    assert!(out.contains("postgres") && out.contains("example-app 0.1.0"), "{out}");
    let history = &set(&url, "history", DONE)["history"];
    assert_eq!(versions(history), [0, 1, 2, 3]);
    let at = history[0]["applied_at"].as_str().unwrap();
    assert!(at.ends_with('Z') && at.len() == "2026-01-01T00:00:00Z".len(), "{at}");
    assert!(history[0]["took"].as_f64().unwrap() > 0.0);
}

#[test]
fn version_needs_no_database() {
    let nowhere = "postgres://nobody@127.0.0.1:1/none";
    let out = run(nowhere, "version", DONE).out;
    assert!(out.starts_with("example-app 0.1.0: 4 migrations, up to 0003_index_bets.sql"), "{out}");
    assert_eq!(set(nowhere, "version", DONE)["newest"], 3);
}

fn edit(url: &str) {
    let edit = "UPDATE embedded_migrations SET checksum = 'sha256:' || repeat('0', 64) \
        WHERE version = 1";
    database::execute(url, edit);
}

#[test]
fn a_time_that_no_clock_has_shown_is_told() {
    let url = database::create("cli_times");
    run(&url, "up", DONE);
    for at in ["10000-01-01 00:00+00", "infinity", "1969-12-31 00:00+00", "-infinity"] {
        let update =
            format!("UPDATE embedded_migrations SET applied_at = '{at}' WHERE version = 1");
        database::execute(&url, &update);
        for command in ["status", "history"] {
            let out = run(&url, command, DONE).out;
            assert!(out.contains("not in 1970-9999"), "{at}: {out}");
        }
        let recorded = &set(&url, "status", DONE)["entries"][1]["recorded"];
        assert!(recorded["applied_at"].is_null() && recorded["checksum"].is_string(), "{recorded}");
    }
}
